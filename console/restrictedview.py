"""What the page of a record says of who may open it, and what a message about an emergency says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from casework.procedure import Profile
from console.alarms import LANGUAGES
from console.render import shown
from console.request import Request
from console.words import N_, speaker
from storage.restricting import KINDS as CODES
from storage.restricting import OPEN, Opening
from storage.staff import Member

#: Why a record is for few.
KINDS: Mapping[str, str] = {
    "safeguarding": N_("It is about safeguarding"),
    "conduct": N_("It is about the conduct of staff"),
}


def few(ask: Request, kind: str, openings: Sequence[Opening], people: Sequence[Member]) -> dict[str, Any]:
    """Who may open a record: why it is for few, how to change that, every emergency."""
    names = {one.id: one.name for one in people}
    return {
        "kind": ask.say(KINDS[kind]) if kind else "",
        "chosen": kind or OPEN,
        "options": [
            (OPEN, ask.say("Everybody whose role reaches it")),
            *((code, ask.say("Only few: {why}", why=ask.say(KINDS[code]))) for code in CODES),
        ],
        "may": ask.may("record.restrict"),
        "openings": [
            (names.get(one.staff, ask.say("Somebody who has left")), one.at, one.until, one.reason) for one in openings
        ],
    }


def glass_wording(profile: Profile, opening: Opening, reference: str, link: str) -> tuple[str, str]:
    """The title and the text of the message to those who keep restricted records: no names, no reason, no words."""
    languages = LANGUAGES.get(profile.nation, ("en",))
    titles = [
        speaker(code)("A restricted record was opened: {organisation}", organisation=profile.name.said(code))
        for code in languages
    ]
    bodies = ["\n".join(_body(speaker(code), code, opening, reference)) for code in languages]
    return " / ".join(titles), "\n\n".join(bodies) + f"\n{link}"


def _body(say: Callable[..., str], language: str, opening: Opening, reference: str) -> Iterator[str]:
    yield say("Record {reference}", reference=reference)
    yield say(
        "Somebody opened it in an emergency, until {time}. Who it was and why is on its page:",
        time=shown(opening.until, language),
    )
