"""Maps quarantined payloads again, source by source; what still cannot be mapped stays held."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.facts import Fact
from fairlead.ingest.documents import Broken, parse_document
from fairlead.ingest.intake import FactSink
from fairlead.ingest.journal import Held
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.web.source_settings import NoSink, SourceSettings, settings_of
from fairlead.web.workspace import Workspace


@dataclass
class Replayed:
    """What a replay did; `not_tried` names the sources whose settings are wrong."""

    mapped_count: int = 0
    held_count: int = 0
    not_tried: list[str] = field(default_factory=list)


def replay_held(
    workspace: Workspace,
    source_id: str | None,
    *,
    mapping_file: Path | None = None,
    dry_run: bool = False,
    only: Collection[int] | None = None,
) -> Replayed:
    """Map the quarantined payloads of a source, or of all; a storage error ends the replay.

    `only` names the ids to try; all that are held are tried without it.
    """
    done = Replayed()
    chosen = [
        i for i in workspace.journal.held(source_id) if only is None or i.quarantine_id in only
    ]
    held = sorted(chosen, key=lambda item: (item.source, item.connector))
    for (source, connector), found in groupby(held, key=lambda item: (item.source, item.connector)):
        items = list(found)
        try:
            settings = settings_of(workspace, source, connector, mapping_file)
            mended = _Replay(workspace, source, settings, dry_run).run(items)
        except DiagnosticError as error:
            first = error.diagnostics[0]
            if first.code.startswith("FL8"):
                raise
            done.not_tried.append(f"`{source}` was not tried: {first.code}: {first.message}")
            mended = []
        done.mapped_count += len(mended)
        done.held_count += len(items) - len(mended)
    if done.mapped_count and not dry_run:
        from fairlead.engine.refresh import refresh

        refresh(workspace.lake, workspace.model, workspace.clock)
    return done


@dataclass
class _Replay:
    workspace: Workspace
    source: str
    settings: SourceSettings
    dry_run: bool

    def run(self, items: Sequence[Held]) -> list[int]:
        """The ids of the payloads that are mapped and stored now."""
        facts: list[Fact] = []
        mapped: list[tuple[Held, list[Mapped]]] = []
        for item in items:
            found = self._mapped(item)
            if found is not None:
                mapped.append((item, found))
                facts += _facts(found)
        if not mapped:
            return []
        try:
            self._append(facts)
            mended = [item.quarantine_id for item, _ in mapped]
        except DiagnosticError as error:
            if error.diagnostics[0].code.startswith("FL8"):
                raise
            mended = [item.quarantine_id for item, found in mapped if self._fits(_facts(found))]
        if mended and not self.dry_run:
            self.workspace.journal.settle(mended, "replayed", self.workspace.clock.now())
        return mended

    def _mapped(self, item: Held) -> list[Mapped] | None:
        """What a payload gives; one that was held before it was split is split now."""
        found = parse_document(item.payload.encode("utf-8", "surrogatepass"), "", item.place)
        if isinstance(found, Broken):
            return None
        body = found.body
        connector = self.settings.connector
        try:
            return [self._map(Payload(body, item.event, item.delivery_ref, item.place), item)]
        except MappingError:
            if connector.split is None:
                return None
        try:
            return [self._map(part, item) for part in connector.split(body, item.event or "")]
        except MappingError:
            return None

    def _map(self, payload: Payload, item: Held) -> Mapped:
        context = MappingContext(self.source, item.received_at, self.settings.settings)
        return self.settings.connector.map_payload(payload, context)

    def _fits(self, facts: Iterable[Fact]) -> bool:
        try:
            self._append(facts)
        except DiagnosticError as error:
            if error.diagnostics[0].code.startswith("FL8"):
                raise
            return False
        return True

    def _append(self, facts: Iterable[Fact]) -> None:
        now = self.workspace.clock.now()
        sink: FactSink = NoSink() if self.dry_run else self.workspace.lake
        done = sink.append(facts, source=self.source, recorded_at=now)
        if not self.dry_run:
            counts: Mapping[str, int] = {name: n for name, n in done.written.items() if n}
            name = self.settings.connector.id
            self.workspace.journal.count(self.source, name, "mapped", counts, now)


def _facts(found: Iterable[Mapped]) -> list[Fact]:
    return [fact for mapped in found for fact in mapped.facts]
