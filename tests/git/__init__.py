"""Plain git: repositories built by fast-import, read and weighed."""
