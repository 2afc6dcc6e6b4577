"""The connector and settings of a source, configured or named directly; and a sink for trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairlead.connectors import connector_ids, load_connector
from fairlead.connectors.contract import Connector
from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import near_match
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class SourceSettings:
    """A source as work on it sees it: connector and settings, configured or named directly."""

    connector: Connector
    settings: Mapping[str, Any]


class NoSink:
    """Counts what would be written, for `--dry-run`."""

    def append(self, facts: Iterable[Any], *, source: str, recorded_at: Any = None) -> Any:
        from collections import Counter

        from fairlead.facts import fact_type
        from fairlead.kernel.clock import SYSTEM_CLOCK
        from fairlead.store.columns import to_batch
        from fairlead.store.lake import Appended

        by_type: dict[str, list[Any]] = {}
        for fact in facts:
            by_type.setdefault(fact.type, []).append(fact)
        now = recorded_at or SYSTEM_CLOCK.now()
        written = {
            name: to_batch(fact_type(name), found, source=source, recorded_at=now).table.num_rows
            for name, found in by_type.items()
        }
        return Appended(written, Counter())


def settings_of(
    workspace: Workspace,
    source_id: str,
    connector_id: str | None = None,
    mapping_file: Path | None = None,
) -> SourceSettings:
    """The connector and settings of a source; FL2001 names what is configured."""
    configured = workspace.source(source_id)
    if mapping_file is not None and connector_id is None and configured is None:
        connector_id = "mapping"
    name = connector_id or (configured.connector if configured else source_id)
    if name not in connector_ids():
        from fairlead.opmodel.kinds.source import Source

        known = [*workspace.model.all_of(Source), *connector_ids()]
        like = near_match(name, known)
        raise fail(
            "FL2001",
            f"there is no source or connector `{name}`",
            notes=[f"configured: {', '.join(workspace.model.all_of(Source)) or 'none'}",
                   f"connectors: {', '.join(connector_ids())}"],
            help=f"did you mean `{like}`?" if like else None,
        )  # fmt: skip
    settings: dict[str, Any] = dict(configured.settings) if configured else {}
    defaults = workspace.model.workspace
    settings.setdefault("ticket_pattern", defaults.ticket_pattern)
    settings.setdefault("release_tag_pattern", defaults.release_tag_pattern)
    if mapping_file is not None:
        settings |= _mapping_settings(mapping_file)
    if name == "mapping":
        _check_mapping(settings)
    return SourceSettings(load_connector(name), settings)


def _mapping_settings(path: Path) -> dict[str, Any]:
    from fairlead.kernel.diagnostic import DiagnosticError
    from fairlead.opmodel.yaml_tree import read_yaml

    tree = read_yaml(path, str(path))
    if tree.problems:
        raise DiagnosticError(*tree.problems)
    value = tree.documents[0].value if len(tree.documents) == 1 else None
    if not isinstance(value, dict):
        raise fail(
            "FL3111",
            f"`{path}` is no mapping",
            notes=["a mapping file is one YAML document with a list `records`"],
        )
    return value


def _check_mapping(settings: Mapping[str, Any]) -> None:
    from fairlead.connectors.mapping import check_mapping
    from fairlead.kernel.diagnostic import DiagnosticError

    problems = check_mapping(settings)
    if problems:
        raise DiagnosticError(*problems)
