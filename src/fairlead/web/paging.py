"""Pages of a long list: a cursor that only we can read and write, bound to its very question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, QuerySet

from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.kernel.ids import content_sha256
from fairlead.web.page_shape import Page

T = TypeVar("T")
M = TypeVar("M", bound=Model)
DEFAULT_LIMIT, MOST = 50, 200

__all__ = ["Page", "page_of_query", "page_of_rows", "read_cursor", "write_cursor"]


def write_cursor(question: Mapping[str, Any], position: Mapping[str, Any]) -> str:
    """A position in the list of a question, signed."""
    content = {"q": content_sha256(question)[:16], **position}
    return signing.dumps(content, salt="fairlead.cursor", compress=True)


def read_cursor(question: Mapping[str, Any], cursor: str | None) -> dict[str, Any]:
    """The position in a cursor, empty without one; FL7032 for one that is not of this list."""
    if not cursor:
        return {}
    try:
        content = signing.loads(cursor, salt="fairlead.cursor")
    except (signing.BadSignature, ValueError):
        raise _refused() from None
    if not isinstance(content, dict) or content.pop("q", None) != content_sha256(question)[:16]:
        raise _refused()
    return content


def _refused() -> DiagnosticError:
    return fail(
        "FL7032",
        "the cursor is not one of this list",
        notes=["a cursor belongs to the very address and filters that gave it"],
        help="start again without `cursor`",
    )


def page_of_rows(
    rows: Sequence[T],
    question: Mapping[str, Any],
    cursor: str | None,
    limit: int,
    **kept: str,
) -> Page[T]:
    """A page of rows that are at hand; `kept` is carried from page to page in the cursor."""
    start = int(read_cursor(question, cursor).get("o", 0))
    end = start + limit
    following = write_cursor(question, {"o": end, **kept}) if end < len(rows) else None
    return Page(rows[start:end], following, len(rows))


def page_of_query(
    query: QuerySet[M],
    question: Mapping[str, Any],
    cursor: str | None,
    limit: int,
    shape: Callable[[M], T],
) -> Page[T]:
    """A page of a table, newest first, that stays right while rows are added."""
    position = read_cursor(question, cursor)
    if "k" in position:
        query = query.filter(pk__lt=position["k"])
    found = list(query.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    following = write_cursor(question, {"k": found[limit - 1].pk}) if more else None
    return Page([shape(item) for item in found[:limit]], following)
