"""The components of the console on one living page."""
