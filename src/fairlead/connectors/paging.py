"""Follow an API from page to page, as a generator that yields requests and is sent responses.

The next page is the `Link` header with `rel="next"` (RFC 8288), which GitHub, GitLab and others
send; where it carries a keyset cursor, the cursor is followed without knowing its form.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from fairlead.connectors.contract import Request, Response

_LINK = re.compile(r"<([^>]*)>\s*;([^<]*)")


def next_link(headers: Mapping[str, str]) -> str | None:
    """The address of the next page, or None on the last one."""
    for match in _LINK.finditer(headers.get("link", "")):
        if re.search(r'\brel="?next"?', match[2]):
            return match[1]
    return None


def fetch(request: Request) -> Generator[Request, Response | None, Response]:
    """Ask once and give the response."""
    response = yield request
    if response is None:
        raise RuntimeError("a plan that asks must be sent the response")
    return response


def fetch_all(
    request: Request, items_key: str | None = None
) -> Generator[Request, Response | None, list[Any]]:
    """All items of a list over its pages; `items_key` names the list inside an object."""
    found: list[Any] = []
    asked: Request | None = request
    while asked is not None:
        response = yield from fetch(asked)
        found.extend(items_of(response, items_key))
        asked = following(asked, response)
    return found


def items_of(response: Response, items_key: str | None = None) -> Iterator[Any]:
    """The items of one page; none when the resource is missing."""
    body = response.body
    if items_key is not None and isinstance(body, Mapping):
        body = body.get(items_key)
    return iter(body if isinstance(body, list) else ())


def following(request: Request, response: Response) -> Request | None:
    """The request of the next page, or None after the last one."""
    link = next_link(response.headers)
    if link is None:
        return None
    return Request(link, headers=request.headers, allow_missing=request.allow_missing)
