"""The address of the page of components."""

from __future__ import annotations

from fairlead.apps.design import pages
from fairlead.web.access import page

ROUTES = [
    page("design", pages.design, "definition:read"),
]
