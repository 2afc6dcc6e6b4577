"""Signed notes of the C2SP form, with Ed25519, and the checkpoints of a log that are written so.

A note is its text, a blank line, and one line a signature:
`— name base64(key hash || signature of the text)`. The key hash is the first four bytes of
SHA-256(name || 0x0A || 0x01 || public key). A checkpoint's text is origin, size and base64 root,
one a line. Keys are kept as `name+hash+base64(0x01 || public key)`, and signing keys as
`PRIVATE+KEY+name+hash+base64(0x01 || seed)`.
Source: C2SP signed-note and tlog-checkpoint; security.md 4.10.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ED25519 = b"\x01"
DASH = "— "
_PRIVATE = "PRIVATE+KEY+"
Verdict = Literal["ok", "signature_invalid", "key_unknown", "signature_not_checked"]


class NoteError(ValueError):
    """A note, checkpoint or key that is not of the form."""


@dataclass(frozen=True)
class Signature:
    """One signature line: the name, the key hash and the bytes of the signature."""

    name: str
    key_hash: bytes
    value: bytes


@dataclass(frozen=True)
class Note:
    """A text with its signatures; the text ends with its newline."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class VerifyingKey:
    """A name and an Ed25519 public key of 32 bytes."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """What stands in a signature line for this key."""
        return key_hash(self.name, self.public)

    def __str__(self) -> str:
        coded = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{coded}"


@dataclass(frozen=True)
class Checkpoint:
    """A statement of a log: whose, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes that tell keys of one name apart."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifying_key_of(name: str, seed: bytes) -> VerifyingKey:
    """The public side of a seed of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return VerifyingKey(
        name, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    )


def signing_key_text(name: str, seed: bytes) -> str:
    """A signing key as it is kept in a file."""
    hashed = verifying_key_of(name, seed).key_hash.hex()
    return f"{_PRIVATE}{name}+{hashed}+{base64.b64encode(ED25519 + seed).decode()}"


def parse_signing_key(text: str) -> tuple[str, bytes]:
    """Name and seed of a kept signing key; NoteError when it is none or does not fit itself."""
    if not text.startswith(_PRIVATE):
        raise NoteError("not a signing key")
    name, hashed, seed = _key_parts(text.removeprefix(_PRIVATE))
    if verifying_key_of(name, seed).key_hash != hashed:
        raise NoteError("the hash of the signing key does not fit")
    return name, seed


def parse_verifying_key(text: str) -> VerifyingKey:
    """A kept public key; NoteError when it is none or does not fit itself."""
    name, hashed, public = _key_parts(text.strip())
    found = VerifyingKey(name, public)
    if found.key_hash != hashed:
        raise NoteError("the hash of the key does not fit")
    return found


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_name(parts[0]):
        raise NoteError("a key is name, hash and value, with `+` between")
    try:
        hashed, coded = bytes.fromhex(parts[1]), base64.b64decode(parts[2], validate=True)
    except (ValueError, binascii.Error):
        raise NoteError("the key is not hexadecimal hash and base64 value") from None
    if len(hashed) != 4 or len(coded) != 33 or coded[:1] != ED25519:
        raise NoteError("the key is no Ed25519 key")
    return parts[0], hashed, coded[1:]


def is_name(text: str) -> bool:
    """Whether a text can name a key: something, without blanks, line ends or `+`."""
    return bool(text) and "+" not in text and not any(c.isspace() for c in text)


def sign_note(text: str, name: str, seed: bytes) -> str:
    """The note of a text that ends with a newline, signed once."""
    return text + "\n" + signature_line(text, name, seed) + "\n"


def signature_line(text: str, name: str, seed: bytes) -> str:
    """One signature line over a text, without its newline."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not text.endswith("\n") or not is_name(name):
        raise NoteError("a signed text ends with a newline, and a name has no blanks and no `+`")
    signed = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
    hashed = verifying_key_of(name, seed).key_hash
    return f"{DASH}{name} {base64.b64encode(hashed + signed).decode()}"


def parse_note(note: str) -> Note:
    """Text and signatures of a note; NoteError when it is not of the form."""
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise NoteError("a note is a text, a blank line, and signature lines that end")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    return Note(text + "\n", signatures)


def _signature(line: str) -> Signature:
    parts = line.removeprefix(DASH).split(" ")
    if not line.startswith(DASH) or len(parts) != 2 or not is_name(parts[0]):
        raise NoteError("a signature line is a dash, a name and a value")
    try:
        value = base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        raise NoteError("a signature is not base64") from None
    if len(value) < 5:
        raise NoteError("a signature is too short")
    return Signature(parts[0], value[:4], value[4:])


def verify_note(note: Note, keys: Iterable[VerifyingKey]) -> Verdict:
    """Whether one of the keys signed the note, and none of them is contradicted.

    `signature_not_checked` where no Ed25519 is at hand: never "ok" by default.
    """
    known = {(key.name, key.key_hash): key for key in keys}
    matching = [(known.get((s.name, s.key_hash)), s) for s in note.signatures]
    ours = [(key, signature) for key, signature in matching if key is not None]
    if not ours:
        return "key_unknown"
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return "signature_not_checked"
    for key, signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(
                signature.value, note.text.encode()
            )
        except (InvalidSignature, ValueError):
            return "signature_invalid"
    return "ok"


def parse_checkpoint(text: str) -> Checkpoint:
    """The statement in a checkpoint's text; extension lines below it are passed over."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not lines[0]:
        raise NoteError("a checkpoint is origin, size and root, one a line")
    size = lines[1]
    if not (size.isascii() and size.isdigit()) or (size != "0" and size.startswith("0")):
        raise NoteError("the size of a checkpoint is a number")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        raise NoteError("the root of a checkpoint is not base64") from None
    if len(root) != 32:
        raise NoteError("the root of a checkpoint has 32 bytes")
    return Checkpoint(lines[0], int(size), root)
