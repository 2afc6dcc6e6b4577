"""Backstage catalog descriptors as documents of the operating model.

Read: Component (a service), System, Domain, Group (a team), User (a person), API (only who provides
and who consumes it, which makes services depend on one another). Other kinds are counted. Backstage
knows no tiers: a label or annotation `tier` that names a declared one counts, else the given one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairlead.kernel.diagnostic import Diagnostic
from fairlead.opmodel.kinds.document import IDENTIFIER
from fairlead.opmodel.yaml_tree import Node, Tree, read_yaml

API_VERSION = "backstage.io/"
READ_KINDS = ("Component", "API", "System", "Domain", "Group", "User")
FOLDERS = {"Service": "services", "System": "services", "Domain": "services", "Team": "teams",
           "Person": "teams"}  # fmt: skip
_NAMES = {"Component": "Service", "System": "System", "Domain": "Domain", "Group": "Team",
          "User": "Person"}  # fmt: skip
_LOCATION = re.compile(
    r"^url:https?://[^/]+/(?P<slug>[^?#]+?)(?:\.git)?(?:/-?/?(?:tree|blob)/.*)?/?$"
)


@dataclass
class Imported:
    """What descriptors come to: documents in order, kinds not read, documents there already."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    known: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True)
class _Entity:
    kind: str
    id: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]


def import_descriptors(
    files: Iterable[Path], *, known: Collection[tuple[str, str]], tiers: Collection[str], tier: str
) -> Imported:
    """The documents of descriptor files; FL4115 among the problems for what is none."""
    found = Imported()
    entities: list[_Entity] = []
    for path in files:
        tree = read_yaml(path, path.name)
        found.problems += tree.problems
        for node in tree.documents:
            entity = _entity(tree, node, found)
            if entity is not None:
                entities.append(entity)
    providers = {
        api: entity.id
        for entity in entities
        if entity.kind == "Component"
        for api in _refs(entity.spec.get("providesApis"))
    }
    members = _members(entities)
    for entity in entities:
        if entity.kind == "API":
            continue
        kind = _NAMES[entity.kind]
        if (kind, entity.id) in known:
            found.known.append((kind, entity.id))
            continue
        more = {
            "Component": lambda e: _service(e, providers, _tier(e, tiers, tier)),
            "System": lambda e: {"owner": _owner(e), "domain": _ref(e.spec.get("domain"))},
            "Domain": lambda e: {"owner": _owner(e)},
            "Group": lambda e: _team(e, members),
            "User": _person,
        }[entity.kind](entity)
        found.documents.append(_document(kind, entity, more))
    return found


def _entity(tree: Tree, node: Node, found: Imported) -> _Entity | None:
    """One descriptor; None for what is none, which is told, and for kinds that are only counted."""
    content = _plain(node)
    if content is None:
        return None
    wrong = _wrong(content)
    if wrong is not None:
        name, message, help_text = wrong
        place = tree.place(node.field(name) or node)
        found.problems.append(Diagnostic("FL4115", message, place, help=help_text))
        return None
    kind = content["kind"]
    if kind not in READ_KINDS:
        found.unknown[kind[:60]] += 1
        return None
    metadata = content["metadata"]
    return _Entity(kind, metadata["name"].lower(), metadata, content.get("spec") or {})


def _wrong(content: Any) -> tuple[str, str, str] | None:
    """The field that makes a document no descriptor, what is wrong, and what to do."""
    if not isinstance(content, dict):
        return "", "the document is no mapping", "give it `apiVersion`, `kind` and `metadata`"
    version, kind = content.get("apiVersion"), content.get("kind")
    if not isinstance(version, str) or not version.startswith(API_VERSION):
        message = f"`apiVersion` is `{version}`, so this is no Backstage descriptor"
        return "apiVersion", message, "`apiVersion` begins with `backstage.io/`"
    if not isinstance(kind, str):
        return "kind", "the descriptor has no `kind`", "add one, such as `kind: Component`"
    if kind not in READ_KINDS:
        return None
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str):
        return "metadata", f"a {kind} has no `metadata.name`", "add its name"
    if not re.fullmatch(IDENTIFIER, name.lower()):
        rule = "a name has letters, digits, `-`, `_` and `.`, at most 63"
        return "metadata", f"`{name[:80]}` is no name of a {kind}", rule
    if not isinstance(content.get("spec") or {}, dict):
        return "spec", f"`spec` of {kind} `{name}` is no mapping", "give it fields"
    return None


