"""Resolves secret references: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`. Never inline."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fairlead.kernel.diagnostic import fail

FORMS = "env:NAME, file:PATH, keyring:SERVICE/USER"


def resolve_secret(reference: str, *, root: Path | None = None) -> str:
    """The value behind a reference; FL3114 names the reference, never a value."""
    kind, _, rest = reference.partition(":")
    if kind == "env" and rest:
        found = os.environ.get(rest)
        if found:
            return found
        raise fail("FL3114", f"the environment variable `{rest}` is not set")
    if kind == "file" and rest:
        path = (root or Path()) / rest
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise fail("FL3114", f"the secret file `{path}` cannot be read: {error}") from None
    if kind == "keyring" and "/" in rest:
        return _from_keyring(*rest.split("/", 1))
    raise fail("FL3114", "the secret is no reference", notes=[f"allowed: {FORMS}"])


def _from_keyring(service: str, user: str) -> str:
    try:
        import keyring
    except ImportError:
        raise fail(
            "FL9003",
            "the package `keyring` is not installed",
            help="pip install 'fairlead[keyring]'",
        ) from None
    found = keyring.get_password(service, user)
    if found is None:
        raise fail("FL3114", f"the keyring holds nothing for `{service}/{user}`")
    return str(found)


def resolve_secrets(references: Mapping[str, str], *, root: Path | None = None) -> dict[str, str]:
    """The values of all secrets of a source."""
    return {name: resolve_secret(reference, root=root) for name, reference in references.items()}
