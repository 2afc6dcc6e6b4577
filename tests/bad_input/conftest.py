"""Bad input goes through the same command line and workspaces as the command tests."""

from tests.cli.conftest import _fixed_instant, filled, filled_once, fresh

__all__ = ["_fixed_instant", "filled", "filled_once", "fresh"]
