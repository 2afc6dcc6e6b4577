"""The addresses of the catalog."""

from __future__ import annotations

from fairlead.apps.catalog import pages
from fairlead.web.access import page

ROUTES = [
    page("catalog", pages.catalog, "catalog:read"),
    page("catalog.<slug:file_format>", pages.catalog_file, "export:read"),
    page("service/<str:service_id>", pages.service, "catalog:read"),
    page("team/<str:team_id>", pages.team, "catalog:read"),
]
