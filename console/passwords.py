"""Passwords (argon2id), codes of the second factor, and what is asked of a new password."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.words import N_

#: 64 MiB and about a tenth of a second for each try (RFC 9106, second recommendation).
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=2)
#: Tries at one time: an attacker fills neither the memory nor every core, and others' pages need no turn of these.
_pool = ThreadPoolExecutor(2, thread_name_prefix="password")
SHORTEST, LONGEST = 12, 200
#: What very many people choose, in one case.
_COMMON = ("password", "qwerty", "letmein", "welcome", "hearback", "complaint", "123456", "abcdef", "iloveyou")


def problem(password: str, login: str, name: str) -> str:
    """What is wrong with a new password, "" for nothing. A text of the catalogue."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return N_("Choose a password of 12 characters or more; three or four words are easy to remember")
    if len(password) > LONGEST:
        return N_("Choose a password of 200 characters or fewer")
    own = [part for text in (login.partition("@")[0], *name.split()) if len(part := text.casefold()) > 3]
    rest = folded
    for part in (*own, *_COMMON):
        rest = rest.replace(part, "")
    if len(set(folded)) < 5 or len(rest) < 6:
        return N_("This is one of the first passwords that others would try; choose another one")
    return ""


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, password)


async def fits(password: str, kept: str) -> bool:
    """Whether it is the password; takes as long when there is none to compare with."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _fits, password[:LONGEST], kept)


def _fits(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept or _nobody(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def outdated(kept: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


# The second factor ------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an authenticator app: 160 bits in base 32."""
    return pyotp.random_base32()


def provisioning(secret: str, login: str, organisation: str) -> str:
    """The address in the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=f"Hearback {organisation}")


def step_of(secret: str, code: str, now: datetime) -> int:
    """The time step whose code this is, one before or after now at most; 0 when it is none."""
    digits = "".join(char for char in code if char.isdigit() and char.isascii())
    if len(digits) != 6:
        return 0
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // 30
    found = 0
    for step in (current - 1, current, current + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found
