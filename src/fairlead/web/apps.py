"""The web package as an application of the framework, for its static files."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates and assets; it has no tables."""

    name = "fairlead.web"
    label = "web"
