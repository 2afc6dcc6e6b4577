"""Every address: those of each slice, found by folder."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from django.urls import URLPattern, path

import fairlead.apps
from fairlead.web.access import Route


def routes() -> list[Route]:
    """The routes of every slice, in the order of the slices."""
    found: list[Route] = []
    for item in sorted(pkgutil.iter_modules(fairlead.apps.__path__), key=lambda item: item.name):
        found += import_module(f"fairlead.apps.{item.name}.routes").ROUTES
    return found


def _pattern(route: Route) -> URLPattern:
    return path(route.path, route.view, name=route.name)


urlpatterns = [_pattern(route) for route in routes()]
handler404 = "fairlead.web.problems.not_found"
handler500 = "fairlead.web.problems.broken"
handler403 = "fairlead.web.problems.forbidden"
handler400 = "fairlead.web.problems.bad_request"
