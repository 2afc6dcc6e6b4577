"""What every room may use: ids, clock, windows, diagnostics, measures. No I/O, no Django."""
