"""A refusal that an operation raises, and what each kind of error becomes as problem+json."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.web.problems import broken, of_diagnostic, problem

_LOG = logging.getLogger(__name__)


@dataclass
class ApiProblemError(Exception):
    """An answer that is no success, with its status and its reason."""

    status: int
    title: str
    detail: str
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[Mapping[str, Any]] = ()

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The refusal as RFC 9457 JSON."""
        found = problem(
            request, self.status, self.title, self.detail, self.code, errors=self.errors
        )
        for name, value in self.headers.items():
            found.headers[name] = value
        return found


def nothing_here(noun: str, name: object) -> ApiProblemError:
    """404 for a thing that is not there."""
    return ApiProblemError(404, "Nothing here", f"there is no {noun} `{name}`")


def handle_errors(api: NinjaAPI) -> None:
    """Every error of the framework and of ours becomes a problem."""
    handlers: dict[type[Exception], Any] = {
        ApiProblemError: lambda request, error: error.answer(request),
        DiagnosticError: of_diagnostic,
        ValidationError: _invalid,
        Http404: _missing,
        HttpError: _http,
        Exception: _broken,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        {"at": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors
    ]
    detail = "; ".join(f"{item['at']}: {item['message']}" for item in found)
    return problem(request, 422, "The request does not fit", detail, errors=found)


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    return problem(request, 404, "Nothing here", f"There is nothing at {request.path}.")


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(request, error.status_code, "The request cannot be read", str(error))


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    _LOG.error("an operation of the API failed", exc_info=error)
    return broken(request)
