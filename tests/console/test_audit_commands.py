"""The commands of an installation: people, the log, the doctor; on the suite's own ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.conf import settings as suite
from pytest_django import Settings

from fairlead.cli import installation
from fairlead.cli.context import Context
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import AuditEntry, record
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import Actor
from tests.cli.running import Ran, fairlead, fairlead_process

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and checkpoints of this test alone."""
    settings.STATE_FOLDER = tmp_path
    monkeypatch.setenv("FAIRLEAD_WORKSPACE", str(suite.WORKSPACE.root))


def run(*arguments: str | Path) -> Ran:
    """One command on the suite's workspace."""
    return fairlead("-w", suite.WORKSPACE.root, *arguments)


def test_people_are_added_granted_listed_and_revoked() -> None:
    added = run("person", "add", "ana@example.org", "--name", "Ana")
    assert Person.objects.get().check_password(added.out.strip())
    assert run("person", "grant", "ana@example.org", "director").code == 0
    scoped = run("person", "grant", "ana@example.org", "team_lead", "--team", "payments")
    assert scoped.code == 0, scoped.err
    assert run("person", "list", "--format", "json").rows == [
        {
            "email": "ana@example.org",
            "name": "Ana",
            "state": "active",
            "second_factor": False,
            "roles": ["director", "team_lead of payments"],
        }
    ]
    run("person", "revoke", "ana@example.org", "team_lead", "--team", "payments")
    again = run("person", "revoke", "ana@example.org", "team_lead", "--team", "payments")
    assert (again.code, again.head) == (1, "error[FL7028]: `ana@example.org` has no such role")
    fresh = run("person", "password", "ana@example.org")
    assert Person.objects.get().check_password(fresh.out.strip())
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "person_created", "role_granted", "role_granted", "role_revoked", "password_reset",
    ]  # fmt: skip


def test_a_misspelt_person_or_role_is_refused_with_a_near_match() -> None:
    run("person", "add", "ana@example.org", "--name", "Ana")
    assert (
        "did you mean `ana@example.org`" in run("person", "grant", "anna@example.org", "viewer").err
    )
    assert "did you mean `director`" in run("person", "grant", "ana@example.org", "directr").err
    both = run("person", "grant", "ana@example.org", "viewer", "--team", "a", "--service", "b")
    assert both.code == 2


def test_an_export_is_verified_apart_from_the_workspace(tmp_path: Path) -> None:
    for number in range(3):
        record(actor=Actor("", "x"), action="tried", object_type="thing", object_id=str(number))
    path, key = tmp_path / "log.ndjson", tmp_path / "audit_key.pub"
    assert run("audit", "export", "--output", path).code == 0
    assert run("audit", "export").out.count("\n") == len(path.read_text().splitlines()) + 2
    program = (
        "import sys\n"
        "sys.modules['django'] = None\n"
    )  # fmt: skip
    words = ("audit", "verify", "--file", path, "--key", key, "--format", "json")
    whole = fairlead_process(tmp_path, *words, before=program)
    assert (whole.code, whole.rows["size"], whole.rows["findings"]) == (0, 4, [])
    assert (whole.rows["signed_up_to"], whole.rows["anchor"]) == (4, "unanchored")
    path.write_text(path.read_text().replace('\\"object_id\\":\\"1\\"', '\\"object_id\\":\\"9\\"'))
    wrong = fairlead_process(tmp_path, *words, before=program)
    assert (wrong.code, [row["kind"] for row in wrong.rows["findings"]]) == (1, ["entry_altered"])
    unsure = fairlead("audit", "verify", "--file", path)
    assert unsure.code == 1
    assert "give --key" in unsure.err


def test_the_log_of_the_ledger_is_verified_and_signed() -> None:
    assert run("audit", "checkpoint").code == 0
    assert AuditEntry.objects.count() == 0
    record(actor=Actor("", "x"), action="tried", object_type="thing", object_id="1")
    signed = run("audit", "checkpoint")
    assert signed.out.split("\n")[1] == "1"
    again = run("audit", "checkpoint", "--format", "json")
    assert (again.rows["size"], again.rows["note"]) == (1, signed.out)
    assert run("audit", "verify").out == "whole: 1 entries, 1 of them under a signed checkpoint\n"


def test_the_doctor_of_a_good_installation_finds_nothing_bad(tmp_path: Path) -> None:
    done = run("doctor", "--format", "json")
    states = {row["name"]: row["state"] for row in done.rows}
    assert done.code == 0, done.out
    assert (states["model"], states["disk"]) == ("ok", "ok")
    assert "bad" not in states.values()


def test_the_doctor_names_each_trouble_and_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = Context(suite.WORKSPACE.root, SYSTEM_CLOCK)
    folder = context.lake_folder.parent
    for name in ("secret_key", "audit_key"):
        existed = (folder / name).exists()
        if not existed:
            (folder / name).write_text("rubbish")
        before = (folder / name).stat().st_mode
        os.chmod(folder / name, 0o644)  # noqa: PTH101
        found = {check.name: check for check in installation.check_key_files(context)}
        label = name.replace("_", " ")
        assert (found[label].state, found[label].mend) == ("bad", f"chmod 600 {folder / name}")
        os.chmod(folder / name, before)  # noqa: PTH101
        if not existed:
            (folder / name).unlink()
    monkeypatch.setattr(installation, "LEAST_FREE", 2**62)
    assert [check.state for check in installation.check_disk(context)] == ["bad"]
    monkeypatch.setenv("FAIRLEAD_NOW", "2020-01-01T00:00:00+00:00")
    assert installation.check_clock().state == "warn"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [check.state for check in installation.check_programs()] == ["warn"]


def test_the_doctor_of_a_wrong_model_says_so_first(tmp_path: Path) -> None:
    home = tmp_path / "org"
    (home / "workspace").mkdir(parents=True)
    (home / "workspace" / "workspace.yaml").write_text("kind: Nothing\n")
    done = fairlead("-w", home, "doctor", "--format", "json")
    assert (done.code, done.rows[0]["name"], done.rows[0]["state"]) == (1, "model", "bad")
    assert done.rows[-1]["mend"] == "mend the model first"


def test_a_secret_that_is_not_there_is_a_warning() -> None:
    context = Context(suite.WORKSPACE.root, SYSTEM_CLOCK)
    found = [check for check in installation.check_secrets(context) if check.state == "warn"]
    assert found
    assert all("FL3114" in check.seen for check in found)


def test_the_doctor_notices_a_clock_behind_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    record(
        actor=Actor("", "x"), action="tried", object_type="thing", object_id="1",
        at=SYSTEM_CLOCK.now() + timedelta(hours=1),
    )  # fmt: skip
    assert installation._check_order().state == "bad"
    assert json.loads(AuditEntry.objects.get().entry_json)["seq"] == 1
