"""Makes the reference pages from code alone: one module per page, each with a `page()` function."""
