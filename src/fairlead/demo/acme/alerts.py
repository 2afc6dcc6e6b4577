"""Simulate alerts: those that announce incidents, those that flap, and those that mean nothing."""

from __future__ import annotations

import random

from fairlead.demo.acme.calendar import HOUR, MINUTE, Span, midnight, poisson, spread
from fairlead.demo.acme.company import Service, services
from fairlead.demo.acme.records import AlertSpell, Incident

_SEVERITIES = {1: "critical", 2: "critical", 3: "error", 4: "warning"}
_RULES = ("HighErrorRate", "HighLatency", "PodCrashLooping", "QueueBacklog")
_NOISE = ("DiskFillingUp", "CpuThrottled", "CertificateExpiresSoon", "PodCrashLooping", "LagHigh")


def simulate_alerts(
    incidents: list[Incident], service_ids: set[str], span: Span, seed: str
) -> list[AlertSpell]:
    """Every spell of every alert, by the instant at which it fired."""
    rng = random.Random(f"{seed}:alerts")
    spells = [spell for incident in incidents for spell in _announcing(incident, rng)]
    for service in services().values():
        if service.id in service_ids:
            spells += _noise(service, span, rng)
    spells = [spell for spell in spells if spell.fired_at < span.end_at - MINUTE]
    return sorted(spells, key=lambda spell: (spell.fired_at, spell.service.id, spell.rule))


def _announcing(incident: Incident, rng: random.Random) -> list[AlertSpell]:
    """Most incidents are seen by an alert first; some alerts of it flap."""
    if rng.random() < 0.15:
        return []
    rule, severity = rng.choice(_RULES), _SEVERITIES[incident.severity]
    environment = f"production-{rng.choice(incident.service.regions)}"
    start, end = incident.started_at + 20, incident.resolved_at - rng.randrange(30, 4 * MINUTE)
    first = AlertSpell(
        rule, incident.service, environment, severity, start, max(start + 60, end), ""
    )
    if rng.random() < 0.25:
        return _flapping(first, rng)
    return [first]


def _flapping(whole: AlertSpell, rng: random.Random) -> list[AlertSpell]:
    """The same alert in spells with pauses too short to be a recovery."""
    at, found = whole.fired_at, list[AlertSpell]()
    for _ in range(rng.randrange(2, 5)):
        end = at + rng.randrange(60, 8 * MINUTE)
        found.append(
            AlertSpell(
                whole.rule,
                whole.service,
                whole.environment,
                whole.severity,
                at,
                end,
                whole.instance,
            )
        )
        at = end + rng.randrange(30, 240)
    return found


def _noise(service: Service, span: Span, rng: random.Random) -> list[AlertSpell]:
    found: list[AlertSpell] = []
    for day in span.days():
        for _ in range(poisson(0.13, rng)):
            at = midnight(day) + rng.randrange(86_400)
            spell = AlertSpell(
                rng.choice(_NOISE), service, f"production-{rng.choice(service.regions)}",
                rng.choice(("warning", "warning", "info", "critical")), at,
                at + spread(25 * MINUTE, 1.1, rng), f"10.{rng.randrange(9)}.0.{rng.randrange(250)}",
            )  # fmt: skip
            found += _flapping(spell, rng) if rng.random() < 0.18 else [spell]
    return [spell for spell in found if spell.resolved_at - spell.fired_at < 48 * HOUR]
