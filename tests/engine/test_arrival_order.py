"""Order does not matter: shuffled, doubled and late payloads give what a rebuild gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fairlead.cli.context import Context
from fairlead.cli.intake import ingest_paths
from fairlead.demo.acme import AcmeManifest, Shape, build_shape, write_model
from fairlead.demo.acme.calendar import span_of_months
from fairlead.engine.answer import answer
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.refresh import refresh
from fairlead.facts import fact_type
from fairlead.facts.fact_type import COMMON_COLUMNS
from fairlead.kernel.clock import FixedClock
from fairlead.kernel.window import parse_period
from fairlead.kpis.shelf import Scope, definition_of
from fairlead.web.source_settings import settings_of
from tests.demo.small_acme import LAST, NOW

SERVICES = frozenset({"cart", "checkout", "ledger", "pricing"})
DERIVED = ("deployments", "deployment_changes", "deployment_failures", "alerts", "release_commits")
KPIS = (
    "deployment_frequency",
    "lead_time_for_changes",
    "change_failure_rate",
    "time_to_restore",
    "pipeline_success_rate",
)
PARTS = 3

pytestmark = pytest.mark.row("K01")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> AcmeManifest:
    folder = tmp_path_factory.mktemp("payloads")
    shape = Shape(span_of_months(LAST, 1), 11, SERVICES, is_explicit_only=False, has_noise=True)
    return build_shape(folder, shape)


def workspace(folder: Path) -> Context:
    write_model(folder, last=LAST)
    return Context(folder, FixedClock(NOW))


def ingest(context: Context, source_id: str, connector_id: str, paths: list[Path]) -> None:
    source = settings_of(context, source_id, connector_id, None)
    ingest_paths(context, source_id, source, paths)


def parts_of(manifest: AcmeManifest, folder: Path, seed: int) -> Iterator[tuple[str, str, Path]]:
    """The payloads of every source, shuffled, some twice, cut into parts of mixed age."""
    random_ = random.Random(seed)
    parts: list[tuple[str, str, Path]] = []
    for source_id, connector_id, paths in manifest.sources:
        for path in paths:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
            lines += random_.sample(lines, len(lines) // 10)
            random_.shuffle(lines)
            for number in range(PARTS):
                part = folder / f"{source_id}-{number}" / Path(path).name
                part.parent.mkdir(parents=True, exist_ok=True)
                part.write_text("\n".join(lines[number::PARTS]) + "\n", encoding="utf-8")
                parts.append((source_id, connector_id, part))
    random_.shuffle(parts)
    yield from parts


def plain_rows(context: Context, name: str) -> list[tuple[Any, ...]]:
    """Rows without what differs by record: ids, instants of recording, digests."""
    columns = [c for c in fact_type(name).columns if c not in COMMON_COLUMNS or c == "source"]
    with context.session() as session:
        rows = session.rows(name)
    return sorted((tuple(_plain(row[column]) for column in columns) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    return tuple(value) or None if isinstance(value, list) else value


def numbers(context: Context) -> dict[str, Any]:
    window = parse_period("2026-10", "Europe/Berlin", NOW)
    found = {}
    with context.session() as session:
        for kpi_id in KPIS:
            scope = Scope(window, NOW)
            run = KpiRun(session, context.model, definition_of(kpi_id), scope)
            for measure in answer(run, ("service_id",)):
                key = (kpi_id, measure.key["service_id"])
                found[str(key)] = (measure.numerator, measure.denominator, measure.value)
    return found


@pytest.fixture(scope="module")
def in_order(acme: AcmeManifest, tmp_path_factory: pytest.TempPathFactory) -> Context:
    context = workspace(tmp_path_factory.mktemp("in-order"))
    for source_id, connector_id, paths in acme.sources:
        ingest(context, source_id, connector_id, [Path(path) for path in paths])
    refresh(context.lake, context.model, context.clock)
    return context


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_of_arrival_gives_the_same_facts_and_numbers(
    acme: AcmeManifest, in_order: Context, tmp_path: Path, seed: int
) -> None:
    context = workspace(tmp_path / "shuffled")
    parts = list(parts_of(acme, tmp_path / "parts", seed))
    steps = 4
    for step in range(steps):
        for source_id, connector_id, path in parts[step::steps]:
            ingest(context, source_id, connector_id, [path])
        late = FixedClock(NOW + timedelta(minutes=step))
        refresh(context.lake, context.model, late)
    for name in DERIVED:
        assert plain_rows(context, name) == plain_rows(in_order, name), name
    assert numbers(context) == numbers(in_order)


def test_refresh_of_unchanged_facts_writes_nothing(in_order: Context) -> None:
    assert refresh(in_order.lake, in_order.model, in_order.clock) == {}
    later = FixedClock(NOW + timedelta(hours=1))
    assert refresh(in_order.lake, in_order.model, later, rebuild=True) == {}
