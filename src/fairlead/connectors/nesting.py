"""Read nested parts of a payload so that a refusal names its place in the whole payload.

What `reading` finds at a path of a part, `inside` moves to the path of the whole; instants that
lie in the future are refused here (facts.md section 1), and choices name the allowed set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.reading import instant, look_up, not_future, required_instant
from fairlead.facts.fact_type import order_of

_SCP_FORM = re.compile(r"^[\w.-]+@[\w.-]+:(?P<path>[^/].*)$")
_SHA = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")


@contextmanager
def inside(place: str) -> Iterator[None]:
    """Everything read here stands under `place` (`$.alerts[3]`): refusals say so.

    What is wrong with the settings (`settings.…`) keeps its place.
    """
    try:
        yield
    except MappingError as error:
        path = place + error.path[1:] if error.path.startswith("$") else error.path
        raise MappingError(error.code, path, error.message) from None


def mapping_of(body: Any) -> Mapping[str, Any]:
    """The whole body as a mapping; FL3102 when it is a list, text or nothing."""
    if not isinstance(body, Mapping):
        raise MappingError("FL3102", "$", f"an object is expected, found {type(body).__name__}")
    return body


def past_instant(body: Any, path: str, context: MappingContext) -> datetime | None:
    """The instant at a path, or None where absent; FL3103 when it lies in the future."""
    return not_future(instant(body, path), context.received_at, f"$.{path}")


def required_past(body: Any, path: str, context: MappingContext) -> datetime:
    """The instant at a path; FL3102 when absent, FL3103 when it lies in the future."""
    found = required_instant(body, path)
    not_future(found, context.received_at, f"$.{path}")
    return found


def members(body: Any, path: str) -> list[Any]:
    """The list at a path, empty where absent; FL3102 when something else stands there."""
    found = look_up(body, path)
    if found is None:
        return []
    if not isinstance(found, list):
        raise MappingError("FL3102", f"$.{path}", "a list is expected here")
    return found


def listed(document: Any, key: str | None = None) -> list[Any]:
    """The items of a document: a list, the list under `key` of an API page, else itself."""
    if key is not None and isinstance(document, Mapping) and isinstance(document.get(key), list):
        return list(document[key])
    return list(document) if isinstance(document, list) else [document]


def chosen(raw: str, choices: Mapping[str, str | None], path: str) -> str | None:
    """What the tool's own word means; FL3110 with the known words for any other."""
    if raw not in choices:
        raise MappingError(
            "FL3110", path, f"`{raw}` is not among {', '.join(f'`{word}`' for word in choices)}"
        )
    return choices[raw]


def latest_order(*instants: datetime | None) -> int:
    """The source order of a record whose newest known instant is its version."""
    return max((order_of(found) for found in instants if found is not None), default=0)


def commit_of(word: str | None) -> str | None:
    """The word itself when it is a full commit SHA, else None."""
    return word if word and _SHA.match(word) else None


def repository_of(url: str | None) -> str | None:
    """`acme/shop` of a repository's address in any of git's forms; None where there is none."""
    if not url:
        return None
    scp = _SCP_FORM.match(url)
    path = scp["path"] if scp else urlsplit(url).path
    return path.strip("/").removesuffix(".git") or None
