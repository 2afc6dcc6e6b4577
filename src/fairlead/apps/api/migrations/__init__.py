"""Migrations of the API's one table."""
