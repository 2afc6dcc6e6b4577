"""The addresses of scorecard and KPI pages."""

from __future__ import annotations

from fairlead.apps.scorecards import definitions, home, kpi
from fairlead.web.access import page

ROUTES = [
    page("", home.home, "scorecard:read"),
    page("kpi/<slug:kpi_id>", kpi.kpi, "kpi:read"),
    page("kpi/<slug:kpi_id>/records", kpi.records, "kpi:read"),
    page("kpi/<slug:kpi_id>/<slug:name>.<slug:file_format>", kpi.table, "export:read"),
    page("definitions", definitions.index, "definition:read"),
    page("definitions/<slug:kpi_id>", definitions.definition, "definition:read"),
]
