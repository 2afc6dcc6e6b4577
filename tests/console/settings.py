"""Settings of the suite: those of the product, on a workspace in a temporary folder."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

from fairlead.demo.acme import write_model

FOLDER = Path(tempfile.mkdtemp(prefix="fairlead-console-"))
NOW = "2026-11-23T06:00:00+00:00"
LAST = date(2026, 11, 22)


def _remove() -> None:
    if os.getpid() == _OWNER:
        shutil.rmtree(FOLDER, ignore_errors=True)


_OWNER = os.getpid()
atexit.register(_remove)
write_model(FOLDER, last=LAST)
_ENVIRONMENT = {"FAIRLEAD_WORKSPACE": str(FOLDER), "FAIRLEAD_NOW": NOW}
_before = {name: os.environ.get(name) for name in _ENVIRONMENT}
os.environ.update(_ENVIRONMENT)
from fairlead.site.settings import *  # noqa: E402, F403

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value
# Set by test_postgresql.py, which runs this folder once more on the other database.
if os.environ.get("FAIRLEAD_TEST_DATABASE"):
    DATABASES = {"default": database(os.environ["FAIRLEAD_TEST_DATABASE"], FOLDER)}  # noqa: F405
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ANSWERS_IN_BACKGROUND = False
PASSWORD_HASHERS = ["tests.console.hashing.QuickArgon2"]
