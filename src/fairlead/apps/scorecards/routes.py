"""The addresses of scorecard and KPI pages."""

from __future__ import annotations

from fairlead.apps.scorecards import home
from fairlead.web.access import page

ROUTES = [
    page("", home.home, "scorecard:read"),
]
