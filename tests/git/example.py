"""The worked example of delivery.md 4.32 as a real repository."""

from __future__ import annotations

from pathlib import Path

from tests.git.build import Builder, epoch

AS_OF = "2026-01-19T09:00"


def write_example(path: Path, *, bare: bool = True) -> dict[str, str]:
    """Five commits, three releases and a pre-release; gives SHAs by the example's own names."""
    builder = Builder()
    a1 = builder.commit(at=epoch("2026-01-05T09:00"), message="a1")
    a2 = builder.commit(a1, at=epoch("2026-01-06T09:00"), message="a2")
    builder.tag("v1.0.0", a2, epoch("2026-01-07T09:00"))
    a3 = builder.commit(a2, at=epoch("2026-01-08T09:00"), message="Take the shortcut")
    builder.tag("v1.1.0", a3, epoch("2026-01-09T09:00"))
    a4 = builder.commit(a3, at=epoch("2026-01-10T09:00"), message='Revert "Take the shortcut"')
    builder.tag("v1.1.1", a4, epoch("2026-01-10T21:00"))
    a5 = builder.commit(a4, at=epoch("2026-01-12T09:00"), message="a5")
    builder.tag("v1.2.0-rc.1", a5, epoch("2026-01-13T09:00"))
    builder.branch("main", a5)
    shas = builder.write(path, bare=bare)
    return {
        name: shas[mark] for name, mark in zip(("a1", "a2", "a3", "a4", "a5"), shas, strict=True)
    }
