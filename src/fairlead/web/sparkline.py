"""A trend in the space of a word: a small inline SVG with gaps, target and the latest point."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fairlead.kernel.measure import Target, Trend
from fairlead.kernel.wording import amount, counted, trend_words

WIDTH, HEIGHT, MARGIN = 220.0, 46.0, 5.0


def sparkline(svg_id: str, trend: Trend, unit: str, target: Target | None = None) -> str:
    """The sparkline as SVG; empty when no period has a value."""
    known = [(place, p.value) for place, p in enumerate(trend.points) if p.value is not None]
    if not known:
        return ""
    limit = target.value if target else None
    shown = [value for _, value in known] + ([limit] if limit is not None else [])
    low, high = min(shown), max(shown)
    reach = (high - low) or 1.0

    def x(place: int) -> float:
        return MARGIN + place * (WIDTH - 2 * MARGIN) / max(1, len(trend.points) - 1)

    def y(value: float) -> float:
        return HEIGHT - MARGIN - (value - low) / reach * (HEIGHT - 2 * MARGIN)

    parts = []
    if limit is not None:
        at = f"{y(limit):.1f}"
        parts.append(f'<path class="spark-target" d="M0 {at}H{WIDTH:.0f}"/>')
    for run in _runs(known):
        points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in run)
        parts.append(f'<polyline class="spark-line" points="{points}"/>')
    for place, value in known:
        if trend.points[place].is_signal:
            parts.append(_diamond(x(place), y(value)))
    place, value = known[-1]
    parts.append(f'<circle class="spark-last" cx="{x(place):.1f}" cy="{y(value):.1f}" r="3.2"/>')
    words = (
        f"{counted(len(trend.points), trend.step)}, latest {amount(value, unit)}, "
        f"{trend_words(trend)}"
    )
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-labelledby="{escape(svg_id)}"><title id="{escape(svg_id)}">{escape(words)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _runs(known: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Stretches of successive periods: a period without a value breaks the line."""
    found: list[list[tuple[int, float]]] = []
    for place, value in known:
        if found and found[-1][-1][0] == place - 1:
            found[-1].append((place, value))
        else:
            found.append([(place, value)])
    return found


def _diamond(x: float, y: float) -> str:
    return f'<path class="spark-signal" d="M{x:.1f} {y - 3.6:.1f}l3.6 3.6-3.6 3.6-3.6-3.6z"/>'
