"""The operating model: its documents, what is wrong with it, and changes proposed as patches."""
