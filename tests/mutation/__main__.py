"""Runs all mutants of some KPIs and prints how many their cases notice.

python -m tests.mutation time_to_restore pipeline_success_rate
"""

from __future__ import annotations

import sys

from fairlead.kpis.shelf import kpis
from tests.mutation.judge import Judge, cases_of
from tests.mutation.mutants import equivalents_of, mutants_of


def main(names: list[str]) -> int:
    """One line a KPI, then its survivors; the exit code is 1 when there is one."""
    survivors = 0
    for kpi_id in names or list(kpis()):
        cases = cases_of(kpi_id)
        if not cases:
            print(f"{kpi_id}: no cases")
            continue
        judge, known = Judge(kpi_id, cases), equivalents_of(kpi_id)
        asked_of = [mutant for mutant in mutants_of(kpi_id) if mutant.id not in known]
        found = [judge.verdict(mutant) for mutant in asked_of]
        judge.close()
        alive = [verdict for verdict in found if verdict.state == "survived"]
        killed = sum(verdict.state == "killed" for verdict in found)
        asked = killed + len(alive)
        survivors += len(alive)
        print(
            f"{kpi_id}: {killed} of {asked} killed ({killed / asked:.3f}), "
            f"{sum(verdict.state == 'unread' for verdict in found)} unread, "
            f"{sum(verdict.state == 'stillborn' for verdict in found)} stillborn, "
            f"{len(known)} equivalent, {len(cases)} cases",
            flush=True,
        )
        for verdict in alive:
            print("  " + verdict.mutant.diff().replace("\n", "\n  "), flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
