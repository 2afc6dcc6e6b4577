"""Commands, output formats, exit codes."""
