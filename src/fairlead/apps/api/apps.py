"""The API as an application of the web framework, for its one table."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Holds the answers that a repeated request gets again."""

    name = "fairlead.apps.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
