"""Show the git-only report to people: a table for the terminal, Markdown for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fairlead.methods.repository_report import Figure, RepositoryReport, Section

if TYPE_CHECKING:
    from rich.table import Table

_DURATIONS = ((86_400 * 14, 86_400 * 7, "weeks"), (86_400 * 2, 86_400, "d"), (3_600, 3_600, "h"))
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))}
_CONTROL |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def as_json(report: RepositoryReport) -> dict[str, Any]:
    """The report as plain values."""
    return asdict(report)


def value_text(figure: Figure) -> str:
    """A figure's value in the unit of people; a dash where there is none."""
    value = figure.value
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return shown(value)
    if figure.unit == "ratio":
        parts = f" ({figure.numerator} of {figure.n})" if figure.numerator is not None else ""
        return f"{value * 100:.3g} %{parts}"
    if figure.unit == "seconds":
        return duration_text(value)
    if figure.unit == "per_week":
        return f"{value:.3g} a week"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def duration_text(seconds: float) -> str:
    """Seconds as hours, days or weeks: two days and more in days, two weeks and more in weeks."""
    for least, unit, name in _DURATIONS:
        if seconds >= least:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 60:.3g} min"


def note_text(figure: Figure) -> str:
    """What stands beside the value: reason, what it rests on, and how sure it is."""
    if figure.value is None:
        parts = [figure.reason or figure.explanation]
        parts += [f"connect {figure.connect}"] if figure.connect else []
        return shown("; ".join(parts))
    parts = [figure.explanation]
    if figure.low is not None and figure.high is not None:
        parts.append(f"95 %: {figure.low * 100:.0f} to {figure.high * 100:.0f} %")
    if figure.unit in ("seconds", "lines", "files") and figure.n is not None:
        parts.append(f"n {figure.n:,}")
    return shown("; ".join(parts))


def shown(text: str) -> str:
    """Text of a repository with its control characters made visible: it may mean to deceive."""
    return text.translate(_CONTROL)


def _headline(report: RepositoryReport) -> Iterator[str]:
    branch = f", branch {report.default_branch}" if report.default_branch else ""
    yield f"{report.repo_id}: {report.kind}{branch}"
    if report.first_commit_at and report.last_commit_at:
        first, last = report.first_commit_at.date(), report.last_commit_at.date()
        yield f"{_commits(report)}, {first} to {last}, as of {report.as_of_at:%Y-%m-%d}"
    else:
        yield _commits(report)
    yield "proxy stands for what git does not know; exact is a fact of the repository"


def _commits(report: RepositoryReport) -> str:
    count = report.commits_count
    return f"{count:,} commit" if count == 1 else f"{count:,} commits"


def print_report(report: RepositoryReport) -> None:
    """The whole report on stdout, as sections of three columns."""
    from fairlead.cli.output import console

    out = console()
    first, *rest = _headline(report)
    out.print(shown(first), style="bold")
    for line in rest:
        out.print(shown(line), style="dim")
    for note in report.notes:
        out.print(f"note: {shown(note)}", style="yellow")
    for section in report.sections:
        out.print()
        out.print(section.title, style="bold cyan")
        out.print(_connect_table(section) if section.id == "connect" else _table(section))


def _table(section: Section) -> Table:
    table = _grid([34, 22, 6, None])
    for figure in section.figures:
        style = "dim" if figure.value is None else None
        table.add_row(
            "", figure.name, value_text(figure), figure.basis, note_text(figure), style=style
        )
    return table


def _connect_table(section: Section) -> Table:
    table = _grid([42, None])
    for figure in section.figures:
        table.add_row("", figure.name, f"connect {figure.connect}")
    return table


def _grid(widths: Sequence[int | None]) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(width=1)
    for width in widths:
        table.add_column(width=width, overflow="fold")
    return table


def as_markdown(report: RepositoryReport) -> str:
    """The report as Markdown, one table a section."""
    first, *rest = _headline(report)
    lines = [f"# {_cell(first)}", "", *(f"{_cell(line)}  " for line in rest), ""]
    lines += [f"> {_cell(note)}" for note in report.notes]
    for section in report.sections:
        lines += ["", f"## {section.title}", ""]
        if section.id == "connect":
            lines += ["| Figure | Connect |", "|---|---|"]
            lines += [
                f"| {_cell(row.name)} | {_cell(row.connect or '')} |" for row in section.figures
            ]
            continue
        lines += ["| Figure | Value | Basis | Note |", "|---|---:|---|---|"]
        for row in section.figures:
            cells = (row.name, value_text(row), row.basis, note_text(row))
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
