"""Attribution of incidents to deployments against a database's cross join with filter.

100 k incidents, 1 M deployments, 500 services with up to four dependencies each, two years. The
alternative is the literal definition in DuckDB (every incident with every deployment, then the
filter) on one per cent of the incidents, scaled by 100; its answers are compared with ours.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from bench.figure import Figure, best_of, peak_mebibytes, run_alone, sized, timed
from fairlead.methods.attribution import MATCH_BY_HOP, attribute_arrays, hops_of
from fairlead.methods.attribution_arrays import (
    MICROS_PER_HOUR,
    Int,
    Reaches,
    sort_deployments,
)

SERVICES, DEPLOYMENTS, INCIDENTS = 500, 1_000_000, 100_000
SHARE, REPEATS = 100, 3
SPAN_HOURS = 2 * 365 * 24
HORIZON = 72 * MICROS_PER_HOUR
TARGET_SECONDS = 5.0
TARGET_GROWTH = 2.3


@dataclass(frozen=True)
class Input:
    """Raw columns: what a caller has before anything is sorted."""

    service: Int
    finish: Int
    onset: Int
    affected: Int
    hops: list[dict[int, int]]


def make_input(deployments: int, incidents: int, seed: int = 7) -> Input:
    """Seeded columns; each service depends on up to four of those after it."""
    numbers = np.random.default_rng(seed)
    chance = random.Random(seed)
    depends_on = {
        str(code): [
            str(other)
            for other in chance.sample(range(code + 1, SERVICES), min(4, SERVICES - code - 1))
        ]
        for code in range(SERVICES)
    }
    hops = [
        {int(name): hop for name, hop in hops_of((str(code),), depends_on).items()}
        for code in range(SERVICES)
    ]
    span = SPAN_HOURS * MICROS_PER_HOUR
    return Input(
        service=numbers.integers(0, SERVICES, deployments),
        finish=numbers.integers(0, span, deployments),
        onset=numbers.integers(0, span, incidents),
        affected=numbers.integers(0, SERVICES, incidents),
        hops=hops,
    )


def run(given: Input) -> tuple[Int, np.ndarray]:
    """Blamed deployment (row of the input, -1 for none) and confidence of each incident."""
    count = given.service.size
    deployments, order = sort_deployments(
        given.service,
        given.finish,
        np.full(count, HORIZON, dtype=np.int64),
        np.full(count, -1, dtype=np.int64),
        np.arange(count, dtype=np.int64),
        SERVICES,
    )
    blamed, confidence = attribute_arrays(deployments, _reaches(given), given.onset)
    return np.where(blamed >= 0, order[blamed], -1), confidence


def _reaches(given: Input) -> Reaches:
    """Reaches of single-service incidents, repeated from a table of hops per service."""
    codes = [np.asarray(sorted(found), dtype=np.int64) for found in given.hops]
    weights = [
        np.asarray([MATCH_BY_HOP[found[code]] for code in sorted(found)]) for found in given.hops
    ]
    sizes = np.asarray([found.size for found in codes])[given.affected]
    return Reaches(
        incident=np.repeat(np.arange(given.affected.size, dtype=np.int64), sizes),
        service=np.concatenate([codes[code] for code in given.affected]),
        match=np.concatenate([weights[code] for code in given.affected]),
    )


def alternative(given: Input, share: int) -> tuple[float, list[tuple[int, int, float]]]:
    """Seconds of the cross join with filter on one in `share` incidents, scaled; its answers."""
    sample = np.arange(0, given.onset.size, share)
    edges = [(code, to, hop) for code, found in enumerate(given.hops) for to, hop in found.items()]
    columns = list(zip(*edges, strict=True))
    tables = {
        "d": pa.table({"id": np.arange(given.finish.size), "s": given.service, "f": given.finish}),
        "i": pa.table({"id": sample, "s": given.affected[sample], "at": given.onset[sample]}),
        "h": pa.table(
            {"s": columns[0], "t": columns[1], "m": [MATCH_BY_HOP[h] for h in columns[2]]}
        ),
    }
    with duckdb.connect() as database:
        database.execute("SET threads TO 2; SET enable_progress_bar=false")
        for name, table in tables.items():
            database.register(f"{name}_arrow", table)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
        seconds, rows = timed(lambda: database.execute(_LITERAL).fetchall())
    return seconds * share, [(int(a), int(b), float(c)) for a, b, c in rows]


_LITERAL = f"""
WITH pairs AS (
  SELECT i.id AS incident, d.id AS deployment, d.f,
         (SELECT h.m FROM h WHERE h.s = i.s AND h.t = d.s)
           * exp(-((i.at - d.f) / {MICROS_PER_HOUR}.0) / 12) AS w
  FROM i CROSS JOIN d
  WHERE i.at - d.f >= 0 AND i.at - d.f < {HORIZON}
),
weighted AS (SELECT * FROM pairs WHERE w IS NOT NULL)
SELECT incident, deployment, w / (sum(w) OVER (PARTITION BY incident) + 0.5)
FROM weighted
QUALIFY row_number() OVER (PARTITION BY incident ORDER BY w DESC, f DESC, deployment) = 1
ORDER BY incident
"""


def agreement(given: Input, answers: list[tuple[int, int, float]], share: int) -> int:
    """How many sampled incidents get another answer from the literal definition."""
    blamed, confidence = run(given)
    expected = {incident: (deployment, sure) for incident, deployment, sure in answers}
    wrong = 0
    for incident in range(0, given.onset.size, share):
        found = expected.get(incident, (-1, 0.0))
        same = int(blamed[incident]) == found[0]
        wrong += not (same and abs(float(confidence[incident]) - found[1]) < 1e-9)
    return wrong


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure; both answers to the sampled incidents must be equal."""
    deployments, incidents = sized(DEPLOYMENTS, scale), sized(INCIDENTS, scale, SHARE)
    half = make_input(deployments // 2, incidents // 2)
    halved = best_of(REPEATS, lambda: run(half))
    given = make_input(deployments, incidents)
    seconds = best_of(REPEATS, lambda: run(given))
    peak = peak_mebibytes()
    theirs, answers = alternative(given, SHARE)
    wrong = agreement(given, answers, SHARE)
    assert not wrong, f"{wrong} of {incidents // SHARE} incidents are attributed otherwise"
    growth = seconds / halved
    return [
        Figure(
            work=f"attribute {incidents:,} incidents to {deployments:,} deployments of "
            f"{SERVICES} services",
            seconds=seconds,
            alternative=f"DuckDB cross join with filter; one in {SHARE} incidents, scaled",
            alternative_seconds=theirs,
            target=f"under {TARGET_SECONDS:.0f} s, growth at most {TARGET_GROWTH}",
            is_met=seconds < TARGET_SECONDS and growth <= TARGET_GROWTH,
            growth=growth,
            peak_mebibytes=peak,
        )
    ]


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())
