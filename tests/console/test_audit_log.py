"""The log in the database: appended to only, signed in time, and damage by a superuser is found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger import audit
from fairlead.ledger.audit import AuditCheckpoint, AuditEntry, erase_payload, record
from fairlead.ledger.audit_checkpoints import checkpoint_if_due, make_checkpoint
from fairlead.ledger.audit_keys import audit_key, exported_checkpoints, read_public_keys
from fairlead.ledger.audit_proofs import export_lines, prove_entry, verify_database
from fairlead.ledger.permissions import Actor
from fairlead.methods.merkle import leaf_hash, root_of
from fairlead.methods.signed_note import signing_key_text

ANA = Actor("01-ana", "Ana", (), "session")
NOON = datetime(2020, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Key and checkpoints of this test alone."""
    settings.STATE_FOLDER = tmp_path
    return tmp_path


def act(count: int = 1, at: datetime = NOON, **more: Any) -> AuditEntry:
    """Some entries, one a second; the last one."""
    for number in range(count):
        last = record(
            actor=ANA, action="tried", object_type="thing", object_id=str(number),
            at=at + timedelta(seconds=number), **more,
        )  # fmt: skip
    return last


@contextmanager
def superuser() -> Iterator[Any]:
    """A cursor of somebody who can take the triggers away."""
    migration = import_module("fairlead.ledger.migrations.0003_audit_log")
    with connection.cursor() as cursor:
        for statement in migration.UNLOCK[connection.vendor]:
            cursor.execute(statement)
        yield cursor
        for statement in migration.LOCK[connection.vendor]:
            cursor.execute(statement)


def kinds() -> list[tuple[str, int, int]]:
    """What a verification finds."""
    return [(one.kind, one.first, one.last) for one in verify_database().findings]


def test_an_entry_is_canonical_json_and_the_leaf_is_its_hash() -> None:
    entry = act(before={"a": 1}, after={"b": 2}, payload={"who": "Ana"})
    fields = json.loads(entry.entry_json)
    assert list(fields) == sorted(fields)
    assert (fields["seq"], fields["at"]) == (1, "2020-03-01T12:00:00+00:00")
    assert "Ana" not in entry.entry_json
    assert entry.leaf_sha256 == leaf_hash(entry.entry_json.encode()).hex()


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.filter(seq=2).update(action="else"),
        lambda: AuditEntry.objects.filter(seq=2).update(entry_json="{}", salt="", payload_json=""),
        lambda: AuditEntry.objects.filter(seq=2).update(payload_json='{"who": "Bo"}'),
        lambda: AuditEntry.objects.filter(seq=2).delete(),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditCheckpoint.objects.all().update(size=1),
        lambda: AuditCheckpoint.objects.all().delete(),
    ],
)
def test_the_database_refuses_every_change_and_deletion(change: Callable[[], object]) -> None:
    act(3, payload={"who": "Ana"})
    make_checkpoint(now=NOON)
    with pytest.raises(IntegrityError, match="only be appended"), transaction.atomic():
        change()
    assert AuditEntry.objects.count() == 3
    assert kinds() == []


def test_an_erased_payload_leaves_every_proof_whole_and_is_an_entry() -> None:
    act(3, payload={"who": "Ana"})
    make_checkpoint(now=NOON)
    erase_payload(seq=2, actor=ANA, reason="asked by the person")
    erased = AuditEntry.objects.get(seq=2)
    assert (erased.salt, erased.payload_json) == ("", "")
    last = AuditEntry.objects.get(seq=4)
    assert (last.action, last.object_id) == ("audit_payload_erased", "2")
    assert kinds() == []
    assert prove_entry(2).holds


def test_what_a_superuser_does_is_found() -> None:
    act(6)
    make_checkpoint(now=NOON)
    with superuser() as cursor:
        cursor.execute("UPDATE audit_entry SET action = 'else' WHERE seq = 2")
        cursor.execute("DELETE FROM audit_entry WHERE seq = 4")
    assert kinds() == [("entry_altered", 2, 2), ("entry_missing", 4, 4)]


def test_an_entry_that_was_rewritten_with_its_hash_is_found_by_the_checkpoint() -> None:
    act(6)
    make_checkpoint(now=NOON)
    text = AuditEntry.objects.get(seq=3).entry_json.replace("tried", "other")
    with superuser() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET entry_json = %s, leaf_sha256 = %s, action = 'other' "
            "WHERE seq = 3",
            [text, leaf_hash(text.encode()).hex()],
        )
    assert kinds() == [("log_forked", 1, 6)]
    assert not prove_entry(3).holds
    act(1, at=NOON + timedelta(minutes=1))
    make_checkpoint(now=NOON)
    assert kinds() == [("log_forked", 1, 6)], "a later checkpoint does not heal it"


