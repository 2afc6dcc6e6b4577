"""The lake and its engines: the only place that knows Delta, DuckDB and Spark."""
