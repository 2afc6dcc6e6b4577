"""One page of a long list, as the API writes it and the client reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, the cursor of the next page (null at the end), and how many there are in all."""

    items: Sequence[T]
    next: str | None = None
    total: int | None = None
