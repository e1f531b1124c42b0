"""Publishing a report: what was told before is kept, and homes keep their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from casework.procedure import Profile
from casework.publishing import Ledger, Rules, numbers, published
from casework.report_model import Report, Sheet
from casework.suppression import Sum
from casework.words import S_
from storage import models_published
from storage.ids import new_id
from storage.models import table
from storage.report_texts import Speaker, with_words
from storage.sealer import Sealer

_HOME = table(models_published.HomeNumber)
_PUBLICATION = table(models_published.Publication)
#: Publications that are looked at when a new one is made, the latest.
MOST = 60


def homes(db: Connection, profile: Profile) -> dict[str, int]:
    """Home -> its number, of those that have one."""
    query = select(_HOME.c.service, _HOME.c.number).where(_HOME.c.organisation == profile.id)
    return {row.service: row.number for row in db.execute(query)}


def number_homes(db: Connection, profile: Profile, sealer: Sealer) -> dict[str, int]:
    """Give each home that has none the next number, in an order that says nothing; all. For ``Writer.write``."""
    known = homes(db, profile)
    new = [one.id for one in profile.services.values() if one.residential and one.id not in known]
    found = numbers(sorted(new, key=lambda home: sealer.hashed("home", profile.id, home)), known)
    rows = [{"organisation": profile.id, "service": home, "number": found[home]} for home in new]
    if rows:
        db.execute(insert(_HOME), rows)
    return found


def names(profile: Profile, found: Mapping[str, int], called: str) -> dict[str, str]:
    """Home -> what it is called in what is published: its own number in the profile, else ``called`` with {number}."""
    return {
        one.id: one.number or called.format(number=found[one.id])
        for one in profile.services.values()
        if one.residential and (one.number or one.id in found)
    }


def earlier(db: Connection, organisation: str, sealer: Sealer) -> tuple[Ledger, ...]:
    """What was published before, the oldest first."""
    query = select(_PUBLICATION.c.id, _PUBLICATION.c.ledger).where(_PUBLICATION.c.organisation == organisation)
    rows = db.execute(query.order_by(_PUBLICATION.c.id.desc()).limit(MOST)).all()
    return tuple(_read(sealer.unseal(f"publication:{row.id}", row.ledger)) for row in reversed(rows))


def copy(
    db: Connection, report: Report, profile: Profile, sealer: Sealer, speaker: Speaker, numbers: Mapping[str, int]
) -> tuple[Report, Ledger]:
    """The report as it may be published now, and what it would tell. Changes nothing.

    ``report`` without the year's words: the approved ones are put in. ``numbers`` of ``number_homes``.
    """
    say = speaker.say
    spoken = with_words(db, report, speaker, approved_only=True)
    called = names(profile, numbers, say(S_("Home {number}"), number="{number}"))
    words = frozenset(part.code for part in spoken.parts if not isinstance(part, Sheet)) - {"trend_questions"}
    return published(spoken, Rules(called, words, earlier(db, profile.id, sealer)))


def keep(db: Connection, sealer: Sealer, report: Report, ledger: Ledger, by: str, at: datetime) -> int:
    """It was published; its number. For ``Writer.write``."""
    number = new_id()
    row = {
        "id": number,
        "organisation": report.organisation,
        "since": report.period.since,
        "until": report.period.until,
        "level": report.level,
        "language": report.language,
        "ledger": sealer.seal(f"publication:{number}", _written(ledger)),
        "by": by,
        "at": at,
    }
    db.execute(insert(_PUBLICATION), row)
    return number


def publications(db: Connection, organisation: str) -> list[dict[str, Any]]:
    """What was published, the latest first: id, since, until, level, language, by, at."""
    query = select(_PUBLICATION).where(_PUBLICATION.c.organisation == organisation).order_by(_PUBLICATION.c.id.desc())
    return [{name: value for name, value in row.items() if name != "ledger"} for row in db.execute(query).mappings()]


def _written(ledger: Ledger) -> dict[str, Any]:
    names = list(ledger.figures)
    at = {name: number for number, name in enumerate(names)}
    return {
        "figures": [[name, ledger.figures[name]] for name in names],
        "hidden": sorted(at[name] for name in ledger.hidden),
        "sums": [[at[one.total], *(at[part] for part in one.parts)] for one in ledger.sums],
    }


def _read(kept: Mapping[str, Any]) -> Ledger:
    names = [name for name, _ in kept["figures"]]
    sums = tuple(Sum(names[total], tuple(names[part] for part in parts)) for total, *parts in kept["sums"])
    return Ledger(dict(kept["figures"]), frozenset(names[number] for number in kept["hidden"]), sums)
