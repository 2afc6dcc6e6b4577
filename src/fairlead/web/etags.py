"""Answers that did not change are not sent again: ETag of the body, and If-None-Match."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse


def etag_of(body: bytes) -> str:
    """A strong validator of a body."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def with_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with its ETag; 304 without a body where the asker has it already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    tag = etag_of(response.content)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    if not _is_known(request.headers.get("If-None-Match", ""), tag):
        return response
    empty = HttpResponse(status=304)
    del empty.headers["Content-Type"]
    for name in ("ETag", "Cache-Control"):
        empty.headers[name] = response.headers[name]
    return empty


def _is_known(given: str, tag: str) -> bool:
    """Weak comparison, as RFC 9110 asks of If-None-Match."""
    known = [part.strip().removeprefix("W/") for part in given.split(",")]
    return "*" in known or tag in known
