"""The as-of rule as SQL that DuckDB and Spark share: one current row per natural key.

At an instant X a key's row is, among rows recorded by X that no row recorded by X supersedes, the
greatest by (correction, source order, content digest); ties of equal content fall to the earliest
record. A key whose greatest row is retracted has no row (facts.md section 1).
"""

from __future__ import annotations

from fairlead.facts import FactType

RANK = "fairlead_rank"


def recorded_by(source: str, as_of_sql: str | None) -> str:
    """Rows of `source` recorded by the instant (a SQL literal) and superseded by none of those."""
    known = f"SELECT * FROM {source}"
    if as_of_sql is not None:
        known += f" WHERE recorded_at <= {as_of_sql}"
    return known


def latest(fact_type: FactType, known: str) -> str:
    """The current row of every key among the rows of the query `known`."""
    key = ", ".join(f"k.{name}" for name in ("key_hash", *fact_type.key))
    return f"""
        SELECT * FROM (
          SELECT k.*, row_number() OVER (
            PARTITION BY {key}
            ORDER BY CASE WHEN k.supersedes_fact_id IS NULL THEN 1 ELSE 0 END,
                     k.source_order DESC, k.content_sha256 DESC, k.recorded_at, k.fact_id
          ) AS {RANK}
          FROM ({known}) k
          LEFT ANTI JOIN (
            SELECT supersedes_fact_id AS gone FROM ({known}) s WHERE supersedes_fact_id IS NOT NULL
          ) c ON k.fact_id = c.gone
        ) ranked
        WHERE {RANK} = 1 AND NOT coalesce(is_retracted, false)
    """
