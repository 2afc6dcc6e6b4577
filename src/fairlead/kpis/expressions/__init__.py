"""Expressions that several KPIs share, so that each meaning is written once."""
