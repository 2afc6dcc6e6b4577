"""The live webhook secrets of a source, read again every minute: no restart to replace one."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from fairlead.ingest.inbound import SECRETS
from fairlead.ingest.secrets import resolve_secret
from fairlead.opmodel.kinds.source import Source

KEPT_SECONDS = 60.0
_kept: dict[tuple[str, str], tuple[float, str]] = {}
_lock = threading.Lock()


def live_secrets(source: Source, root: Path) -> tuple[str, ...]:
    """The present secret and the previous one, where declared; FL3114 when one cannot be read."""
    references = [source.secrets[name] for name in SECRETS if name in source.secrets]
    return tuple(_value(reference, root) for reference in references)


def _value(reference: str, root: Path) -> str:
    key, now = (str(root), reference), time.monotonic()
    with _lock:
        found = _kept.get(key)
    if found is not None and now - found[0] < KEPT_SECONDS:
        return found[1]
    value = resolve_secret(reference, root=root)
    with _lock:
        _kept[key] = (now, value)
    return value


def forget_secrets() -> None:
    """Read every secret anew at its next use."""
    with _lock:
        _kept.clear()
