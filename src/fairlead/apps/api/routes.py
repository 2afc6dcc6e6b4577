"""No pages: the operations of the API are mounted by urls.py and check their own permissions."""

from __future__ import annotations

from fairlead.web.access import Route

ROUTES: list[Route] = []
