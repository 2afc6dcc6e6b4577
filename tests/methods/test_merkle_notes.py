"""Signed notes and checkpoints: the known line, and every way in which one is not right."""

from __future__ import annotations

import base64

import pytest

from fairlead.methods.merkle import leaf_hash, root_of
from fairlead.methods.signed_note import (
    Checkpoint,
    NoteError,
    VerifyingKey,
    key_hash,
    parse_checkpoint,
    parse_note,
    parse_signing_key,
    parse_verifying_key,
    sign_note,
    signing_key_text,
    verify_note,
    verifying_key_of,
)

ORIGIN, SEED = "fairlead.example/log", bytes(range(32))
KEY = verifying_key_of(ORIGIN, SEED)
ROOT = root_of([leaf_hash(text) for text in (b"a", b"b", b"c")])
TEXT = Checkpoint(ORIGIN, 3, ROOT).text()
NOTE = sign_note(TEXT, ORIGIN, SEED)


def test_hash_of_the_known_key_is_the_known_answer() -> None:
    assert key_hash(ORIGIN, KEY.public).hex() == "40f8b31d"


def test_checkpoint_of_the_known_key_is_the_known_note() -> None:
    assert NOTE == (
        "fairlead.example/log\n"
        "3\n"
        "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n"
        "\n"
        "— fairlead.example/log QPizHb1Mji0vNbq5OPVy9+oQ6rWskMjuBXZsmFKy/dOXixqZENb0tNsTcIX0w0C1"
        "eawUbM0zplcONJVdyslPR96ayAA=\n"
    )
    assert verify_note(parse_note(NOTE), [KEY]) == "ok"
    assert parse_checkpoint(parse_note(NOTE).text) == Checkpoint(ORIGIN, 3, ROOT)


def test_a_changed_text_or_signature_is_found() -> None:
    assert verify_note(parse_note(NOTE.replace("\n3\n", "\n4\n")), [KEY]) == "signature_invalid"
    coded = NOTE.split(" ")[-1].strip()
    value = bytearray(base64.b64decode(coded))
    value[-1] ^= 1
    wrong = NOTE.replace(coded, base64.b64encode(bytes(value)).decode())
    assert verify_note(parse_note(wrong), [KEY]) == "signature_invalid"


def test_a_note_of_another_key_is_unknown_not_wrong() -> None:
    other = verifying_key_of(ORIGIN, bytes(32))
    assert verify_note(parse_note(NOTE), [other]) == "key_unknown"
    assert verify_note(parse_note(NOTE), []) == "key_unknown"


def test_a_second_signature_of_a_witness_changes_nothing() -> None:
    witness = sign_note(TEXT, "witness.example", bytes(32)).rstrip("\n").split("\n")[-1]
    both = parse_note(NOTE + witness + "\n")
    assert len(both.signatures) == 2
    assert verify_note(both, [KEY]) == "ok"


def test_keys_are_read_back_as_they_were_written() -> None:
    assert parse_verifying_key(str(KEY)) == KEY
    assert parse_signing_key(signing_key_text(ORIGIN, SEED)) == (ORIGIN, SEED)


@pytest.mark.parametrize(
    "text",
    [
        "", "fairlead", "name+40f8b31d", "name+zz+AA==", "name+40f8b31d+AA==",
        str(KEY).replace("40f8b31d", "40f8b31e"), str(VerifyingKey("", KEY.public)),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_verifying_key(text)


@pytest.mark.parametrize(
    "note",
    [
        "", "text\n", TEXT + "\n", NOTE.rstrip("\n"), NOTE.replace("— ", "- "),
        TEXT + "\n— name\n", TEXT + "\n— na+me QPizHb1M\n", TEXT + "\n— name !!!!\n",
        TEXT + "\n— name QPiz\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        parse_note(note)


@pytest.mark.parametrize(
    "text",
    ["", "o\n3\n", "o\n03\nAA==\n", "o\n-1\nAA==\n", "o\n3\nAA==\n", "o\n3\n!\n", "\n3\nAA==\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_a_text_without_an_end_is_not_signed() -> None:
    with pytest.raises(NoteError):
        sign_note("no end", ORIGIN, SEED)
