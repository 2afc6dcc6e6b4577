"""The daily review: yesterday and the state now, with notes of what was decided."""
