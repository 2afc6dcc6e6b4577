"""Comparisons of instants that treat null alike on every engine."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from fairlead.kpis.shelf import Scope, instant


def cut_at(scope: Scope) -> datetime:
    """The instant up to which an open item has aged: the knowledge cut, else the window's end."""
    return scope.as_of or scope.window.end


def later(left: ir.TimestampValue, right: ir.TimestampValue) -> ir.TimestampValue:
    """The later of two instants, or the one that is not null (GREATEST differs by engine)."""
    return ibis.ifelse(right.isnull() | (left > right), left, ibis.coalesce(right, left))


def earlier(left: ir.TimestampValue, right: ir.TimestampValue) -> ir.TimestampValue:
    """The earlier of two instants, or the one that is not null (LEAST differs by engine)."""
    return ibis.ifelse(right.isnull() | (left < right), left, ibis.coalesce(right, left))


def listed_at(scope: Scope, started_at: ir.TimestampValue) -> ir.TimestampValue:
    """Where an open item is listed: at its start, or at the window's start when it is older.

    So one that began before the window's end is in the window, and one that began later is not.
    """
    return later(started_at, instant(scope.window.start))
