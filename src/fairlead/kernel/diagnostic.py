"""What a user can mend: one object for the CLI, the API, the console and SARIF.

A `Diagnostic` says what is wrong (message), where (place), what is allowed (notes) and what to do
(help). Its rendering as text follows the well-known shape of compiler errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Place:
    """Where something stands: a file position (1-based), or a path inside a payload."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    length: int = 1
    source_line: str | None = None
    payload_path: str | None = None

    def __str__(self) -> str:
        parts = [self.file or ""]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        text = ":".join(part for part in parts if part)
        if self.payload_path:
            text = f"{text} at {self.payload_path}" if text else self.payload_path
        return text


@dataclass(frozen=True)
class Diagnostic:
    """One finding that a user can mend; `code` is a key of `kernel.codes.CODES`."""

    code: str
    message: str
    place: Place | None = None
    notes: Sequence[str] = field(default_factory=tuple)
    help: str | None = None
    severity: Severity = "error"

    def render(self) -> str:
        """The finding as text: message, place with the line and a mark under the span, notes."""
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        gutter = ""
        if self.place is not None:
            lines.append(f"  --> {self.place}")
            if self.place.source_line is not None and self.place.line is not None:
                number = str(self.place.line)
                gutter = " " * len(number)
                column = self.place.column or 1
                lines += [
                    f" {gutter}|",
                    f"{number} | {self.place.source_line.rstrip()}",
                    f" {gutter}| {' ' * (column - 1)}{'^' * max(1, self.place.length)}",
                ]
        lines += [f" {gutter} = note: {note}" for note in self.notes]
        if self.help:
            lines.append(f" {gutter} = help: {self.help}")
        return "\n".join(lines)


class DiagnosticError(Exception):
    """Raised with every diagnostic of one piece of work, root cause first."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(item.render() for item in diagnostics))
        self.diagnostics = diagnostics


def fail(
    code: str,
    message: str,
    *,
    place: Place | None = None,
    notes: Sequence[str] = (),
    help: str | None = None,
) -> DiagnosticError:
    """A `DiagnosticError` of one finding, ready to be raised."""
    return DiagnosticError(Diagnostic(code, message, place, tuple(notes), help))
