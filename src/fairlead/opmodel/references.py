"""Checks that references name documents that are declared, and that parents form no circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fairlead.kernel.diagnostic import Diagnostic
from fairlead.kernel.ids import near_match
from fairlead.opmodel.drafts import Draft
from fairlead.opmodel.kind_fields import ReferencePath, nodes_at, reference_paths
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.yaml_tree import Node

Declared = Mapping[str, Mapping[str, Draft]]


def singular(kind: str) -> str:
    """The kind as a message names one of them: `team`, `deployment rule`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return words.replace("kpi", "KPI").replace("dora", "DORA")


def plural(kind: str) -> str:
    """The kind as a note names many of them: `teams`, `people`."""
    word = singular(kind)
    if word == "person":
        return "people"
    return word if word.endswith("s") else word + "s"


def check_references(
    drafts: Sequence[Draft], declared: Declared, broken_ids: Collection[str]
) -> list[Diagnostic]:
    """FL2001 for every reference that leads nowhere, FL2003 for every circle of parents.

    `broken_ids` stand in files that could not be read: what names them may be right.
    """
    found: list[Diagnostic] = []
    for draft in drafts:
        for reference in reference_paths(draft.kind):
            known = declared.get(reference.kind, {})
            for node in nodes_at(draft.node, reference.path):
                named = node.value
                if isinstance(named, str) and named not in known and named not in broken_ids:
                    found.append(_undeclared(draft, node, reference, known))
    return found + _circles(declared.get("Team", {}))


def _undeclared(
    draft: Draft, node: Node, reference: ReferencePath, known: Mapping[str, Draft]
) -> Diagnostic:
    folder = kinds()[reference.kind].folder
    like = near_match(str(node.value), known)
    word = plural(reference.kind)
    notes = [f"{word} are declared in {folder}/*.yaml ({len(known)} found)"]
    if 0 < len(known) <= 12:
        notes.append(f"{word}: {', '.join(sorted(known))}")
    return Diagnostic(
        "FL2001",
        f"{singular(reference.kind)} `{node.value}` is not declared",
        draft.tree.place(node),
        notes,
        f"did you mean `{like}`?" if like else None,
    )


def _circles(teams: Mapping[str, Draft]) -> list[Diagnostic]:
    """One finding per circle of `parent`, at its alphabetically first team."""
    parents = {}
    for team_id, draft in teams.items():
        parent = draft.node.field("parent")
        if parent is not None and parent.value in teams:
            parents[team_id] = str(parent.value)
    found, done = [], set[str]()
    for start in sorted(parents):
        chain: list[str] = []
        team: str | None = start
        while team is not None and team not in done and team not in chain:
            chain.append(team)
            team = parents.get(team)
        if team in chain:
            circle = chain[chain.index(team) :]
            first = circle.index(min(circle))
            found.append(_circle(teams, circle[first:] + circle[:first]))
        done.update(chain)
    return found


def _circle(teams: Mapping[str, Draft], circle: Sequence[str]) -> Diagnostic:
    draft = teams[circle[0]]
    parent = draft.node.field("parent")
    path = " -> ".join(f"`{team}`" for team in (*circle, circle[0]))
    return Diagnostic(
        "FL2003",
        f"the parents of team `{circle[0]}` form a circle",
        draft.tree.place(parent) if parent else draft.place,
        [f"parents: {path}"],
        "leave out `parent` of the team at the top",
    )
