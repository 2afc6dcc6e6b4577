"""Errors as pages for people and as problem+json for programs: what is wrong, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.web.console import render
from fairlead.web.requests import request_id

JSON = "application/problem+json"
STATUS_BY_CODE = {
    "FL4101": 404,
    "FL4111": 404,
    "FL4113": 404,
    "FL7003": 422,
    "FL7032": 400,
    "FL7038": 503,
}
STATUS_BY_AREA = {"FL7": 403, "FL6": 409, "FL8": 503, "FL9": 503}


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: an address of the API, or a JSON accept header."""
    return request.path.startswith("/api/") or "json" in request.headers.get("Accept", "")


def problem(
    request: HttpRequest,
    status: int,
    title: str,
    detail: str,
    code: str = "",
    *,
    errors: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    """One error, as a page or as RFC 9457 JSON."""
    if wants_json(request):
        content = {
            "type": f"https://fairlead.invalid/errors/{code}" if code else "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code or None,
            "instance": f"urn:request:{request_id(request)}",
            "errors": list(errors),
        }
        return HttpResponse(json.dumps(content), content_type=JSON, status=status)
    return render(
        request,
        "problem.html",
        title=title,
        status=status,
        problem={"title": title, "detail": detail, "code": code, "request": request_id(request)},
    )


def of_diagnostic(request: HttpRequest, error: DiagnosticError) -> HttpResponse:
    """The problem of a diagnostic."""
    first = error.diagnostics[0]
    status = STATUS_BY_CODE.get(first.code) or STATUS_BY_AREA.get(first.code[:3], 400)
    detail = " ".join(part for part in (first.message, first.help) if part)
    return problem(request, status, first.message, detail, first.code)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """There is nothing at this address."""
    return problem(request, 404, "Nothing here", f"There is no page at {request.path}.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """The person may not do this."""
    detail = "Your roles do not include this. An administrator can grant one that does."
    return problem(request, 403, "Not yours to open", detail, "FL7001")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """The request cannot be read."""
    return problem(request, 400, "The request cannot be read", "Go back and try again.")


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours went wrong."""
    detail = f"It is noted under request {request_id(request)}. Nothing that you sent was lost."
    return problem(request, 500, "Something went wrong here", detail)
