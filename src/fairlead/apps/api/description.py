"""The API described as OpenAPI 3.1: each operation with its answer, an example, its refusals."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from fairlead.apps.api.operations import API, OPERATIONS, PREFIX, Operation
from fairlead.web.access import OPEN
from fairlead.web.api_shapes import Problem

REFUSALS = {
    400: "the request cannot be read",
    404: "there is nothing here",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "the request does not fit its description",
    429: "too many requests; see Retry-After",
    503: "the answer is being worked out, or a store cannot be read",
}
WHO = {401: "who asks is not known", 403: "the permission is missing"}
WRITES = {409: "the first request with this key is not done yet"}
_HEADERS = {
    name: {"schema": {"type": "integer"}, "description": text}
    for name, text in (
        ("RateLimit-Limit", "requests in a minute"),
        ("RateLimit-Remaining", "requests left"),
        ("RateLimit-Reset", "seconds until all are free again"),
    )
}


def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The description of the API."""
    return HttpResponse(json.dumps(description()), content_type="application/json")


@cache
def description() -> dict[str, Any]:
    """The whole description; made once, since it never changes while we run."""
    found: dict[str, Any] = json.loads(json.dumps(API.get_openapi_schema(path_prefix=PREFIX + "/")))
    answers = [item.answers for item in OPERATIONS.values() if item.answers is not None]
    _, shapes = _schemas([*answers, Problem])
    parts = found.setdefault("components", {})
    parts.setdefault("schemas", {}).update(shapes)
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token: `fl_…`."},
        "session": {"type": "apiKey", "in": "cookie", "name": "fairlead"},
    }
    for path in found["paths"].values():
        for described in path.values():
            _complete(described, OPERATIONS[described["operationId"]])
    found["servers"] = [{"url": "/"}]
    return found


def _schemas(kinds: list[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """JSON Schemas of types and of the parts that they refer to; a cell of a record is anything."""
    return msgspec.json.schema_components(
        kinds,
        schema_hook=lambda _: {"description": "any value"},
        ref_template="#/components/schemas/{name}",
    )


def _complete(described: dict[str, Any], item: Operation) -> None:
    described["responses"] = {
        str(item.status): _success(item),
        **{
            str(status): {
                "description": text,
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "example": _problem(status, text),
                    }
                },
            }
            for status, text in _refusals(item).items()
        },
    }
    described["x-permission"] = item.permission
    described["security"] = [] if item.permission == OPEN else [{"token": []}, {"session": []}]
    if item.method == "GET":
        described["responses"]["304"] = {"description": "it did not change (If-None-Match)"}
    if item.method == "POST":
        described.setdefault("parameters", []).append(_KEY)


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[ -~]+$"},
    "description": "A repeat with the same key within 24 hours has no second effect.",
}


def _refusals(item: Operation) -> dict[int, str]:
    found = dict(REFUSALS)
    if item.permission != OPEN:
        found |= WHO
    if item.method == "POST":
        found |= WRITES
    if item.name == "health":
        found.pop(503)
    return dict(sorted(found.items()))


def _problem(status: int, text: str) -> dict[str, Any]:
    return {
        "type": "about:blank", "title": text, "status": status, "detail": text, "code": None,
        "instance": "urn:request:0199c1de-6f00-7000-8000-000000000000", "errors": [],
    }  # fmt: skip


def _success(item: Operation) -> dict[str, Any]:
    if item.answers is None:
        return {"description": "done", "headers": copy.deepcopy(_HEADERS)}
    (schema,), _ = _schemas([item.answers])
    content = {"schema": schema, "example": dict(item.example)}
    return {
        "description": "what was asked for",
        "headers": copy.deepcopy(_HEADERS),
        "content": {"application/json": content},
    }
