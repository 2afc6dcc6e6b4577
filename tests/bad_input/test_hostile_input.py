"""Hostile and damaged input: encodings, numbers, sizes, bombs, links, repositories, full disks."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.shipping import portal_history
from tests.cli.portal import NOW
from tests.cli.running import PAYLOADS, Ran, counts, fairlead, fairlead_process, held
from tests.git.build import git

RUN: dict[str, Any] = json.loads((PAYLOADS / "github" / "workflow_run.completed.json").read_text())


def run_with(run_id: int, **changes: object) -> dict[str, Any]:
    return {**RUN, "workflow_run": {**RUN["workflow_run"], "id": run_id, **changes}}


def read(path: Path, *options: str, source: str = "github") -> Ran:
    return fairlead("ingest", source, path, "--no-derive", "--format", "json", *options)


def stored(fact: str = "pipeline_runs") -> int:
    rows = fairlead("lake", "status", "--format", "json").rows
    return next((row["rows"] for row in rows if row["fact"] == fact), 0)


@pytest.mark.diagnostic("FL3108")
@pytest.mark.usefixtures("fresh")
def test_other_encodings_are_held_and_their_neighbours_stored(tmp_path: Path) -> None:
    path = tmp_path / "workflow_run.ndjson"
    line = json.dumps(run_with(2, display_title="Größe"), ensure_ascii=False)
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(RUN).encode() + b"\n" + line.encode("latin-1") + b"\n"
        + line.encode() + b"\n"
    )  # fmt: skip
    (tmp_path / "utf16.json").write_bytes(json.dumps(run_with(3)).encode("utf-16"))
    assert counts(read(path))["written", "pipeline_runs"] == 2
    assert read(tmp_path / "utf16.json").code == 1
    assert held() == [("FL3108", "$"), ("FL3108", "$")]
    assert stored() == 2


@pytest.mark.diagnostic("FL3109")
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", str(10**25)])
def test_number_that_no_column_can_hold_is_held(number: str, tmp_path: Path) -> None:
    path = tmp_path / "workflow_run.ndjson"
    bad = json.dumps(run_with(2)).replace('"run_attempt": 1', f'"run_attempt": {number}')
    path.write_text(f"{json.dumps(RUN)}\n{bad}\n{json.dumps(run_with(3))}\n")
    assert counts(read(path))["written", "pipeline_runs"] == 2
    assert held() == [("FL3109", "$")]


@pytest.mark.diagnostic("FL3101")
@pytest.mark.usefixtures("fresh")
def test_large_page_is_streamed_and_its_cut_end_is_held(tmp_path: Path) -> None:
    """40 runs of about 1 MB each, above the 32 MiB from which on a document is streamed."""
    path = tmp_path / "workflow_runs.json"
    record = {**RUN["workflow_run"], "repository": RUN["repository"], "padding": "x" * 1_000_000}
    with path.open("w") as file:
        file.write('{"total_count": 41, "workflow_runs": [')
        for number in range(40):
            file.write(f"{json.dumps({**record, 'id': number + 1})},")
        file.write('{"id": 41, "name')
    found = counts(read(path))
    assert found["written", "pipeline_runs"] == 40
    assert found["quarantined", "FL3101"] == 1
    (row,) = fairlead("data", "quarantine", "--format", "json").rows
    assert row["reason"].startswith("after 40 items: ")


@pytest.mark.usefixtures("fresh")
def test_cut_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "workflow_run.ndjson.gz"
    lines = "".join(json.dumps(run_with(n)) + "\n" for n in range(1, 200))
    whole = gzip.compress(lines.encode())
    path.write_bytes(whole[: len(whole) // 2])
    ran = read(path)
    assert counts(ran)["quarantined", "FL3101"] >= 1
    assert 1 <= stored() < 199
    path.write_bytes(whole)
    assert read(path).code == 0
    assert stored() == 199


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.diagnostic("FL1003")
def test_yaml_bomb_is_refused_in_the_model_and_in_a_mapping_file(fresh: Path) -> None:
    bomb = fresh.parent / "bomb.yaml"
    bomb.write_text(BOMB)
    data = fresh.parent / "d.csv"
    data.write_text("id\n1\n")
    ran = read(data, "--mapping", str(bomb), source="deploys")
    assert (ran.code, ran.head[:14]) == (1, "error[FL1003]:")
    (fresh / "bomb.yaml").write_text(BOMB)
    for command in (["model", "check"], ["scorecard"]):
        ran = fairlead(*command)
        assert ran.code == 1
        assert "error[FL1003]: " in ran.out + ran.err
        assert "bomb.yaml:" in ran.out + ran.err


@pytest.mark.diagnostic("FL1002")
def test_duplicate_key_is_refused_with_both_lines(fresh: Path) -> None:
    path = fresh / "more.yaml"
    path.write_text("apiVersion: fairlead/v1\nkind: Team\nid: web\ntitle: A\ntitle: B\n")
    ran = fairlead("data", "quality")
    assert ran.code == 1
    assert ran.head == "error[FL1002]: the key `title` stands twice in one mapping"
    assert "--> more.yaml:5:1" in ran.err
    assert "it stands first at more.yaml:4:1" in ran.err


@pytest.mark.diagnostic("FL1009")
def test_link_out_of_the_workspace_stops_every_command(fresh: Path) -> None:
    (fresh.parent / "outside.yaml").write_text("apiVersion: fairlead/v1\nkind: Team\nid: x\n")
    (fresh / "team.yaml").symlink_to(fresh.parent / "outside.yaml")
    ran = fairlead("scorecard")
    assert ran.code == 1
    assert ran.head == "error[FL1009]: `team.yaml` is a symbolic link that leaves the workspace"


@pytest.mark.diagnostic("FL3115", "FL3116")
@pytest.mark.usefixtures("fresh")
def test_path_that_is_no_repository_or_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    ran = fairlead("ingest", "git", tmp_path / "plain")
    assert ran.code == 1
    assert ran.head.startswith(f"error[FL3115]: `{tmp_path / 'plain'}` cannot be read as a git")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    ran = fairlead("ingest", "git", tmp_path / "a")
    assert ran.code == 1
    assert ran.head == f"error[FL3116]: `{tmp_path / 'a'}` is a symbolic link that loops"
    assert stored("commits") == 0


@pytest.mark.usefixtures("fresh")
def test_repository_with_a_missing_commit_gives_the_rest_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "portal.git"
    shas = portal_history(path, ["2026-10-05T09:00", "2026-10-06T09:00", "2026-10-07T09:00"])
    (path / "objects" / shas[0][:2] / shas[0][2:]).unlink()
    ran = read(path, source="git")
    assert ran.code == 0
    assert counts(ran)["written", "commits"] == 2
    assert f"note: `{path}`: the history is incomplete" in ran.err


@pytest.mark.usefixtures("fresh")
def test_hostile_repository_is_read_and_never_executed(tmp_path: Path) -> None:
    path, marker = tmp_path / "portal.git", tmp_path / "marker"
    portal_history(path, ["2026-10-05T09:00", "2026-10-06T09:00"])
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho run >> {marker}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "filter.x.clean", "alias.log",
                 "core.sshCommand", "credential.helper", "gpg.program"):  # fmt: skip
        git(path, "config", name, str(script))
    for hook in ("reference-transaction", "post-checkout", "pre-auto-gc"):
        (path / "hooks").mkdir(exist_ok=True)
        (path / "hooks" / hook).symlink_to(script)
    assert counts(read(path, source="git"))["written", "commits"] == 2
    assert not marker.exists()


LIMITED = (
    "import resource, signal\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))"
)


@pytest.mark.diagnostic("FL8002")
@pytest.mark.parametrize("size", [20_000, 120_000])
def test_full_disk_during_ingest_loses_nothing_and_the_next_run_completes_it(
    size: int, fresh: Path, tmp_path: Path
) -> None:
    """No file may grow beyond `size`, as on a full disk: first the journal fails, then the lake."""
    assert read(PAYLOADS / "github" / "workflow_run.completed.json").code == 0
    path = tmp_path / "workflow_run.ndjson"
    shas = [f"{n * 7919:040x}" for n in range(4_000)]
    lines = [json.dumps(run_with(n + 2, head_sha=sha)) for n, sha in enumerate(shas)]
    path.write_text("\n".join([*lines, '{"a": ', ""]))
    ran = fairlead_process(fresh, "ingest", "github", path, "--no-derive",
                           before=LIMITED.format(bytes=size),
                           env={"FAIRLEAD_NOW": NOW})  # fmt: skip
    assert ran.code == 3, ran.err
    assert "\nerror[FL8002]: " in f"\n{ran.err}"
    assert "Traceback" not in ran.err
    assert not list(fresh.glob("fairlead-crash-*"))
    assert stored() == 1
    assert read(path).code == 0
    assert stored() == 4_001
    assert held() == [("FL3101", "$")]


@pytest.mark.diagnostic("FL8002")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_lake_without_the_right_to_write_is_named(fresh: Path) -> None:
    (fresh / ".fairlead").mkdir(exist_ok=True)
    (fresh / ".fairlead").chmod(0o500)
    ran = read(PAYLOADS / "github" / "workflow_run.completed.json")
    (fresh / ".fairlead").chmod(0o700)
    assert ran.code == 3
    assert ran.head.startswith("error[FL8002]: ")
