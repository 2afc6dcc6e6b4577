"""A small workspace whose sources take webhooks, with secrets in files, and senders that sign."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from fairlead.ingest.inbound import scheme_of
from fairlead.kernel.clock import FixedClock
from fairlead.web.desk import desk
from fairlead.web.inbound_secrets import forget_secrets
from fairlead.web.workspace import Workspace

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SECRET, PREVIOUS = "fairlead-example", "fairlead-before"
PAYLOADS = Path(__file__).parents[2] / "conformance" / "connectors"
SOURCES = ("github", "gitlab", "pagerduty", "alertmanager", "buildkite")

_WORKSPACE = """\
apiVersion: fairlead/v1
kind: Workspace
id: hooks
title: Hooks
"""
_SOURCE = """\
apiVersion: fairlead/v1
kind: Source
id: {id}
connector: {id}
secrets:
  webhook_secret: file:secret
  webhook_secret_previous: file:previous
"""
_OTHERS = """\
apiVersion: fairlead/v1
kind: Source
id: bare
connector: github
---
apiVersion: fairlead/v1
kind: Source
id: unreadable
connector: github
secrets:
  webhook_secret: file:nowhere
"""


def write_workspace(root: Path) -> Path:
    """The model and its secrets, in an empty folder."""
    (root / "workspace" / "sources").mkdir(parents=True)
    (root / "workspace" / "workspace.yaml").write_text(_WORKSPACE)
    (root / "secret").write_text(SECRET + "\n")
    (root / "previous").write_text(PREVIOUS)
    for name in SOURCES:
        (root / "workspace" / "sources" / f"{name}.yaml").write_text(_SOURCE.format(id=name))
    (root / "workspace" / "sources" / "others.yaml").write_text(_OTHERS)
    return root


@contextmanager
def served(root: Path) -> Iterator[Workspace]:
    """The workspace as the one that this process serves."""
    before = settings.WORKSPACE
    settings.WORKSPACE = Workspace(root, FixedClock(NOW))
    desk.cache_clear()
    forget_secrets()
    try:
        yield settings.WORKSPACE
    finally:
        settings.WORKSPACE = before
        desk.cache_clear()


def signed(
    source_id: str, body: bytes, secret: str = SECRET, now: datetime = NOW
) -> dict[str, str]:
    """The headers with which the tool of a source signs a body."""
    scheme = scheme_of(source_id, {})
    return scheme.sign(body, secret, int(now.timestamp()), "msg_1", scheme.options)


@dataclass
class Sender:
    """Delivers to a source as its tool would."""

    client: Client

    def send(
        self,
        source_id: str,
        content: Any,
        *,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        secret: str = SECRET,
    ) -> Any:
        """The answer to one signed delivery."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = signed(source_id, body, secret) | dict(headers or {})
        return self.client.post(
            f"/hooks/{source_id}", body, content_type=content_type, headers=given
        )


def recorded(connector_id: str, name: str) -> bytes:
    """A payload of the connector's conformance cases, as it was received."""
    return (PAYLOADS / connector_id / name).read_bytes()
