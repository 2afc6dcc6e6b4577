"""Commits what waits in one process together: one flush to disk for all of them.

Whoever gets the turn writes everything that waits by then; the others find their work done. Under
load this makes the inbox as fast as the disk allows batches, and alone it costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import transaction

T = TypeVar("T")


@dataclass
class _Wish(Generic[T]):
    """One piece of work: its result, or why it failed."""

    work: Callable[[], T]
    is_done: bool = False
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None


class Together(Generic[T]):
    """Runs pieces of work of many threads in shared transactions; each is durable on return."""

    def __init__(self) -> None:
        self._waiting: list[_Wish[T]] = []
        self._entry = threading.Lock()
        self._turn = threading.Lock()

    def run(self, work: Callable[[], T]) -> T:
        """The result of the work, once it is committed; its own error where it has one."""
        wish = _Wish(work)
        with self._entry:
            self._waiting.append(wish)
        with self._turn:
            if not wish.is_done:
                with self._entry:
                    batch, self._waiting = self._waiting, []
                self._commit(batch)
        if wish.error is not None:
            raise wish.error
        return wish.result[0]

    def _commit(self, batch: list[_Wish[T]]) -> None:
        try:
            with transaction.atomic():
                for wish in batch:
                    wish.result = [wish.work()]
        except BaseException as error:
            for wish in batch:
                wish.error = error
        for wish in batch:
            wish.is_done = True
