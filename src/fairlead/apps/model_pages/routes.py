"""The addresses of the model pages."""

from __future__ import annotations

from fairlead.apps.model_pages import pages
from fairlead.web.access import action, page

ROUTES = [
    page("model", pages.model, "model:read"),
    action("model/propose", pages.propose, "model:propose"),
    page("model/<str:kind>/<str:document_id>", pages.document, "model:read"),
]
