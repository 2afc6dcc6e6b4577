"""Mutation tests: the cases of each KPI must notice when its definition is changed."""
