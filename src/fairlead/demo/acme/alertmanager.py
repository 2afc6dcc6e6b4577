"""Write Alertmanager's webhook messages (version 4): one group of alerts each, firing or resolved.

A message tells of all alerts of its group that are new; alerts of one service that begin within a
minute share one, as `group_by: [service]` with a `group_wait` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Literal

from fairlead.demo.acme.calendar import MINUTE, Span
from fairlead.demo.acme.instants import iso
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import AlertSpell

SOURCE = "alertmanager"
NEVER = "0001-01-01T00:00:00Z"
_FNV_OFFSET, _FNV_PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
Status = Literal["firing", "resolved"]


def labels_of(spell: AlertSpell) -> dict[str, str]:
    """The labels of an alert; together they are its identity."""
    labels = {
        "alertname": spell.rule,
        "service": spell.service.id,
        "team": spell.service.team_id,
        "environment": spell.environment,
        "severity": spell.severity,
    }
    return labels | ({"instance": f"{spell.instance}:9100"} if spell.instance else {})


def fingerprint(labels: dict[str, str]) -> str:
    """FNV-1a, 64 bit, over the sorted labels with a separator byte, as Prometheus computes it."""
    found = _FNV_OFFSET
    for name in sorted(labels):
        for byte in (*name.encode(), 0xFF, *labels[name].encode(), 0xFF):
            found = ((found ^ byte) * _FNV_PRIME) & _MASK
    return f"{found:016x}"


def send_alerts(outbox: Outbox, spells: list[AlertSpell], span: Span) -> None:
    """Every message about every spell, in any order; arrival puts them right."""
    moments: list[tuple[str, int, Status, AlertSpell]] = []
    for spell in spells:
        moments.append((spell.service.id, spell.fired_at // MINUTE, "firing", spell))
        if spell.resolved_at < span.end_at:
            moments.append((spell.service.id, spell.resolved_at // MINUTE, "resolved", spell))
    moments.sort(key=lambda moment: (*moment[:3], moment[3].rule, moment[3].fired_at))
    for (service_id, minute, status), group in groupby(moments, key=lambda moment: moment[:3]):
        found = [spell for *_, spell in group]
        for message in _messages(found):
            body = _message(service_id, status, message)
            outbox.send(SOURCE, "webhook", (minute + 1) * MINUTE, body)


def _messages(spells: Iterable[AlertSpell]) -> Iterator[list[AlertSpell]]:
    """Spells in messages such that no message tells twice of one alert."""
    left = list(spells)
    while left:
        once = {fingerprint(labels_of(spell)): spell for spell in reversed(left)}
        chosen = list(reversed(once.values()))
        yield chosen
        left = [spell for spell in left if not any(spell is item for item in chosen)]


def _message(service_id: str, status: Status, spells: list[AlertSpell]) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": f'{{}}:{{service="{service_id}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "fairlead",
        "groupLabels": {"service": service_id},
        "commonLabels": {"service": service_id, "team": spells[0].service.team_id},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.acme.example",
        "alerts": [_alert(spell, status) for spell in spells],
    }


def _alert(spell: AlertSpell, status: Status) -> dict[str, Any]:
    labels = labels_of(spell)
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"{spell.rule} on {spell.service.id}"},
        "startsAt": iso(spell.fired_at),
        "endsAt": iso(spell.resolved_at) if status == "resolved" else NEVER,
        "generatorURL": f"https://prometheus.acme.example/graph?g0.expr={spell.rule}",
        "fingerprint": fingerprint(labels),
    }
