"""Bad files beside the exact message of each: `bad/<case>.yaml` and `bad/<case>.txt`.

A case is checked as `bad.yaml` inside the small right model of `good/`; a case whose name ends in
`of_the_workspace` stands in for its workspace document.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fairlead.opmodel.loader import ConnectorTerms, ModelReport, check_model

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "bad").glob("*.yaml"))
KPIS = ("change_failure_rate", "lead_time_for_changes", "roadmap_predictability")
CONNECTORS = {
    "github": ConnectorTerms(("repositories", "deploy_workflows"), ("token", "webhook_secret")),
    "gitlab": ConnectorTerms(("projects",), ("token",)),
}


def good_workspace(folder: Path) -> Path:
    """A copy of the small right model."""
    root = folder / "workspace"
    shutil.copytree(HERE / "good", root)
    return root


def check(root: Path) -> ModelReport:
    """The report on a workspace, with the ids of a small world."""
    return check_model(root, known_kpis=KPIS, known_connectors=CONNECTORS)


def check_case(folder: Path, case: str) -> ModelReport:
    """The report on the good model with one bad file."""
    root = good_workspace(folder)
    if case.endswith("of_the_workspace"):
        (root / "workspace" / "workspace.yaml").unlink()
    shutil.copyfile(HERE / "bad" / f"{case}.yaml", root / "bad.yaml")
    return check(root)


def expected(case: str) -> str:
    """The exact text that the case must give."""
    return (HERE / "bad" / f"{case}.txt").read_text("utf-8")
