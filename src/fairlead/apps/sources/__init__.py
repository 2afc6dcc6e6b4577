"""Where facts come from: the state of each source, its quarantine, and how to connect one."""
