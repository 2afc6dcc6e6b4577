"""A small acme in a real lake: built, ingested by the connectors, derived, ready to be asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fairlead.cli.context import Context
from fairlead.cli.intake import ingest_paths
from fairlead.demo.acme import AcmeManifest, Shape, build_shape, write_model
from fairlead.demo.acme.calendar import span_of_months
from fairlead.engine.evaluate import KpiRun
from fairlead.engine.refresh import refresh
from fairlead.kernel.clock import FixedClock
from fairlead.kernel.measure import Measure
from fairlead.kernel.window import parse_period
from fairlead.kpis.shelf import Scope, definition_of
from fairlead.web.source_settings import settings_of

LAST = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
# One of each host, the monorepo as a whole, the service deployed by rule, and one that two
# regions serve; the dependencies among them are real.
SERVICES = frozenset(
    {
        "cart", "checkout", "fraud-check", "pricing", "ratings", "ledger", "shipping", "reporting",
        "data-export", "partner-api", "api-gateway",
    }
)  # fmt: skip


@dataclass
class SmallAcme:
    """The workspace, the truth about it, and what was held while it was read."""

    context: Context
    manifest: AcmeManifest
    truth: Mapping[str, Any]
    held: Mapping[str, Mapping[str, int]]

    def measures(self, kpi_id: str, by: Sequence[str], **settings: Any) -> dict[tuple, Measure]:
        """The KPI for October 2026 by key."""
        window = parse_period("2026-10", "Europe/Berlin", NOW)
        with self.context.session() as session:
            kpi = definition_of(kpi_id, "fairlead")
            run = KpiRun(session, self.context.model, kpi, Scope(window, NOW, settings))
            [found] = run.measures(by)
        return {tuple(m.key.get(column) for column in by): m for m in found}

    def rows(self, fact_type: str) -> list[dict[str, Any]]:
        """Current rows of a fact type."""
        with self.context.session() as session:
            return session.rows(fact_type)

    def month(self, service_id: str) -> Mapping[str, Any]:
        """The truth about a service in October 2026."""
        found: Mapping[str, Any] = self.truth["services"][service_id]["months"]["2026-10"]
        return found


def make_small_acme(into: Path, *, has_noise: bool) -> SmallAcme:
    """Build, ingest and derive; without noise every failure leaves explicit evidence."""
    span = span_of_months(LAST, 2)
    shape = Shape(span, 7, SERVICES, is_explicit_only=not has_noise, has_noise=has_noise)
    manifest = build_shape(into, shape)
    write_model(into, last=LAST)
    context = Context(into, FixedClock(NOW))
    held = {}
    for source_id, connector_id, paths in manifest.sources:
        source = settings_of(context, source_id, connector_id, None)
        held[source_id] = dict(ingest_paths(context, source_id, source, paths).held)
    refresh(context.lake, context.model, context.clock)
    truth = json.loads(manifest.truth_path.read_text(encoding="utf-8"))
    return SmallAcme(context, manifest, truth, held)
