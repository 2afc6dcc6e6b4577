"""Mounts the API: each address behind the same door, with the description beside them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fairlead.apps.api import activity, catalog, kpis, numbers, people, sources, status, tokens
from fairlead.apps.api.description import openapi
from fairlead.apps.api.door import through_the_door
from fairlead.apps.api.operations import API

RESOURCES = (activity, catalog, kpis, numbers, people, sources, status, tokens)


def _patterns() -> list[URLPattern]:
    patterns, _, _ = API.urls
    found = [item for item in patterns if isinstance(item, URLPattern) and item.name != "api-root"]
    for item in found:
        item.callback = through_the_door(item.callback)
    return [*found, path("openapi.json", through_the_door(openapi), name="openapi")]


EXTRA_URLS: list[URLResolver] = [path("api/v1/", (_patterns(), "api", "api"))]
