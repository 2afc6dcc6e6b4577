"""Finds two documents that claim the same thing, so that no answer hangs on the order of files.

FL2002: two services (teams, environments) with one name, two people with one account, two rules
that make the same job a deployment of the same service, two targets for the same scope, two sets
of bands for the same year. FL1008: one id declared twice, or a second workspace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairlead.kernel.diagnostic import Diagnostic
from fairlead.kernel.ids import content_sha256
from fairlead.opmodel.drafts import Draft
from fairlead.opmodel.field_errors import key_node
from fairlead.opmodel.references import plural, singular
from fairlead.opmodel.yaml_tree import Node

Claim = tuple[str, str, Node]


def declare(drafts: Sequence[Draft]) -> tuple[dict[str, dict[str, Draft]], list[Diagnostic]]:
    """The drafts by kind and id, the first of each; FL1008 for every further one."""
    declared: dict[str, dict[str, Draft]] = {}
    found: list[Diagnostic] = []
    for draft in drafts:
        kind = draft.kind.__name__
        if draft.id is None:
            continue
        same = declared.setdefault(kind, {})
        if draft.id in same:
            message = f"{singular(kind)} `{draft.id}` is declared twice"
            found.append(
                _again("FL1008", message, draft, same[draft.id], "give one of them another id")
            )
            continue
        if kind == "Workspace" and same:
            first = next(iter(same.values()))
            message = f"`{draft.id}` is a second workspace"
            found.append(_again("FL1008", message, draft, first, "keep one of the two"))
        same[draft.id] = draft
    return declared, found


def _again(code: str, message: str, draft: Draft, first: Draft, help_text: str) -> Diagnostic:
    return Diagnostic(code, message, draft.place, [f"declared first at {first.place}"], help_text)


def check_contradictions(declared: Mapping[str, Mapping[str, Draft]]) -> list[Diagnostic]:
    """FL2002 for every claim that two documents of a kind make."""
    found: list[Diagnostic] = []
    for kind, claims_of in _CLAIMS.items():
        first: dict[str, tuple[Draft, Node]] = {}
        drafts = [draft for draft in declared.get(kind, {}).values() if draft.document is not None]
        # An own id outranks a name, whatever the order of the files.
        claims = [(draft, claim) for draft in drafts for claim in claims_of(draft)]
        claims.sort(key=lambda item: not item[1][0].startswith("id "))
        for draft, (key, words, node) in claims:
            key = key.removeprefix("id ")
            held = first.setdefault(key, (draft, node))
            if held[0] is not draft:
                found.append(_claimed(kind, draft, held, words, node))
    return found


def _claimed(
    kind: str, draft: Draft, held: tuple[Draft, Node], words: str, node: Node
) -> Diagnostic:
    other, other_node = held
    place = other.tree.place(other_node)
    return Diagnostic(
        "FL2002",
        f"{plural(kind)} `{other.id}` and `{draft.id}` both claim {words}",
        draft.tree.place(node),
        [f"claimed first at {place}"],
        "leave it to one of the two",
    )


def _names(draft: Draft, list_field: str) -> Iterator[Claim]:
    own = draft.node.field("id")
    if own is not None:
        yield f"id {own.value}", f"the name `{own.value}`", own
    listed = draft.node.field(list_field)
    for node in (listed.items or ()) if listed else ():
        yield str(node.value), f"the name `{node.value}`", node


def _service(draft: Draft) -> Iterator[Claim]:
    return _names(draft, "names")


def _team(draft: Draft) -> Iterator[Claim]:
    return _names(draft, "aliases")


def _environment(draft: Draft) -> Iterator[Claim]:
    listed = draft.node.field("names")
    for node in (listed.items or ()) if listed else ():
        name, source = node.value.get("name"), node.value.get("source")
        words = f"the name `{name}`" + (f" of source `{source}`" if source else "")
        yield f"{source}\n{name}", words, node.field("name") or node


def _person(draft: Draft) -> Iterator[Claim]:
    accounts = draft.node.field("accounts")
    for connector, (_, listed) in ((accounts.fields or {}) if accounts else {}).items():
        for node in listed.items or ():
            words = f"the {connector} account `{node.value}`"
            yield f"{connector}\n{str(node.value).lower()}", words, node


def _deployment_rule(draft: Draft) -> Iterator[Claim]:
    value: dict[str, Any] = draft.node.value
    key = content_sha256([value["match"], value["service"]])
    words = f"the deployments of `{value['service']}` by this `match`"
    yield key, words, key_node(draft.node, ("match",))


def _kpi_target(draft: Draft) -> Iterator[Claim]:
    value: dict[str, Any] = draft.node.value
    scope = {name: of for name, of in (value.get("scope") or {}).items() if of is not None}
    key = content_sha256([value["kpi"], scope, value.get("dimension") or {}])
    parts = [f"{name} `{of}`" for name, of in {**scope, **(value.get("dimension") or {})}.items()]
    words = f"the target of `{value['kpi']}` for {', '.join(parts) or 'everybody'}"
    yield key, words, draft.node.field("kpi") or draft.node


def _dora_bands(draft: Draft) -> Iterator[Claim]:
    edition = draft.node.field("edition")
    if edition is not None:
        yield str(edition.value), f"the edition {edition.value}", edition


_CLAIMS = {
    "Service": _service,
    "Team": _team,
    "Environment": _environment,
    "Person": _person,
    "DeploymentRule": _deployment_rule,
    "KpiTarget": _kpi_target,
    "DoraBands": _dora_bands,
}
