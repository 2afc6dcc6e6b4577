"""The scorecard at a glance, and one KPI in depth."""
