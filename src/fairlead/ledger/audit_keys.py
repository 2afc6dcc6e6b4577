"""The key that signs checkpoints: a file beside the ledger, or where FAIRLEAD_AUDIT_KEY points.

It lies outside the database, so that whoever can write the tables cannot sign. The file beside the
ledger is made at first use, for its owner alone; `audit_key.pub` is what others verify with.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fairlead.ingest.secrets import resolve_secret
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import random_bytes
from fairlead.methods.signed_note import (
    NoteError,
    VerifyingKey,
    parse_signing_key,
    parse_verifying_key,
    sign_note,
    signing_key_text,
    verifying_key_of,
)

VARIABLE = "FAIRLEAD_AUDIT_KEY"
KEY_FILE, PUBLIC_FILE, CHECKPOINTS = "audit_key", "audit_key.pub", "checkpoints"


@dataclass(frozen=True)
class AuditKey:
    """A signing key by name; the name is the origin of the log as well."""

    name: str
    seed: bytes

    def sign(self, text: str) -> str:
        """The signed note of a text."""
        return sign_note(text, self.name, self.seed)

    @property
    def public(self) -> VerifyingKey:
        """What verifies it."""
        return verifying_key_of(self.name, self.seed)

    def __repr__(self) -> str:
        return f"AuditKey({self.name!r})"


def audit_key(folder: Path) -> AuditKey:
    """The signing key of an installation, made at first use; FL7022 when it cannot be used."""
    reference = os.environ.get(VARIABLE)
    if reference:
        return _parsed(resolve_secret(reference), VARIABLE)
    path = folder / KEY_FILE
    if not path.exists():
        _make(folder)
    if path.stat().st_mode & 0o077:
        raise fail(
            "FL7022",
            f"`{path}` can be read by others than its owner",
            help=f"chmod 600 {path}",
        )
    return _parsed(path.read_text("utf-8").strip(), str(path))


def _parsed(text: str, where: str) -> AuditKey:
    try:
        return AuditKey(*parse_signing_key(text))
    except NoteError as error:
        raise fail(
            "FL7022",
            f"{where} holds no signing key: {error}",
            help="put back the key from your safe copy; a fresh key starts a fresh log",
        ) from None


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name, seed = f"fairlead-{random_bytes(4).hex()}/log", random_bytes(32)
    try:
        handle = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(signing_key_text(name, seed) + "\n")
    (folder / PUBLIC_FILE).write_text(f"{verifying_key_of(name, seed)}\n", "utf-8")


def public_keys(folder: Path) -> list[VerifyingKey]:
    """The keys that an installation's checkpoints are verified with; one a line of a file."""
    path = folder / PUBLIC_FILE
    if path.exists() and not os.environ.get(VARIABLE):
        return read_public_keys(path)
    return [audit_key(folder).public]


def read_public_keys(path: Path) -> list[VerifyingKey]:
    """The keys of a file, one a line; FL7022 when a line is none."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [parse_verifying_key(line) for line in lines]
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise fail(
            "FL7022",
            f"`{path}` holds no public key: {error}",
            notes=["a key is one line: name+hash+base64"],
        ) from None


def exported_checkpoints(folder: Path) -> list[str]:
    """The checkpoints that lie as files beside the ledger, smallest first."""
    found = [path for path in (folder / CHECKPOINTS).glob("*.note") if path.stem.isdigit()]
    return [path.read_text("utf-8") for path in sorted(found, key=lambda path: int(path.stem))]
