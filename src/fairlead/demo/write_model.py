"""Write the operating model of acme into its example: `python -m fairlead.demo.write_model`."""

from __future__ import annotations

import sys
from pathlib import Path

from fairlead.demo.acme.model import write_model

DEFAULT = Path("examples/acme/model")


def main() -> None:
    """Write the files below the folder that is given, else below the example's own."""
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    for path in write_model(into):
        print(path)


if __name__ == "__main__":
    main()
