"""One slice each: a workflow or a page of the console, with its routes, views and services."""
