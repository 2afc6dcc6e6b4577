"""Pages of the console at 300 services and 3 M runs: p95 on the server, and queries per page.

Ours: each page is asked 40 times with its answers kept, as a reader meets it; shown are the slowest
page, home, a KPI and a service. The alternative is the same page with its answer worked out in the
request, as a page without kept answers would do it, once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.figure import Figure, apart, best_of, peak_mebibytes, run_alone, sized, timed
from bench.volume import Volume, write_lake

SERVICES, MONTHS, RUNS, DEPLOYMENTS, INCIDENTS = 300, 24, 3_000_000, 500_000, 200_000
NOW = "2026-12-20T06:00:00+00:00"
PASSWORD = "correct horse battery staple"
TIMES = 40
TARGET_SECONDS = 0.150
SHOWN = ("home", "KPI by service", "service")
PAGES = {
    "home": "/",
    "KPI by service": "/kpi/change_failure_rate?by=service",
    "records": "/kpi/change_failure_rate/records",
    "catalog": "/catalog",
    "service": "/service/s7",
    "team": "/team/team7",
    "daily review": "/review",
    "definitions": "/definitions",
    "model": "/model",
}


@dataclass(frozen=True)
class Measured:
    """One page: seconds cold and at the 95th percentile, queries, and bytes."""

    cold: float
    p95: float
    queries: int
    size: int


def sizes(scale: float) -> dict[str, int]:
    """The sizes of the lake."""
    return {
        "services": SERVICES,
        "months": MONTHS,
        "runs": sized(RUNS, scale),
        "deployments": sized(DEPLOYMENTS, scale),
        "incidents": sized(INCIDENTS, scale),
    }


def write_workspace(root: Path, scale: float) -> None:
    """The model of the lake as files, so that the console can serve it."""
    head = {"apiVersion": "fairlead/v1"}
    documents = [
        {**head, "kind": "Workspace", "id": "volume", "default_period": "last-4-weeks"},
        *({**head, "kind": "Tier", "id": f"tier-{n}", "rank": n} for n in (1, 2, 3)),
        *({**head, "kind": "Team", "id": f"team{n}"} for n in range(40)),
    ]
    for document in Volume(**sizes(scale)).model().documents["Service"].values():
        dumped = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        number = int(document.id.removeprefix("s"))
        dumped |= {**head, "kind": "Service", "depends_on": [f"s{(number + 1) % SERVICES}"]}
        documents.append(dumped)
    (root / "workspace").mkdir()
    for number, document in enumerate(documents):
        kind = str(document["kind"]).lower()
        name = f"workspace/{kind}{number}.yaml" if number else "workspace/workspace.yaml"
        (root / name).write_text(yaml.safe_dump(document))


def served(root: Path) -> dict[str, Measured]:
    """Every page, cold and then kept; in a process of its own."""
    os.environ |= {
        "FAIRLEAD_WORKSPACE": str(root),
        "FAIRLEAD_NOW": NOW,
        "DJANGO_SETTINGS_MODULE": "fairlead.site.settings",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from fairlead.cli.serving import first_administrator

    settings.ANSWERS_IN_BACKGROUND = False
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0, interactive=False)
    first = first_administrator(PASSWORD)
    assert first is not None
    client = Client()
    client.post("/login", {"email": first[0], "password": PASSWORD})
    found = {}
    for name, path in PAGES.items():
        cold, answer = timed(lambda: client.get(path))  # noqa: B023 - called at once
        assert answer.status_code == 200, (name, answer.status_code)
        queries: list[str] = []
        with connection.execute_wrapper(_counter(queries)):
            client.get(path)
        times = sorted(best_of(1, lambda: client.get(path)) for _ in range(TIMES))  # noqa: B023
        p95 = times[int(TIMES * 0.95) - 1]
        found[name] = Measured(cold, p95, len(queries), len(answer.content))
        print(f"  {name}: {found[name]}", file=sys.stderr)
    return found


def _counter(queries: list[str]) -> Callable[..., Any]:
    """A wrapper of the database's calls that writes down what they ask."""

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    return count


def measured(root: Path) -> tuple[dict[str, Measured], float]:
    """The pages, and the peak memory of their process."""
    return served(root), peak_mebibytes()


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure: the worst page, beside the same page without a kept answer."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_workspace(root, scale)
        (root / ".fairlead").mkdir()
        apart(write_lake, root / ".fairlead" / "lake", sizes(scale))
        pages, peak = apart(measured, root)
    worst = max(pages, key=lambda name: pages[name].p95)
    return [_figure(name, pages, peak, scale) for name in dict.fromkeys((worst, *SHOWN))]


def _figure(name: str, pages: dict[str, Measured], peak: float, scale: float) -> Figure:
    each = ", ".join(
        f"{other} {page.p95 * 1000:.0f} ms {page.queries} queries {page.size // 1000} kB"
        for other, page in pages.items()
    )
    return Figure(
        work=f"p95 of the page `{name}` of {SERVICES} services, {sizes(scale)['runs']:,} runs",
        seconds=pages[name].p95,
        alternative="the same page with its answer worked out in the request; once",
        alternative_seconds=pages[name].cold,
        target=f"under {TARGET_SECONDS * 1000:.0f} ms",
        is_met=pages[name].p95 < TARGET_SECONDS,
        peak_mebibytes=peak,
        note=each,
    )


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())
