"""What people call the keys of the model: titles of teams, services and tiers, else their ids."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.kernel.wording import words
from fairlead.opmodel.kinds.document import Document
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.team import Team
from fairlead.opmodel.kinds.tier import Tier
from fairlead.opmodel.model import Model

KINDS: Mapping[str, type[Document]] = {"service_id": Service, "team_id": Team, "tier": Tier}
NOT_ASSIGNED = "not assigned"


def title_of(model: Model, column: str, value: str | None) -> str:
    """The title of one key value; a null key is `not assigned`."""
    if value is None:
        return NOT_ASSIGNED
    kind = KINDS.get(column)
    found = model.all_of(kind).get(value) if kind else None
    return found.title if found and found.title else value


def key_words(model: Model, key: Mapping[str, str | None]) -> str:
    """A grain key as words; several columns are joined."""
    return (
        ", ".join(title_of(model, column, value) for column, value in key.items()) or "everything"
    )


def scope_words(model: Model, scope: Mapping[str, str]) -> str:
    """The scope of a scorecard as words; empty for the whole organisation."""
    return ", ".join(
        f"{words(column.removesuffix('_id'))} {title_of(model, column, value)}"
        for column, value in scope.items()
    )
