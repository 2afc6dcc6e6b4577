"""One file per command; each exposes a click command or group called `command`."""
