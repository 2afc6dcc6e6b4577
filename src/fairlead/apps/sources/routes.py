"""The addresses of sources."""

from __future__ import annotations

from fairlead.apps.sources import connect, overview, replay, source, trial
from fairlead.web.access import action, page

ROUTES = [
    page("sources", overview.overview, "source:read"),
    page("sources/connect", connect.connectors, "source:read"),
    page("sources/connect/<str:connector_id>", connect.connector, "source:read"),
    page("sources/<str:source_id>", source.source, "source:read"),
    action("sources/<str:source_id>/replay", replay.replay, "quarantine:replay"),
    action("sources/<str:source_id>/trial", trial.trial, "source:configure"),
]
