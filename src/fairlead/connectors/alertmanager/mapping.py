"""Map one alert of Alertmanager to one alert event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import chosen, inside, listed, mapping_of, members
from fairlead.connectors.reading import (
    FUTURE_LIMIT,
    look_up,
    require,
    required_instant,
    text,
)
from fairlead.connectors.severity import alert_severity
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of
from fairlead.kernel.ids import content_sha256

NEVER = "0001-01-01T00:00:00Z"
KINDS: dict[str, str | None] = {"firing": "fire", "resolved": "resolve"}
SHIPPED = {name: name for name in ("critical", "error", "warning", "info")} | {"none": "info"}
_FNV_OFFSET, _FNV_PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1


def fingerprint(labels: Mapping[str, str]) -> str:
    """FNV-1a (64 bit, hex) over sorted name, 0xff, value, 0xff: the identity of a label set."""
    found = _FNV_OFFSET
    for name in sorted(labels):
        for byte in (*name.encode(), 0xFF, *str(labels[name]).encode(), 0xFF):
            found = ((found ^ byte) * _FNV_PRIME) & _MASK
    return f"{found:016x}"


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """One payload per message or per alert of an API list; messages stay whole."""
    return [Payload(item, _event_of(item)) for item in listed(document)]


def _event_of(item: Any) -> str:
    return "webhook" if isinstance(item, Mapping) and "alerts" in item else "alert"


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Events of one message, or of one alert of the API."""
    if "alerts" not in mapping_of(payload.body):
        return _from_api(payload.body, context)
    version = text(payload.body, "version")
    if version != "4":
        raise MappingError("FL3107", "$.version", f"`{version}` is not among `4`")
    delivery_ref = payload.delivery_ref or content_sha256(payload.body)
    truncated = look_up(payload.body, "truncatedAlerts")
    facts: list[Fact] = []
    flags: list[str] = ["truncated_alerts"] if truncated else []
    for index, alert in enumerate(members(payload.body, "alerts")):
        with inside(f"$.alerts[{index}]"):
            fact, remarks = _event(alert, context)
        values = {
            **fact,
            "delivery_ref": delivery_ref,
            "item_index_count": index,
            "received_at": context.received_at,
            "truncated_count": truncated or 0,
        }
        facts.append(_fact(values))
        flags += remarks
    return Mapped(facts, None if facts else "a message without alerts", flags)


def _from_api(alert: Any, context: MappingContext) -> Mapped:
    """An alert that the API lists fires now; polled again unchanged it is the same fact."""
    state = text(alert, "status.state")
    if state not in ("active", "suppressed", "unprocessed"):
        allowed = "`active`, `suppressed`, `unprocessed`"
        raise MappingError("FL3110", "$.status.state", f"`{state}` is not among {allowed}")
    values, flags = _event({**alert, "status": "firing"}, context)
    values["delivery_ref"] = f"api:{values['alert_identity']}:{alert['startsAt']}"
    return Mapped([_fact({**values, "item_index_count": 0, "truncated_count": 0})], None, flags)


def _event(alert: Any, context: MappingContext) -> tuple[dict[str, Any], list[str]]:
    labels = require(alert, "labels", Mapping)
    status = str(require(alert, "status", str))
    kind = chosen(status, KINDS, "$.status")
    occurred_at, skewed = _occurred(alert, "endsAt" if kind == "resolve" else "startsAt", context)
    raw = labels.get(str(context.settings.get("severity_label", "severity")))
    severity, unmapped = alert_severity(raw, context, SHIPPED)
    values = {
        "alert_identity": text(alert, "fingerprint") or fingerprint(labels),
        "kind": kind,
        "occurred_at": occurred_at,
        "severity_raw": raw,
        "severity": severity,
        "title": text(alert, "annotations.summary") or labels.get("alertname"),
        "labels_json": dict(labels),
        "annotations_json": dict(look_up(alert, "annotations") or {}),
        "service_ref": labels.get(str(context.settings.get("service_label", "service"))),
        "rule_id": labels.get("alertname"),
        "url": text(alert, "generatorURL"),
        "is_clock_skewed": skewed,
    }
    return values, [*unmapped, *(["clock_skewed"] if skewed else [])]


def _occurred(alert: Any, path: str, context: MappingContext) -> tuple[datetime, bool]:
    """The instant, clamped to receipt when it lies in the future; year 1 stands for none."""
    if look_up(alert, path) == NEVER:
        raise MappingError("FL3102", f"$.{path}", f"`{NEVER}` stands for no instant")
    found = required_instant(alert, path)
    if found - context.received_at > FUTURE_LIMIT:
        return context.received_at, True
    return found, False


def _fact(values: dict[str, Any]) -> Fact:
    return Fact(
        type="alert_events",
        values=values,
        order=order_of(values["occurred_at"]),
        source_ref=values["alert_identity"],
    )
