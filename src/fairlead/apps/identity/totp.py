"""Time-based one-time passwords: made, shown as an address for an app, checked once each.

Source: RFC 6238 with HMAC-SHA-1, six digits, 30 s; one step of drift either way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

from fairlead.kernel.ids import random_bytes

STEP_SECONDS, DIGITS, DRIFT = 30, 6, 1


def make_secret() -> str:
    """A fresh secret of 160 bits in base32."""
    return base64.b32encode(random_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one step."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of_code(secret: str, code: str, now: datetime, used: int) -> int | None:
    """The step that a code is of; None for a wrong one or one at or before the last `used`."""
    present = int(now.timestamp()) // STEP_SECONDS
    given = code.strip().replace(" ", "")
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > used and hmac.compare_digest(code_at(secret, step), given):
            return step
    return None


def address_for_apps(secret: str, email: str) -> str:
    """The `otpauth` address that apps read."""
    return f"otpauth://totp/Fairlead:{quote(email)}?secret={secret}&issuer=Fairlead"