def test_a_cut_log_is_found_by_the_exported_checkpoint(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, folder: Path
) -> None:
    act(5)
    with django_capture_on_commit_callbacks(execute=True):
        made = make_checkpoint(now=NOON)
    assert made is not None
    assert exported_checkpoints(folder) == [made.note]
    with superuser() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seq > 3")
        cursor.execute("DELETE FROM audit_checkpoint")
    assert kinds() == [("checkpoint_rollback", 1, 5), ("log_truncated", 4, 5)]


def test_checkpoints_come_every_thousand_entries_or_ten_minutes() -> None:
    assert checkpoint_if_due(NOON) is None
    act(1)
    first = checkpoint_if_due(NOON)
    assert first is not None
    act(999, at=NOON + timedelta(seconds=1))
    assert checkpoint_if_due(NOON + timedelta(minutes=9, seconds=59)) is None
    act(1, at=NOON + timedelta(minutes=20))
    second = checkpoint_if_due(NOON + timedelta(minutes=1))
    assert second is not None
    assert (first.size, second.size) == (1, 1001)
    act(1, at=NOON + timedelta(minutes=21))
    third = checkpoint_if_due(NOON + timedelta(minutes=11))
    assert third is not None
    leaves = AuditEntry.objects.order_by("seq").values_list("leaf_sha256", flat=True)
    root = root_of([bytes.fromhex(leaf) for leaf in leaves])
    assert verify_database().root == root
    assert (third.size, verify_database().signed_up_to) == (1002, 1002)


def test_recording_signs_by_itself_when_it_is_due(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    audit._watch.at = NOON
    with django_capture_on_commit_callbacks(execute=True):
        act(1, at=SYSTEM_CLOCK.now())
    assert [made.size for made in AuditCheckpoint.objects.all()] == [1]
    with django_capture_on_commit_callbacks(execute=True):
        act(998, at=SYSTEM_CLOCK.now())
    assert [made.size for made in AuditCheckpoint.objects.all()] == [1]
    with django_capture_on_commit_callbacks(execute=True):
        act(101, at=SYSTEM_CLOCK.now())
    assert [made.size for made in AuditCheckpoint.objects.all()] == [1, 1100]


def test_an_entry_that_waited_takes_the_instant_above_it_and_a_clock_set_back_shows() -> None:
    act(1)
    waited = act(1, at=NOON - timedelta(seconds=2))
    assert (waited.at, kinds()) == (NOON, [])
    back = act(1, at=NOON - timedelta(hours=1))
    assert (back.at, kinds()) == (NOON - timedelta(hours=1), [("clock_regression", 3, 3)])


def test_every_entry_of_a_long_log_has_its_proof() -> None:
    act(2100)
    make_checkpoint(now=NOON)
    act(3, at=NOON + timedelta(hours=1))
    for seq in (1, 2, 1024, 1025, 2048, 2049, 2100):
        proof = prove_entry(seq)
        assert (proof.size, proof.is_signed, proof.holds) == (2100, True, True), seq
    late = prove_entry(2103)
    assert (late.size, late.is_signed, late.holds) == (2103, False, True)


def test_key_is_made_once_for_its_owner_alone(folder: Path) -> None:
    key = audit_key(folder)
    assert (folder / "audit_key").stat().st_mode & 0o777 == 0o600
    assert audit_key(folder) == key
    assert read_public_keys(folder / "audit_key.pub") == [key.public]
    assert key.seed.hex() not in repr(key)


def test_key_comes_from_a_reference_where_one_is_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").write_text(signing_key_text("acme/log", bytes(range(32))))
    monkeypatch.setenv("FAIRLEAD_AUDIT_KEY", f"file:{folder / 'elsewhere'}")
    act(1)
    made = make_checkpoint(now=NOON)
    assert made is not None
    assert made.note.startswith("acme/log\n1\n")
    assert not (folder / "audit_key").exists()


@pytest.mark.diagnostic("FL7022")
@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [("rubbish", 0o600, "holds no signing key"), ("", 0o644, "can be read by others")],
)
def test_a_key_that_cannot_be_used_is_told_and_stops_no_change(
    text: str, mode: int, says: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "audit_key").write_text(text)
    os.chmod(folder / "audit_key", mode)  # noqa: PTH101
    with pytest.raises(DiagnosticError, match=says):
        audit_key(folder)
    act(1)
    assert checkpoint_if_due(NOON) is None
    assert "FL7022" in caplog.text


def test_the_export_holds_what_verifies_it() -> None:
    act(2, payload={"who": "Ana"})
    make_checkpoint(now=NOON)
    found = [json.loads(line) for line in export_lines()]
    assert [line["type"] for line in found] == ["key", "checkpoint", "entry", "entry"]
    assert found[2]["entry"] == AuditEntry.objects.get(seq=1).entry_json
