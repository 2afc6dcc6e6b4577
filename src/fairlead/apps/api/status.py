"""What runs here and whether it can answer; open to monitors, and silent on details."""

from __future__ import annotations

import logging
from importlib.metadata import version as version_of

import msgspec
from django.db import connection
from django.http import HttpRequest, HttpResponse

from fairlead.apps.api.operations import operation
from fairlead.web.access import OPEN
from fairlead.web.api_shapes import Health, Version
from fairlead.web.desk import desk

_LOG = logging.getLogger(__name__)


@operation("GET", "/version", OPEN, answers=Version, tag="status",
           example={"version": "0.1.0", "api": "v1"})  # fmt: skip
def version(request: HttpRequest) -> Version:  # noqa: ARG001
    """The version of Fairlead and of its API."""
    return Version(version_of("fairlead"))


@operation("GET", "/health", OPEN, answers=Health, tag="status",
           example={"status": "ok", "checks": {"ledger": "ok", "lake": "ok"}})  # fmt: skip
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Whether ledger, lake and model can be read; 503 where one cannot."""
    checks = {"ledger": _ledger, "lake": _lake, "model": _model}
    found = {}
    for name, check in checks.items():
        try:
            check()
            found[name] = "ok"
        except Exception:
            _LOG.exception("the health check of the %s failed", name)
            found[name] = "cannot be read"
    is_well = set(found.values()) == {"ok"}
    body = msgspec.json.encode(Health("ok" if is_well else "impaired", found))
    return HttpResponse(body, status=200 if is_well else 503, content_type="application/json")


def _ledger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM api_token WHERE 1 = 0")


def _lake() -> None:
    desk().workspace.lake.versions()


def _model() -> None:
    _ = desk().workspace.model.workspace
