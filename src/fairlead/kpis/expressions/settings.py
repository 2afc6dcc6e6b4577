"""Settings of a KPI read from a scope, refused with the allowed set when they are none of it."""

from __future__ import annotations

from fairlead.kernel.diagnostic import fail
from fairlead.kpis.shelf import Scope


def choice(scope: Scope, name: str, allowed: tuple[str, ...]) -> str:
    """The setting's value, else the first of `allowed`; FL1007 when it is none of them."""
    value = scope.settings.get(name, allowed[0])
    if value not in allowed:
        raise fail(
            "FL1007",
            f"setting `{name}` is `{value}`",
            notes=["allowed: " + ", ".join(f"`{item}`" for item in allowed)],
        )
    return str(value)


def seconds(scope: Scope, name: str, default: float) -> float:
    """A length of time in seconds, above 0; FL1007 when it is no such number."""
    value = scope.settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise fail(
            "FL1007",
            f"setting `{name}` is `{value}`",
            notes=["allowed: a number of seconds above 0"],
        )
    return float(value)


def flag(scope: Scope, name: str) -> bool:
    """A switch that is off unless set; FL1007 when it is neither true nor false."""
    value = scope.settings.get(name, False)
    if not isinstance(value, bool):
        raise fail("FL1007", f"setting `{name}` is `{value}`", notes=["allowed: true, false"])
    return value
