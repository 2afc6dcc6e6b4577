"""Every way in which a log can be wrong, and its name; on exports, without any database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.audit_files import verify_file
from fairlead.ledger.audit_verify import LogRow, Verified, commitment_of, verify_log
from fairlead.methods.merkle import leaf_hash, root_of
from fairlead.methods.signed_note import Checkpoint, sign_note, verifying_key_of

NAME, SEED = "log.example/a", bytes(range(32))
KEY = verifying_key_of(NAME, SEED)
SALT, PAYLOAD = "00ff" * 8, '{"reason": "asked"}'


def row(number: int, *, action: str = "did", minute: int | None = None) -> LogRow:
    """An entry as `record` makes one; every third carries a payload."""
    has_payload = number % 3 == 0
    fields = {
        "seq": number,
        "at": f"2027-01-01T00:{number if minute is None else minute:02}:00+00:00",
        "action": action,
        "payload_commitment": commitment_of(SALT, PAYLOAD) if has_payload else None,
    }
    text = rfc8785.dumps(fields)
    more = (SALT, PAYLOAD) if has_payload else ("", "")
    return LogRow(text.decode(), leaf_hash(text).hex(), *more)


def note(rows: Sequence[LogRow], seed: bytes = SEED) -> str:
    """The checkpoint of rows."""
    leaves = [leaf_hash(one.text.encode()) for one in rows]
    return sign_note(Checkpoint(NAME, len(rows), root_of(leaves)).text(), NAME, seed)


LOG = [row(number) for number in range(1, 11)]
NOTES = [note(LOG[:4]), note(LOG[:8])]


def kinds(found: Verified) -> list[tuple[str, int, int]]:
    """What was found, without the words."""
    return [(one.kind, one.first, one.last) for one in found.findings]


def without(rows: list[LogRow], *numbers: int) -> list[LogRow]:
    """Rows but those of some numbers."""
    return [one for place, one in enumerate(rows, 1) if place not in numbers]


def test_a_whole_log_has_no_finding() -> None:
    found = verify_log(LOG, NOTES, [KEY])
    assert (kinds(found), found.size, found.verified_up_to, found.signed_up_to) == ([], 10, 10, 8)
    assert found.root == root_of([leaf_hash(one.text.encode()) for one in LOG])


def test_an_altered_text_is_named() -> None:
    wrong = [*LOG[:4], replace(LOG[4], text=LOG[4].text.replace("did", "dud")), *LOG[5:]]
    found = verify_log(wrong, NOTES, [KEY])
    assert kinds(found) == [("entry_altered", 5, 5)]
    assert (found.verified_up_to, found.signed_up_to) == (4, 4)


def test_an_altered_column_or_payload_is_named() -> None:
    lied = replace(LOG[1], columns={"seq": 2, "action": "else"})
    swapped = replace(LOG[2], payload='{"reason": "another"}')
    found = verify_log([LOG[0], lied, swapped, *LOG[3:]], NOTES, [KEY])
    assert [(one.kind, one.first, one.detail.split(" ")[1]) for one in found.findings] == [
        ("entry_altered", 2, "column"),
        ("entry_altered", 3, "payload"),
    ]


def test_an_erased_payload_leaves_the_log_whole() -> None:
    erased = [replace(one, salt="", payload="") for one in LOG]
    assert verify_log(erased, NOTES, [KEY]).is_whole


def test_missing_entries_are_named_as_one_range() -> None:
    found = verify_log(without(LOG, 3, 4), NOTES, [KEY])
    assert kinds(found) == [("entry_missing", 3, 4)]


def test_entries_that_changed_places_are_named_and_not_called_missing() -> None:
    wrong = [LOG[0], LOG[2], LOG[1], *LOG[3:]]
    assert kinds(verify_log(wrong, NOTES, [KEY])) == [
        ("clock_regression", 2, 2),
        ("entry_reordered", 2, 2),
    ]


def test_an_entry_that_stands_twice_is_named() -> None:
    wrong = [*LOG[:3], LOG[2], *LOG[3:]]
    assert kinds(verify_log(wrong, [], [KEY])) == [("entry_reordered", 3, 3)]


def test_a_log_cut_below_a_checkpoint_is_named() -> None:
    found = verify_log(LOG[:6], NOTES, [KEY])
    assert kinds(found) == [("log_truncated", 7, 8)]
    assert (found.verified_up_to, found.signed_up_to) == (6, 4)


def test_a_log_cut_with_its_checkpoint_is_found_by_the_exported_one() -> None:
    found = verify_log(LOG[:6], NOTES[:1], [KEY], outside=NOTES)
    assert kinds(found) == [("checkpoint_rollback", 5, 8), ("log_truncated", 7, 8)]


def test_a_log_that_was_written_anew_is_forked() -> None:
    rewritten = [*LOG[:5], *(row(number, action="other") for number in range(6, 11))]
    assert kinds(verify_log(rewritten, NOTES, [KEY])) == [("log_forked", 5, 8)]


def test_a_smaller_checkpoint_after_a_greater_one_is_a_rollback() -> None:
    assert kinds(verify_log(LOG, NOTES[::-1], [KEY])) == [("checkpoint_rollback", 4, 8)]


def test_a_clock_that_went_back_is_named() -> None:
    late = row(6, minute=3)
    found = verify_log([*LOG[:5], late, *LOG[6:]], [], [KEY])
    assert kinds(found) == [("clock_regression", 6, 6)]


def test_a_forged_signature_and_a_strange_key_are_told_apart() -> None:
    forged = NOTES[1].replace("\n8\n", "\n9\n")
    strange = note(LOG[:8], bytes(32))
    assert kinds(verify_log(LOG, [NOTES[0], forged], [KEY])) == [("signature_invalid", 9, 9)]
    assert kinds(verify_log(LOG, [NOTES[0], strange], [KEY])) == [("key_unknown", 8, 8)]
    assert kinds(verify_log(LOG, ["no note at all"], [KEY])) == [("signature_invalid", 1, 1)]


def test_many_altered_entries_are_one_finding() -> None:
    wrong = [replace(one, leaf="00" * 32) for one in LOG]
    assert kinds(verify_log(wrong, [], [KEY])) == [("entry_altered", 1, 10)]


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("change", ["alter", "drop", "swap"])
def test_no_single_change_under_a_checkpoint_stays_unseen(place: int, change: str) -> None:
    rows, whole = list(LOG), [note(LOG)]
    if change == "alter":
        text = rows[place].text.replace("did", "hid")
        rows[place] = LogRow(text, leaf_hash(text.encode()).hex())
    elif change == "drop":
        del rows[place]
    else:
        rows[place], rows[place - 1] = rows[place - 1], rows[place]
    assert not verify_log(rows, whole, [KEY]).is_whole


def lines(rows: Sequence[LogRow], notes: Sequence[str] = NOTES) -> list[str]:
    """An export."""
    head = [{"type": "key", "key": str(KEY)}]
    head += [{"type": "checkpoint", "note": text} for text in notes]
    body = [
        {"type": "entry", "entry": one.text, "leaf_sha256": one.leaf}
        | ({"salt": one.salt, "payload": one.payload} if one.salt else {})
        for one in rows
    ]
    return [json.dumps(item, ensure_ascii=False) for item in (*head, *body)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[list[str]], Path]:
    """Writes lines into a file."""

    def make(content: list[str]) -> Path:
        path = tmp_path / "log.ndjson"
        path.write_text("".join(f"{line}\n" for line in content), "utf-8")
        return path

    return make


def test_an_export_is_verified_as_the_log_is(write: Callable[[list[str]], Path]) -> None:
    done = verify_file(write(lines(LOG)), [KEY])
    assert (kinds(done.verified), done.verified.signed_up_to, done.has_given_keys) == ([], 8, True)
    alone = verify_file(write(lines(without(LOG, 5))))
    assert (kinds(alone.verified), alone.has_given_keys) == ([("entry_missing", 5, 5)], False)
    stranger = verifying_key_of(NAME, bytes(32))
    assert {kind for kind, *_ in kinds(verify_file(write(lines(LOG)), [stranger]).verified)} == {
        "key_unknown"
    }


@pytest.mark.diagnostic("FL7026")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "the file is empty"),
        (["{"], "the line is not JSON"),
        (["[]"], "a line is of type"),
        (['{"type": "entry"}'], "a line is of type"),
        (['{"type": "entry", "entry": 5, "leaf_sha256": ""}'], "an entry has the texts"),
        (['{"type": "key", "key": "x"}'], "a key of the export cannot be read"),
    ],
)
def test_what_is_no_export_is_refused_with_its_line(
    content: list[str], says: str, write: Callable[[list[str]], Path]
) -> None:
    with pytest.raises(DiagnosticError, match=says) as caught:
        verify_file(write(content))
    assert caught.value.diagnostics[0].code == "FL7026"
