"""Argon2 with little work, so that a hundred log-ins of the suite take no minute."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The product's hasher with the least cost that it allows."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
