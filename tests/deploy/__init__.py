"""The files under deploy/: read as their tools read them, and held against the command line."""
