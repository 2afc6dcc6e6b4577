"""Builds the year of an example company in the tools' own payload formats, from a seed."""
