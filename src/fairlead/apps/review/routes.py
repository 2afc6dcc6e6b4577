"""The addresses of the daily review."""

from __future__ import annotations

from fairlead.apps.review import pages
from fairlead.web.access import action, page

ROUTES = [
    page("review", pages.review, "review:read"),
    action("review/notes", pages.notes, "review:record"),
]
