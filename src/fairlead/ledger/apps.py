"""The ledger as an application of the web framework."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """One application, so that its migrations are one line."""

    name = "fairlead.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
