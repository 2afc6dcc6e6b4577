"""The address at which tools deliver."""

from __future__ import annotations

from fairlead.apps.inbox import door
from fairlead.web.access import machine_door

ROUTES = [
    machine_door("hooks/<str:source_id>", door.deliver),
]
