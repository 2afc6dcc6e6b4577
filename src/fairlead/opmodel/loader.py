"""Loads the operating model from a folder of YAML, and reports everything wrong with it at once.

`load_model` gives a model that is right, or raises every finding of every file, root cause first:
files that cannot be read, then syntax, kinds, fields, ids, and references last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from fairlead.kernel.diagnostic import Diagnostic, DiagnosticError, fail
from fairlead.opmodel.contradictions import check_contradictions, declare
from fairlead.opmodel.drafts import Draft, drafts_of, ids_in_broken
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.known import ConnectorTerms, Known
from fairlead.opmodel.model import Model
from fairlead.opmodel.model_files import find_workspace, model_files
from fairlead.opmodel.references import check_references
from fairlead.opmodel.value_checks import check_values
from fairlead.opmodel.yaml_tree import read_yaml

__all__ = ["ConnectorTerms", "ModelReport", "check_model", "find_workspace", "load_model"]

_RANKS = {"FL1010": 0, "FL1009": 0, "FL1003": 0, "FL1001": 1, "FL1002": 2, "FL1004": 3, "FL1005": 4}


@dataclass(frozen=True)
class ModelReport:
    """What could be loaded, with every finding, root cause first."""

    model: Model
    findings: tuple[Diagnostic, ...]
    files_count: int

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that make the model unusable."""
        return tuple(item for item in self.findings if item.severity == "error")


def load_model(
    root: Path,
    *,
    known_kpis: Collection[str],
    known_connectors: Mapping[str, ConnectorTerms] | None = None,
) -> Model:
    """The operating model under `root`; DiagnosticError with every finding when it is wrong."""
    report = check_model(root, known_kpis=known_kpis, known_connectors=known_connectors)
    if report.errors:
        raise DiagnosticError(*report.errors)
    return report.model


def check_model(
    root: Path,
    *,
    known_kpis: Collection[str],
    known_connectors: Mapping[str, ConnectorTerms] | None = None,
) -> ModelReport:
    """What is right and wrong with the model under `root`; FL9001 where that is no folder."""
    if not root.is_dir():
        raise fail("FL9001", f"`{root}` is no folder", help="write one with `fairlead init NAME`")
    found = model_files(root)
    trees = [read_yaml(path, name) for path, name in found.files]
    drafts = [draft for tree in trees for draft in drafts_of(tree)]
    declared, findings = declare(drafts)
    findings += found.problems
    findings += check_references(drafts, declared, ids_in_broken(trees))
    known = Known(known_kpis, known_connectors or {})
    findings += [item for draft in drafts for item in check_values(draft, known)]
    findings += check_contradictions(declared)
    findings += [problem for tree in trees for problem in tree.problems]
    return ModelReport(_model(declared), _in_order(findings), len(trees))


def _model(declared: Mapping[str, Mapping[str, Draft]]) -> Model:
    """The right documents, kinds in alphabetical order, documents in order of declaration."""
    documents, places = {}, {}
    for kind in kinds():
        right = {
            id_: draft
            for id_, draft in declared.get(kind, {}).items()
            if draft.document is not None
        }
        if right:
            documents[kind] = {
                id_: draft.document for id_, draft in right.items() if draft.document
            }
            places.update({(kind, id_): draft.place for id_, draft in right.items()})
    return Model(documents, places)


def _in_order(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    def key(item: Diagnostic) -> tuple[int, str, int, int]:
        rank = _RANKS.get(item.code, 5 if item.code < "FL1008" else 6 if item.code < "FL2" else 7)
        place = item.place
        if place is None:
            return rank, "", 0, 0
        return rank, place.file or "", place.line or 0, place.column or 0

    return tuple(sorted(findings, key=key))