def _plain(node: Node) -> Any:
    if node.fields is not None:
        return {name: _plain(value) for name, (_, value) in node.fields.items()}
    if node.items is not None:
        return [_plain(item) for item in node.items]
    return node.value


def _document(kind: str, entity: _Entity, more: Mapping[str, Any]) -> dict[str, Any]:
    profile = entity.spec.get("profile")
    title = entity.metadata.get("title") or (
        profile.get("displayName") if isinstance(profile, dict) else None
    )
    content = {
        "apiVersion": "fairlead/v1",
        "kind": kind,
        "id": entity.id,
        "title": title if isinstance(title, str) else None,
        **more,
    }
    return {name: value for name, value in content.items() if value not in (None, [], {})}


def _service(entity: _Entity, providers: Mapping[str, str], tier: str) -> dict[str, Any]:
    lifecycle = entity.spec.get("lifecycle")
    notes = _mapping(entity.metadata.get("annotations"))
    uses = [providers.get(api) for api in _refs(entity.spec.get("consumesApis"))]
    named = [name for kind, name in _kinded(entity.spec.get("dependsOn")) if kind == "component"]
    needs = [name for name in dict.fromkeys([*named, *uses]) if name and name != entity.id]
    names = [notes.get("argocd/app-name"), notes.get("backstage.io/kubernetes-id")]
    return {
        "owner": _owner(entity),
        "tier": tier,
        "system": _ref(entity.spec.get("system")),
        "lifecycle": lifecycle
        if lifecycle in ("experimental", "production", "deprecated")
        else None,
        "repositories": _repositories(notes),
        "names": sorted({n for n in names if isinstance(n, str) and n != entity.id}),
        "depends_on": needs,
    }


def _repositories(notes: Mapping[str, Any]) -> list[str]:
    found = [notes.get("github.com/project-slug"), notes.get("gitlab.com/project-slug")]
    location = notes.get("backstage.io/source-location")
    match = _LOCATION.match(location) if isinstance(location, str) else None
    if match and not any(found):
        found.append(match["slug"])
    return [name for name in found if isinstance(name, str) and name]


def _tier(entity: _Entity, tiers: Collection[str], default: str) -> str:
    for place in ("labels", "annotations"):
        for name, value in _mapping(entity.metadata.get(place)).items():
            if name.rpartition("/")[2] == "tier" and str(value).lower() in tiers:
                return str(value).lower()
    return default


def _team(entity: _Entity, members: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "parent": _ref(entity.spec.get("parent")),
        "members": list(dict.fromkeys(
            [*_refs(entity.spec.get("members")), *members.get(entity.id, ())]
        )),
    }  # fmt: skip


def _members(entities: Iterable[_Entity]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entity in entities:
        if entity.kind == "User":
            for group in _refs(entity.spec.get("memberOf")):
                found.setdefault(group, []).append(entity.id)
    return found


def _person(entity: _Entity) -> dict[str, Any]:
    email = _mapping(entity.spec.get("profile")).get("email")
    return {"email": email if isinstance(email, str) else None}


def _owner(entity: _Entity) -> str | None:
    return _ref(entity.spec.get("owner"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _kinded(value: Any) -> list[tuple[str, str]]:
    """References `[kind:][namespace/]name` as (kind, name), in lower case."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item:
            kind, _, rest = item.lower().rpartition(":")
            found.append((kind, rest.rpartition("/")[2]))
    return found


def _refs(value: Any) -> list[str]:
    return [name for _, name in _kinded(value)]


def _ref(value: Any) -> str | None:
    found = _refs(value)
    return found[0] if found else None
