"""The methods of the client, one for each resource of the API; lists are iterators over pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import httpx

from fairlead.client.transport import Transport
from fairlead.kernel.measure import Measure
from fairlead.web.api_shapes import (
    ActivityEntry,
    Definition,
    DeliveryAnswer,
    DocumentAnswer,
    Finding,
    Health,
    HeldPayload,
    KpiAnswer,
    KpiSummary,
    PersonAnswer,
    QualityAnswer,
    ReplayAnswer,
    ScorecardAnswer,
    ServiceAnswer,
    SourceAnswer,
    TeamAnswer,
    TokenAnswer,
    Version,
)
from fairlead.web.page_shape import Page

T = TypeVar("T")
PAGE_SIZE = 200


class Client:
    """The API of one console, as one person."""

    def __init__(
        self, base_url: str, token: str = "", *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.transport = Transport(base_url, token, transport)

    def scorecard(self, **scope: str | None) -> ScorecardAnswer:
        """The scorecard; `period`, `as_of`, `team`, `service`, `tier` narrow it."""
        return self.transport.get("/scorecard", ScorecardAnswer, scope)

    def quality(self, *, period: str | None = None, as_of: str | None = None) -> QualityAnswer:
        """Sources, known shares behind the KPIs, and what could not be placed."""
        return self.transport.get("/quality", QualityAnswer, {"period": period, "as_of": as_of})

    def kpis(self) -> Iterator[KpiSummary]:
        """Every KPI: computed, or what to connect."""
        return self._items("/kpis", Page[KpiSummary])

    def kpi(
        self,
        kpi_id: str,
        *,
        by: str = "",
        trend: bool = False,
        step: str = "week",
        definition: str = "fairlead",
        settings: Sequence[str] = (),
        **scope: str | None,
    ) -> KpiAnswer:
        """One KPI over one window, split by a grain and with its trend where asked."""
        more = {"by": by, "trend": trend, "step": step, "definition": definition}
        query = {**more, "setting": tuple(settings), **scope}
        return self.transport.get(f"/kpis/{kpi_id}", KpiAnswer, query)

    def kpi_breakdown(self, kpi_id: str, *, by: str, **scope: str | None) -> Iterator[Measure]:
        """One KPI by team, service or tier."""
        return self._items(f"/kpis/{kpi_id}/breakdown", Page[Measure], by=by, **scope)

    def kpi_records(
        self,
        kpi_id: str,
        *,
        definition: str = "fairlead",
        settings: Sequence[str] = (),
        excluded: bool = False,
        **scope: str | None,
    ) -> Iterator[Page[dict[str, Any]]]:
        """The records behind one KPI, in pages that know how many there are in all."""
        more = {"definition": definition, "setting": tuple(settings), "excluded": excluded}
        return self.pages(f"/kpis/{kpi_id}/records", Page[dict[str, Any]], **more, **scope)

    def definitions(self) -> Iterator[Definition]:
        """What every KPI counts."""
        return self._items("/definitions", Page[Definition])

    def definition(self, kpi_id: str) -> Definition:
        """What one KPI counts."""
        return self.transport.get(f"/definitions/{kpi_id}", Definition)

    def services(
        self, *, team: str | None = None, tier: str | None = None
    ) -> Iterator[ServiceAnswer]:
        """The services of the catalog."""
        return self._items("/services", Page[ServiceAnswer], team=team, tier=tier)

    def service(self, service_id: str) -> ServiceAnswer:
        """One service."""
        return self.transport.get(f"/services/{service_id}", ServiceAnswer)

    def teams(self) -> Iterator[TeamAnswer]:
        """The teams."""
        return self._items("/teams", Page[TeamAnswer])

    def team(self, team_id: str) -> TeamAnswer:
        """One team."""
        return self.transport.get(f"/teams/{team_id}", TeamAnswer)

    def documents(self, *, kind: str | None = None) -> Iterator[DocumentAnswer]:
        """The documents of the operating model."""
        return self._items("/model/documents", Page[DocumentAnswer], kind=kind)

    def model_errors(self) -> Iterator[Finding]:
        """What is wrong in the operating model."""
        return self._items("/model/errors", Page[Finding])

    def sources(self) -> Iterator[SourceAnswer]:
        """The sources of facts."""
        return self._items("/sources", Page[SourceAnswer])

    def quarantine(
        self, *, source: str | None = None, state: str = "held"
    ) -> Iterator[HeldPayload]:
        """Payloads that could not be mapped."""
        return self._items("/quarantine", Page[HeldPayload], source=source, state=state)

    def replay(
        self, *, source: str | None = None, dry_run: bool = False, key: str = ""
    ) -> ReplayAnswer:
        """Map what is in quarantine again."""
        wish = {"source": source, "dry_run": dry_run}
        return self.transport.post("/quarantine/replay", wish, ReplayAnswer, key)

    def deliveries(
        self, *, source: str | None = None, state: str | None = None
    ) -> Iterator[DeliveryAnswer]:
        """What the inbox received, newest first."""
        return self._items("/deliveries", Page[DeliveryAnswer], source=source, state=state)

    def activity(self, **filters: str | None) -> Iterator[ActivityEntry]:
        """The audit log, newest first; `actor`, `action`, `object_type`, `since` … narrow it."""
        return self._items("/activity", Page[ActivityEntry], **filters)

    def people(self) -> Iterator[PersonAnswer]:
        """People who may log in."""
        return self._items("/people", Page[PersonAnswer])

    def person(self, person_id: str) -> PersonAnswer:
        """One person."""
        return self.transport.get(f"/people/{person_id}", PersonAnswer)

    def tokens(self) -> Iterator[TokenAnswer]:
        """One's own tokens, without their values."""
        return self._items("/tokens", Page[TokenAnswer])

    def version(self) -> Version:
        """What runs there."""
        return self.transport.get("/version", Version)

    def health(self) -> Health:
        """Whether it can answer."""
        return self.transport.get("/health", Health)

    def pages(self, path: str, page_kind: type[Page[T]], /, **query: Any) -> Iterator[Page[T]]:
        """The pages of a list, each asked for when the one before is used up."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.transport.get(
                path, page_kind, {**query, "limit": PAGE_SIZE, "cursor": cursor}
            )
            yield page
            cursor = page.next

    def _items(self, path: str, page_kind: type[Page[T]], /, **query: Any) -> Iterator[T]:
        for page in self.pages(path, page_kind, **query):
            yield from page.items
