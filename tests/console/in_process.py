"""The web framework as an application that a test calls in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def application() -> Application:
    """The application; between requests it leaves the test's database connection open."""
    inner = get_wsgi_application()

    def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        try:
            answer = inner(environ, start)
            body = b"".join(answer)
            answer.close()
            return [body]
        finally:
            for signal in (request_started, request_finished):
                signal.connect(close_old_connections)

    return call
