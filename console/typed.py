"""What somebody typed, carried over a sign-in, a stale page or a failing database; and what the next page says."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from console import guard
from console.render import render
from console.request import Request
from console.site import PREFIX, Site
from storage import sessions
from storage.secrets import Tampered

#: Fields that are never carried: secrets, and what a new form brings itself.
NOT_CARRIED = frozenset({"token", "typed", "password", "code", "new_password"})
#: A value that is shown in a box of its own when it is shown again.
LONG = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """A form: where it goes, whose it is (``typist``), and its fields in order."""

    path: str
    who: str
    fields: tuple[tuple[str, str], ...]

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """What is worth reading again."""
        return tuple((name, value) for name, value in self.fields if len(value) > LONG or "\n" in value)

    @property
    def rest(self) -> tuple[tuple[str, str], ...]:
        """The fields that are not ``words``: carried hidden."""
        return tuple(pair for pair in self.fields if pair not in self.words)


def typist(site: Site, staff: int) -> str:
    """Who has a form before them, so that it goes back to nobody else."""
    return site.sealer.hashed("typist", str(staff)).hex()


def of(ask: Request) -> Typed:
    """What was just posted."""
    who = str(ask.form.get("token", "")).partition(".")[2]
    fields = tuple((name, str(value)) for name, value in ask.form.items() if name not in NOT_CARRIED)
    return Typed(ask.http.rel_url.path_qs, who, fields)


def show(ask: Request, found: Typed, said: str, status: int = 200) -> web.Response:
    """The page with everything that was typed, ready to be sent again."""
    return render(ask, "typed.html", status, typed=found, said=said)


def seal(site: Site, found: Typed) -> str:
    """For a hidden field: nobody but us can read or change it."""
    return base64.urlsafe_b64encode(site.sealer.seal("typed", asdict(found))).decode()


def unseal(site: Site, text: str) -> dict[str, Any] | None:
    """What ``seal`` made, as a session keeps it; None for anything else."""
    try:
        found = site.sealer.unseal("typed", base64.urlsafe_b64decode(text.encode("ascii", "replace")))
    except (Tampered, binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def kept(ask: Request) -> Typed | None:
    """What this session keeps of somebody's, when it is theirs."""
    found = ask.session.state.get("typed") if ask.session else None
    if not found or found["who"] != typist(ask.site, ask.user.id) or not found["path"].startswith(f"{PREFIX}/"):
        return None
    return Typed(found["path"], found["who"], tuple((name, value) for name, value in found["fields"]))


async def done(ask: Request) -> None:
    """What was kept has been sent, or is not wanted any more."""
    session = ask.session
    if session is None or "typed" not in session.state:
        return
    state = {name: value for name, value in session.state.items() if name != "typed"}
    await ask.write(lambda db: sessions.keep(db.connection(), ask.site.sealer, session.hash, state))


# Said once --------------------------------------------------------------------------------------


def give_flash(ask: Request, response: web.StreamResponse) -> None:
    """Hand over what the next page says; what this one said is taken back."""
    if ask.flashes:
        sealed = ask.site.sealer.seal("flash", ask.flashes)
        guard.give(response, ask.site, guard.FLASH, base64.urlsafe_b64encode(sealed).decode(), seconds=60)
    elif ask.said and response.status not in (301, 302, 303):
        guard.take_back(response, ask.site, guard.FLASH)


def read_flash(ask: Request) -> list[tuple[str, str]]:
    """What the page before had to say."""
    held = guard.cookie(ask.http, ask.site, guard.FLASH)
    if not held:
        return []
    try:
        found = ask.site.sealer.unseal("flash", base64.urlsafe_b64decode(held.encode("ascii", "replace")))
        return [(str(kind), str(text)) for kind, text in found]
    except (Tampered, binascii.Error, ValueError, json.JSONDecodeError):
        return []
