"""`connectors.md`: every connector with its labels, settings and secrets."""

from __future__ import annotations

import importlib

from fairlead.connectors import connector_ids, load_connector
from fairlead.connectors.contract import Connector
from fairlead.kernel.labels import labels_of

from .markdown import cell, code, codes, labels, opening, table


def page() -> list[str]:
    """The whole page."""
    found = [load_connector(connector_id) for connector_id in connector_ids()]
    lines = opening(
        "Connectors",
        f"{len(found)} connectors map a tool's own payloads to facts. Files are read by `fairlead "
        "ingest`, APIs by `fairlead pull`.",
    )
    lines += table(
        ["connector", "tool", "pull", "facts"],
        [
            [f"[`{c.id}`](#{c.id})", c.name, "yes" if c.plan else "files only", codes(c.emits)]
            for c in found
        ],
    )
    for connector in found:
        lines += _section(connector)
    return lines


def _section(connector: Connector) -> list[str]:
    module = importlib.import_module(f"fairlead.connectors.{connector.id}")
    summary, found = labels_of(module.__doc__ or "")
    lines = [f"## {connector.id}", "", summary, ""]
    lines += labels({label: cell(text) for label, text in found.items()})
    if connector.base_url:
        lines += [f"Base URL unless the source names another: {code(connector.base_url)}.", ""]
    if connector.settings:
        lines += table(
            ["setting", "what it means"],
            [[code(name), meaning] for name, meaning in connector.settings.items()],
        )
    if connector.secrets:
        lines += [f"Secrets, by reference only: {codes(connector.secrets)}.", ""]
    return lines
