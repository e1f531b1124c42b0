"""Learning: where an action stands, when somebody looks whether it lasted, and what "you said, we did" may say.

Sources: the annual reports of Action for Children, Dudley and Sandwell (what was learned, action, owner, due day,
evidence, a later check that it lasted); ``docs/publication.md`` (a small home keeps a number, not a name). Procedures
want an action plan after stage 2 and 3 (``planless``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from casework.calendar import add_months
from casework.letters import C_, N_
from casework.procedure import Profile
from casework.record import CaseState
from casework.words import S_

#: Where an action may stand that still wants somebody's hand; of the others (``storage.models_learning``) none is owed.
OWED = ("open", "slipped")
#: Months after it was done on which somebody looks whether it lasted, where no other day was chosen.
LASTS = 3
#: Characters that each part of "you said, we did" may have: with what is around them some three segments of a text
#: message; the page says how many, and that two are enough.
LONGEST: Mapping[str, int] = {"title": 80, "said": 120, "did": 180}
#: Segments in the plain alphabet, and in the other, beyond which a text is too long for many phones' owners.
SEGMENTS: Mapping[str, int] = {"gsm7": 2, "ucs2": 4}


def check_day(done: date) -> date:
    """The day on which somebody looks whether it lasted."""
    return add_months(done, LASTS)


def stands(state: str, due: date, check_by: date | None, today: date) -> str:
    """Where an action stands on a day: "open", "overdue", "done", "check" (the check is due), "lasted", "slipped"."""
    if state in OWED:
        return "overdue" if due < today else state
    return "check" if state == "done" and check_by is not None and check_by <= today else state


def planless(profile: Profile, state: CaseState) -> bool:
    """Whether a record has had the answer of a later stage and nobody has written its action plan since."""
    later = tuple(f"{stage}.answered" for stage in tuple(profile.stages)[1:])
    answered = state.last(*later) if later else None
    if answered is None:
        return False
    stage = answered.kind.removesuffix(".answered")
    opened = state.last(f"{stage}.requested") or answered
    return not any(event.at >= opened.at for event in state.all("learned"))


# What may be said to many ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that may not stand in a text for many people: ``kind`` is one of LEAKS, ``found`` what it is."""

    kind: str
    found: str


#: Why a text is refused, in words for staff.
LEAKS: Mapping[str, str] = {
    "reference": S_(
        "“{found}” is the number of a record. Leave it out: nobody may be found again by what is said here."
    ),
    "number": S_("“{found}” looks like a receipt or a telephone number. Leave it out."),
    "address": S_("“{found}” is an address. Leave it out."),
    "name": S_("“{found}” names somebody who works here. Leave the name out."),
    "home": S_("“{found}” names a small home: those who live there would be known. Say “one of our homes”."),
}
_REFERENCE = re.compile(r"\bHB[\s\u2010-\u2015-]?[2-9B-Z]{4}[\s\u2010-\u2015-]?[2-9B-Z]{2}\b", re.IGNORECASE)
#: Ten digits or more in a row, whatever stands between them: receipts have sixteen, telephone numbers eleven.
_DIGITS = re.compile(r"\+?\d(?:[\s().\u2010-\u2015-]{0,2}\d){9,}")
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}\.\w+")


def leaks(text: str, names: Iterable[str] = (), homes: Iterable[str] = ()) -> Iterator[Leak]:
    """What in a text could lead to somebody. ``names``: whole names of staff; ``homes``: names that stay inside."""
    plain = unicodedata.normalize("NFKC", text)
    for kind, sign in (("reference", _REFERENCE), ("number", _DIGITS), ("address", _ADDRESS)):
        if found := sign.search(plain):
            yield Leak(kind, found[0].strip())
    folded = f" {_words(plain)} "
    for kind, several in (("name", names), ("home", homes)):
        for one in several:
            if (wanted := _words(one)) and f" {wanted} " in folded:
                yield Leak(kind, one)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


#: What a person confirms before words stand on the public page.
CHECKLIST: Mapping[str, str] = {
    "nobody": S_("It names nobody, and nobody who was there would know of whom it speaks"),
    "few": S_(
        "What is told was raised by enough people, or is so common, that it leads to no child, family or small home"
    ),
    "own": S_("Nobody’s own words stand in it unless they agreed"),
    "true": S_("It is done: it promises nothing that has not happened"),
}

# What people are told ----------------------------------------------------------------------------

#: What stands around the words of the organisation when it is sent.
INTRO = N_("You told us something like this. This changed:")
INTRO_CHILD = C_("child", "You told us something like this. We listened. This changed:")
YOU_SAID = N_("You said: {said}")
WE_DID = N_("We did: {did}")
NO_MORE = N_("No more news like this? Send CONTACT.")
