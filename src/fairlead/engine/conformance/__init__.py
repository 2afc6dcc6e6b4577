"""Runs conformance cases: meaning as text, on every engine at hand."""
