"""What every GitLab record has: its project, its people, its instants, its tests of state.

Three forms of instants stand in one system (`2016-08-12 15:23:28 UTC`, ISO 8601 with `Z` or an
offset, `2021-04-28 21:50:00 +0200`); all are read to UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingError
from fairlead.connectors.reading import FUTURE_LIMIT, to_instant

# Of two versions of one update instant the one with more detail wins, in microseconds of order.
ENRICHED = 8


def project_of(body: Mapping[str, Any]) -> str:
    """The full path of the project, by which the repository is known."""
    project = body.get("project")
    path = project.get("path_with_namespace") if isinstance(project, Mapping) else None
    if not path:
        raise MappingError(
            "FL3102", "$.project.path_with_namespace", "missing, and the mapping needs it"
        )
    return str(path)


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object, empty where it is absent or null."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def required_part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object; FL3102 when it is absent."""
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise MappingError("FL3102", f"$.{name}", "missing, and the mapping needs it")
    return found


def required_text(record: Mapping[str, Any], name: str, path: str) -> str:
    """An id or a name as text; FL3102 when it is absent or nested."""
    found = record.get(name)
    if found is None or found == "" or isinstance(found, Mapping | list | bool):
        raise MappingError("FL3102", f"$.{path}", "missing, and the mapping needs it")
    return str(found)


def moment(record: Mapping[str, Any], name: str, path: str) -> datetime | None:
    """The instant in a field; None where absent; FL3104 when it cannot be read."""
    found = record.get(name)
    return None if found is None or found == "" else to_instant(found, f"$.{path}")


def required_moment(
    record: Mapping[str, Any], name: str, path: str, received_at: datetime
) -> datetime:
    """As `moment`; FL3102 when absent, FL3103 when it lies in the future."""
    found = moment(record, name, path)
    if found is None:
        raise MappingError("FL3102", f"$.{path}", "missing, and the mapping needs it")
    return not_ahead(found, path, received_at)


def not_ahead(found: datetime, path: str, received_at: datetime) -> datetime:
    """The instant itself; FL3103 when it lies more than 300 s after receipt."""
    if found - received_at > FUTURE_LIMIT:
        raise MappingError("FL3103", f"$.{path}", f"`{found.isoformat()}` lies in the future")
    return found


def username(user: object) -> str | None:
    """The account name of a user object, or None where the message does not give one."""
    found = user.get("username") if isinstance(user, Mapping) else None
    return str(found) if found else None


def is_bot_name(name: str | None) -> bool | None:
    """Whether an account is a token's: GitLab names those `project_<id>_bot_<hash>`."""
    if name is None:
        return None
    parts = name.split("_")
    is_token = len(parts) > 2 and parts[0] in ("project", "group") and parts[2].startswith("bot")
    return is_token or name.endswith(("[bot]", "-bot"))


def one_of(value: object, allowed: Mapping[str, Any], path: str) -> Any:
    """The value that a name stands for; FL3110 names what GitLab publishes."""
    if value not in allowed:
        names = ", ".join(allowed)
        raise MappingError("FL3110", f"$.{path}", f"`{value}`; allowed: {names}")
    return allowed[str(value)]


def latest(instants: Iterable[datetime | None]) -> datetime | None:
    """The latest of those that are known."""
    return max((at for at in instants if at is not None), default=None)
