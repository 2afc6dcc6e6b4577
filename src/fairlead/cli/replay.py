"""Maps quarantined payloads again."""

from __future__ import annotations

import json

from fairlead.cli.context import Context
from fairlead.cli.intake import NoSink, settings_of
from fairlead.connectors.contract import MappingContext, MappingError, Payload
from fairlead.ingest.journal import Held
from fairlead.kernel.diagnostic import DiagnosticError


def replay_held(
    context: Context, source_id: str | None, *, dry_run: bool = False
) -> tuple[int, int]:
    """(mapped, still held) of the quarantined payloads of a source, or of all."""
    mended: list[int] = []
    held = context.journal.held(source_id)
    for item in held:
        if _replay(context, item, dry_run=dry_run):
            mended.append(item.quarantine_id)
    if mended and not dry_run:
        from fairlead.engine.refresh import refresh

        context.journal.settle(mended, "replayed", context.clock.now())
        refresh(context.lake, context.model, context.clock)
    return len(mended), len(held) - len(mended)


def _replay(context: Context, item: Held, *, dry_run: bool) -> bool:
    source = settings_of(context, item.source, item.connector, None)
    sink = NoSink() if dry_run else context.lake
    payload_context = MappingContext(item.source, item.received_at, source.settings)
    try:
        body = json.loads(item.payload)
        payload = Payload(body, item.event, item.delivery_ref, item.place)
        mapped = source.connector.map_payload(payload, payload_context)
        sink.append(mapped.facts, source=item.source, recorded_at=context.clock.now())
    except (ValueError, MappingError, DiagnosticError):
        return False
    return True
