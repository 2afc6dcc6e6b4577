"""The model of a workspace as its files are now: read again when one of them has changed.

Names, sizes and times of the files are looked at once a second at most. A changed model that is
wrong does not replace the one that was right: pages go on with that one, and show what is wrong.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.kernel.diagnostic import DiagnosticError

if TYPE_CHECKING:
    from fairlead.opmodel.loader import ModelReport
    from fairlead.opmodel.model import Model

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Loaded:
    """The model in use and its digest, and what is right and wrong with the files as they are."""

    digest: str
    model: Model
    report: ModelReport


def files_digest(root: Path) -> str:
    """A digest of names, sizes and times of the model's files."""
    from fairlead.opmodel.model_files import model_files

    found = hashlib.sha256()
    for path, name in model_files(root).files:
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        found.update(f"{name}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return found.hexdigest()[:32]


class LiveModel:
    """Loads the model when it is first asked for, and again when its files have changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._loaded: Loaded | None = None
        self._seen = ""
        self._looked = 0.0
        self._lock = threading.Lock()

    def now(self) -> Loaded:
        """The model in use; DiagnosticError with every finding when none was right so far."""
        with self._lock:
            if self._loaded is None or time.monotonic() - self._looked >= LOOK_SECONDS:
                self._look()
                self._looked = time.monotonic()
            assert self._loaded is not None
            return self._loaded

    def _look(self) -> None:
        seen = files_digest(self.root)
        if self._loaded is not None and seen == self._seen:
            return
        self._loaded = self._load(seen)
        self._seen = seen

    def _load(self, digest: str) -> Loaded:
        from fairlead.web.workspace import check_workspace

        report = check_workspace(self.root)[1]
        if not report.errors:
            return Loaded(digest, report.model, report)
        if self._loaded is None:
            raise DiagnosticError(*report.errors)
        return Loaded(self._loaded.digest, self._loaded.model, report)
