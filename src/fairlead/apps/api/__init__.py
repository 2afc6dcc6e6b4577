"""The API of the console: resources as JSON under /api/v1, for programs and scripts."""
