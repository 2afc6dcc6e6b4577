"""A repository of `internal-portal` and deployments of its commits, through the real commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.cli.portal import DEPLOYMENT_MAPPING
from tests.cli.running import fairlead
from tests.git.build import Builder, epoch, git

OCTOBER = ("--period", "2026-10")
REPO = "my-org/platform"
ORIGIN = f"https://github.com/{REPO}.git"


def portal_history(folder: Path, authored: Iterable[str]) -> list[str]:
    """A repository whose commits were authored (and committed) at these instants; their SHAs."""
    builder = Builder()
    parents: list[int] = []
    for number, instant in enumerate(authored, start=1):
        at = epoch(instant)
        parents = [builder.commit(*parents, at=at, files={"portal/a.txt": f"{number}\n"})]
    builder.branch("main", parents[0])
    shas = builder.write(folder)
    git(folder, "config", "remote.origin.url", ORIGIN)
    return [shas[number] for number in sorted(shas)]


def ingest(*arguments: str | Path) -> None:
    ran = fairlead("ingest", *arguments)
    assert ran.code == 0, ran.err


def deploy(folder: Path, rows: Iterable[tuple[str, str]], name: str = "deploys") -> None:
    """Deployments of `internal-portal`: (finish, SHA) each, through a mapping file."""
    lines = [f"{name}{n},{at},internal-portal,{sha}" for n, (at, sha) in enumerate(rows, start=1)]
    (folder / f"{name}.csv").write_text("\n".join(["id,at,service,sha", *lines, ""]))
    (folder / "deploys.map").write_text(f"{DEPLOYMENT_MAPPING}      repo_id: {{const: {REPO}}}\n")
    ingest("deploys", folder / f"{name}.csv", "--mapping", folder / "deploys.map")


def kpi(name: str, *arguments: str) -> dict[str, Any]:
    """The one measure of a KPI in October."""
    (row,) = fairlead("kpi", "show", name, *OCTOBER, *arguments, "--format", "json").rows
    return dict(row)


def records(name: str, *arguments: str) -> list[dict[str, Any]]:
    ran = fairlead("kpi", "records", name, *OCTOBER, *arguments, "--format", "json")
    return list(ran.rows)


def not_placed(kind: str) -> list[tuple[str | None, str | None, int]]:
    """What `data quality --unlinked` counts of one kind: (source, name, count)."""
    report = fairlead("data", "quality", *OCTOBER, "--unlinked", "--format", "json").rows
    return [(row["source"], row["name"], row["count"]) for row in report["unlinked"][kind]]
