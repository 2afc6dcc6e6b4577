"""One decorator for every operation: its address, its permission, its answer and an example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from fairlead.apps.api.door import admit
from fairlead.apps.api.problem import handle_errors
from fairlead.web.access import OPEN

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"


class DataRenderer(BaseRenderer):
    """Dataclasses as JSON; a number that is none becomes null."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002
        return msgspec.json.encode(data)


@dataclass(frozen=True)
class Operation:
    """What is known of one operation, for the description and for the suite."""

    name: str
    method: str
    path: str
    permission: str
    answers: Any
    status: int
    example: Mapping[str, Any]
    is_secret: bool


API = NinjaAPI(
    title="Fairlead",
    version="1",
    description="Facts, KPIs with their evidence, and the records behind them.",
    openapi_url=None,
    docs_url=None,
    renderer=DataRenderer(),
    urls_namespace="api",
)
handle_errors(API)
OPERATIONS: dict[str, Operation] = {}


def operation(
    method: str,
    path: str,
    permission: str,
    *,
    answers: Any,
    example: Mapping[str, Any],
    tag: str,
    status: int = 200,
    is_secret: bool = False,
) -> Callable[[View], View]:
    """Declare an operation; `answers` is the type that it gives, None for an empty answer.

    `is_secret` marks an answer that must not be kept for a repeated request.
    """

    def declare(view: View) -> View:
        name: str = view.__name__
        OPERATIONS[name] = Operation(
            name, method, path, permission, answers, status, example, is_secret
        )
        auth = None if permission == OPEN else admit(permission)
        return API.api_operation(
            [method], path, auth=auth, operation_id=name, url_name=name, tags=[tag],
            summary=(view.__doc__ or "").split("\n")[0].rstrip("."),
        )(view)  # fmt: skip

    return declare


def created(value: Any) -> HttpResponse:
    """201 with what was made."""
    return HttpResponse(msgspec.json.encode(value), status=201, content_type="application/json")
