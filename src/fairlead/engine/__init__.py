"""Binds facts to KPIs and reports: windows, grain, as-of, drill-down, provenance."""
