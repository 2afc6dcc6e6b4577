"""What every GitHub record has: its repository, its people, its instants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fairlead.connectors.contract import MappingError
from fairlead.connectors.reading import FUTURE_LIMIT, to_instant

_IN_URL = re.compile(r"/repos/([^/]+/[^/]+)")
_URLS = ("repository_url", "url", "run_url", "pull_request_url", "deployment_url", "issue_url")

# Tie-breaks within one second of GitHub's clock, in microseconds of the source order.
ENRICHED = 8


def record_of(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The record under the event's key, or the body itself where it is a record of the REST API."""
    found = body.get(key, body)
    if not isinstance(found, Mapping):
        raise MappingError("FL3102", f"$.{key}", f"`{found!r}` is no object")
    return found


def repository_of(body: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """`owner/name` of the repository: as named, else as in the record's API address."""
    for holder in (body, record):
        repository = holder.get("repository")
        if isinstance(repository, Mapping) and repository.get("full_name"):
            return str(repository["full_name"])
    for name in _URLS:
        match = _IN_URL.search(str(record.get(name) or ""))
        if match:
            return match[1]
    raise MappingError("FL3102", "$.repository.full_name", "missing, and the mapping needs it")


def login_of(user: object) -> str | None:
    """The account name of a user object, or None where there is none (a deleted account)."""
    return str(user["login"]) if isinstance(user, Mapping) and user.get("login") else None


def is_bot(user: object) -> bool | None:
    """Whether an account is a machine's; None where the payload does not say."""
    if not isinstance(user, Mapping):
        return None
    if user.get("type") == "Bot" or str(user.get("login", "")).endswith("[bot]"):
        return True
    return False if user.get("type") else None


def moment(record: Mapping[str, Any], name: str, key: str) -> datetime | None:
    """The instant in a field of a record; None where absent; FL3104 when it cannot be read."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.endswith("Z") and len(value) == 20:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise MappingError("FL3104", f"$.{key}.{name}", f"`{value}` is no instant") from None
        if 1971 <= found.year < 2200:
            return found.replace(tzinfo=UTC)
    return to_instant(value, f"$.{key}.{name}")


def required_moment(
    record: Mapping[str, Any], name: str, key: str, received_at: datetime
) -> datetime:
    """As `moment`; FL3102 when absent, FL3103 when it lies in the future."""
    found = moment(record, name, key)
    if found is None:
        raise MappingError("FL3102", f"$.{key}.{name}", "missing, and the mapping needs it")
    if found - received_at > FUTURE_LIMIT:
        raise MappingError("FL3103", f"$.{key}.{name}", f"`{found.isoformat()}` lies in the future")
    return found


def required_id(record: Mapping[str, Any], name: str, key: str) -> str:
    """An id as text; FL3102 when it is absent or nested."""
    value = record.get(name)
    if value is None or isinstance(value, Mapping | list | bool) or value == "":
        raise MappingError("FL3102", f"$.{key}.{name}", "missing, and the mapping needs it")
    return str(value)
