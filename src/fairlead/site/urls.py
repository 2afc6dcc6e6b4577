"""Every address: those of each slice, found by folder.

A slice with a module `urls` mounts what it holds in EXTRA_URLS too; those addresses check their own
permissions, and the suite asks each of them.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, path

import fairlead.apps
from fairlead.web.access import Route


def _slices() -> list[str]:
    return sorted(item.name for item in pkgutil.iter_modules(fairlead.apps.__path__))


def routes() -> list[Route]:
    """The routes of every slice, in the order of the slices."""
    found: list[Route] = []
    for name in _slices():
        found += import_module(f"fairlead.apps.{name}.routes").ROUTES
    return found


def mounted() -> list[URLResolver]:
    """What slices mount as a whole, such as the API."""
    found: list[URLResolver] = []
    for name in _slices():
        if find_spec(f"fairlead.apps.{name}.urls") is not None:
            found += import_module(f"fairlead.apps.{name}.urls").EXTRA_URLS
    return found


def _pattern(route: Route) -> URLPattern:
    return path(route.path, route.view, name=route.name)


urlpatterns: list[URLPattern | URLResolver] = [
    *(_pattern(route) for route in routes()),
    *mounted(),
]
handler404 = "fairlead.web.problems.not_found"
handler500 = "fairlead.web.problems.broken"
handler403 = "fairlead.web.problems.forbidden"
handler400 = "fairlead.web.problems.bad_request"
