"""Runs all mutants of some KPIs and prints how many their cases notice.

    python -m tests.mutation time_to_restore pipeline_success_rate
"""

from __future__ import annotations

import sys

from fairlead.kpis.shelf import kpis
from tests.mutation.judge import judge_of
from tests.mutation.mutants import mutants_of


def main(names: list[str]) -> int:
    """One line a KPI, then its survivors; the exit code is 1 when there is one."""
    survivors = 0
    for kpi_id in names or list(kpis()):
        judge = judge_of(kpi_id)
        found = [judge.verdict(mutant) for mutant in mutants_of(kpi_id)] if judge.groups else []
        judge.close()
        killed = sum(verdict.state == "killed" for verdict in found)
        alive = [verdict for verdict in found if verdict.state == "survived"]
        asked = killed + len(alive)
        survivors += len(alive)
        rate = f"{killed / asked:.3f}" if asked else "null"
        print(f"{kpi_id}: {killed} of {asked} killed ({rate}), {len(found) - asked} stillborn")
        for problem in judge.failing:
            print(f"  case fails without a mutant: {problem}")
        for verdict in alive:
            print("  " + verdict.mutant.diff().replace("\n", "\n  "))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
