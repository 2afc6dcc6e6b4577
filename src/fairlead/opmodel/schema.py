"""JSON Schemas of the kinds, so that editors complete and check the operating model.

One schema per kind, and one for any document that goes by its `kind`. They are made from the
pydantic models, so they cannot disagree with what the loader accepts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.kinds.document import Document
from fairlead.opmodel.kinds.source import SECRET_REFERENCE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMBINED = "fairlead"


def schemas(
    *, known_kpis: Collection[str] = (), known_connectors: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """Schemas by kind in snake_case, and the combined one as `fairlead`.

    Known ids make the editor offer them for `kpi` and `connector`.
    """
    definitions = _definitions(sorted(known_kpis), sorted(known_connectors))
    found = {
        _file_name(kind): {
            "$schema": DIALECT,
            "$ref": f"#/$defs/{name}",
            "$defs": _needed(name, definitions),
        }
        for name, kind in kinds().items()
    }
    found[COMBINED] = _combined(definitions)
    return found


def _file_name(kind: type[Document]) -> str:
    return kind.__module__.rpartition(".")[2]


def _definitions(kpis: list[str], connectors: list[str]) -> dict[str, Any]:
    """Every kind and every part of one, ready to be put under `$defs`."""
    wanted: list[tuple[type[Document], Literal["validation"]]] = [
        (kind, "validation") for kind in kinds().values()
    ]
    _, whole = models_json_schema(wanted, by_alias=True, ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = whole["$defs"]
    source = definitions["Source"]["properties"]
    source["secrets"]["additionalProperties"]["pattern"] = SECRET_REFERENCE
    if connectors:
        source["connector"]["enum"] = connectors
    if kpis:
        definitions["KpiTarget"]["properties"]["kpi"]["enum"] = kpis
    return definitions


def _needed(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The definition of that name and what it refers to."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        wanted = waiting.pop()
        if wanted not in found:
            found[wanted] = definitions[wanted]
            waiting += _references(definitions[wanted])
    return dict(sorted(found.items()))


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = value.get("$ref")
        inner = [name for part in value.values() for name in _references(part)]
        return [own.rpartition("/")[2], *inner] if isinstance(own, str) else inner
    if isinstance(value, list):
        return [name for part in value for name in _references(part)]
    return []


def _combined(definitions: dict[str, Any]) -> dict[str, Any]:
    """Any document: the rules of its kind apply once `kind` is written."""
    return {
        "$schema": DIALECT,
        "title": "A document of the operating model",
        "type": "object",
        "required": ["apiVersion", "kind", "id"],
        "properties": {
            "apiVersion": {"const": "fairlead/v1"},
            "kind": {"enum": list(kinds())},
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in kinds()
        ],
        "$defs": dict(sorted(definitions.items())),
    }
