"""Identifiers: time-ordered ids, entity references, content digests, near matches."""

from __future__ import annotations

import difflib
import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


def uuid7(instant: datetime, entropy: bytes | None = None) -> str:
    """Return a UUIDv7 (RFC 9562) of an instant; `entropy` (10 bytes) makes it repeatable."""
    millis = int(instant.timestamp() * 1000)
    tail = entropy if entropy is not None else secrets.token_bytes(10)
    value = (millis & ((1 << 48) - 1)) << 80 | int.from_bytes(tail[:10], "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def content_sha256(value: Any) -> str:
    """SHA-256 (hex) of a value as compact JSON with sorted keys; instants in ISO 8601 UTC."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def near_match(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word most like `word`, or None when none is like it."""
    found = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else None


def random_bytes(count: int) -> bytes:
    """Bytes that nobody can foresee."""
    return secrets.token_bytes(count)


def random_token(count: int = 32) -> str:
    """Random bytes as text for addresses and headers."""
    return secrets.token_urlsafe(count)
