""" "You said, we did": the words of an action in each language, the public page, and the sending to all who raised it.

A sending walks through the talks in the order of their numbers, a few in each transaction: who is told is written down
in the transaction that tells them, so that nobody is told twice however often it is begun, and it goes on where it
was. The gate of safe contact is asked about each of them then, and again when the message leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, not_, or_, select, update

from casework import learning as wording
from casework.calendar import LONDON
from flows.message import Message, render
from flows.session import Line, Say, Voice, World
from flows.steps import Text
from storage import jobs, models, models_learning, sending
from storage.learning import LEARNING, LINK, Action
from storage.models import table
from storage.vault import Vault

_CASE, _FACT, _TALK = table(models.Case), table(models.CaseFact), table(models.Talk)
_ALERT, _OUTBOX = table(models.Alert), table(models.Outbox)
_TEXT, _NEWS, _TOLD = (
    table(one) for one in (models_learning.LearningText, models_learning.News, models_learning.NewsTold)
)
#: The kind of job that sends; its key is the number of the sending.
KIND = "news"
INTRO = Text(wording.INTRO, child=wording.INTRO_CHILD)
#: How a preview reads.
ADULT = Voice()
YOU_SAID, WE_DID, NO_MORE = Text(wording.YOU_SAID), Text(wording.WE_DID), Text(wording.NO_MORE)


# Words --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """What was said and what was done, in one language; ``title`` stands on the page only."""

    language: str
    title: str
    said: str
    did: str


def words(db: Connection, learning: int) -> dict[str, Words]:
    """Language -> the words of an action."""
    query = select(_TEXT).where(_TEXT.c.learning == learning).order_by(_TEXT.c.language)
    return {row["language"]: _words(row) for row in db.execute(query).mappings()}


def _words(row: Mapping[Any, Any]) -> Words:
    return Words(row["language"], row["title"], row["said"], row["did"])


def write(db: sqlmodel.Session, one: Action, words: Words, by: str, now: datetime) -> None:
    """The words of an action in a language from now on; empty ones are taken away. For ``Writer.write``."""
    connection = db.connection()
    connection.execute(delete(_TEXT).where(_TEXT.c.learning == one.id, _TEXT.c.language == words.language))
    if not (words.title or words.said or words.did):
        return
    row = {"learning": one.id, "language": words.language, "organisation": one.organisation, "by": by, "at": now}
    connection.execute(insert(_TEXT), row | {"title": words.title, "said": words.said, "did": words.did})


def publish(db: sqlmodel.Session, one: Action, by: str, now: datetime | None) -> None:
    """Put its words on the public page at ``now``, or (None) take them away. For ``Writer.write``."""
    here = (LEARNING.c.id == one.id, LEARNING.c.organisation == one.organisation)
    db.connection().execute(update(LEARNING).where(*here).values(published_at=now, published_by=by if now else ""))


@dataclass(frozen=True, slots=True)
class Published:
    """One entry of the public page: its day, its words by language."""

    day: date
    words: Mapping[str, Words]


def published(db: Connection, organisation: str, most: int = 60) -> list[Published]:
    """What stands on an organisation's public page, the newest first."""
    on = (LEARNING.c.organisation == organisation, LEARNING.c.published_at.is_not(None))
    query = select(LEARNING.c.id, LEARNING.c.published_at).where(*on).order_by(LEARNING.c.published_at.desc())
    found: dict[int, Published] = {
        row.id: Published(row.published_at.astimezone(LONDON).date(), {}) for row in db.execute(query.limit(most))
    }
    each: dict[int, dict[str, Words]] = {number: {} for number in found}
    for row in db.execute(select(_TEXT).where(_TEXT.c.learning.in_(list(found)))).mappings():
        each[row["learning"]][row["language"]] = _words(row)
    return [Published(one.day, each[number]) for number, one in found.items() if each[number]]


def any_published(db: Connection, organisation: str) -> bool:
    """Whether anything stands there."""
    on = (LEARNING.c.organisation == organisation, LEARNING.c.published_at.is_not(None))
    return db.execute(select(LEARNING.c.id).where(*on).limit(1)).first() is not None


# Whom it is for -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Whom to tell: who raised the themes (and services) of the action between two days, both counted.

    fallback  a language for whoever's has no words, "" to leave them out
    """

    since: date
    until: date
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who raised it: their talk, the newest of its records that did, their language."""

    talk: int
    case: int
    language: str


def _people(one: Action, ask: Ask) -> Select[Any]:
    """The talks that raised it, each with its newest record that did and its language, in the order of their numbers.

    Besides those of the themes whoever the action came from; nobody who was told of it before.
    """
    first = datetime.combine(ask.since, time(), LONDON)
    last = datetime.combine(ask.until + timedelta(days=1), time(), LONDON)
    mine = exists().where(LINK.c.learning == one.id, LINK.c.case_id == _CASE.c.id)
    raised = and_(_fact("theme", one.themes), _CASE.c.filed_at >= first, _CASE.c.filed_at < last)
    if one.services:
        raised = and_(raised, _fact("services", one.services))
    told = exists().where(_TOLD.c.learning == one.id, _TOLD.c.talk == _CASE.c.talk)
    query = select(_CASE.c.talk, func.max(_CASE.c.id).label("case_id"), func.max(_TALK.c.language).label("language"))
    query = query.join(_TALK, _TALK.c.id == _CASE.c.talk)
    query = query.where(_CASE.c.organisation == one.organisation, _CASE.c.complete, not_(told))
    query = query.where(or_(mine, raised) if one.themes else mine)
    return query.group_by(_CASE.c.talk).order_by(_CASE.c.talk)


def _fact(name: str, values: tuple[str, ...]) -> Any:
    return exists().where(_FACT.c.case_id == _CASE.c.id, _FACT.c.fact == name, _FACT.c.value.in_(values))


def _language(theirs: str, written: Mapping[str, Words], fallback: str) -> str:
    """The language in which somebody is told, "" when there are no words for them."""
    return theirs if theirs in written else fallback if fallback in written else ""


def _danger(db: Connection, talk: int) -> bool:
    open_ = (_ALERT.c.talk == talk, _ALERT.c.acknowledged_at.is_(None))
    return db.execute(select(_ALERT.c.id).where(*open_).limit(1)).first() is not None


@dataclass(slots=True)
class Preview:
    """How many people it is for: ``now`` may be told, ``later`` when it is allowed; ``unwritten`` by their language.

    refused  why (``casework.contact.REASONS``, or "danger") -> how many may not be told
    neutral  how many of those who are told get only word that there is a message: others read the phone
    told     how many were told before
    """

    now: int = 0
    later: int = 0
    neutral: int = 0
    told: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unwritten: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        return self.now + self.later + self.refused.total() + self.unwritten.total()


def preview(db: Connection, vault: Vault, one: Action, ask: Ask, now: datetime) -> Preview:
    """What a sending would do now. Blocking: about a millisecond a person."""
    written, out = words(db, one.id), Preview()
    out.told = int(db.execute(select(func.count()).where(_TOLD.c.learning == one.id)).scalar_one())
    open_ = select(_ALERT.c.talk).where(_ALERT.c.organisation == one.organisation, _ALERT.c.acknowledged_at.is_(None))
    danger = set(db.execute(open_).scalars())
    for talk, case, language in db.execute(_people(one, ask)).all():
        if talk in danger:
            out.refused["danger"] += 1
            continue
        verdict, _ = sending.judge(db, vault, case, "news", now)
        if not verdict.go and verdict.until is None:
            out.refused[verdict.reason] += 1
        elif not _language(language, written, ask.fallback):
            out.unwritten[language or "en"] += 1
        else:
            out.now += verdict.go
            out.later += not verdict.go
            out.neutral += verdict.neutral
    return out


# Sending ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """One sending (``models_learning.News``)."""

    id: int
    learning: int
    organisation: str
    since: date
    until: date
    fallback: str
    state: str
    reached: int
    people: int
    refused: int
    unwritten: int
    by: str
    at: datetime
    ended_at: datetime | None


class Busy(Exception):
    """A sending of this action is under way."""


def begin(db: sqlmodel.Session, number: int, one: Action, ask: Ask, by: str, now: datetime) -> None:
    """Send it, by a job, from now on. Raises Busy. For ``Writer.write``."""
    connection = db.connection()
    connection.execute(select(LEARNING.c.id).where(LEARNING.c.id == one.id).with_for_update())
    going = (_NEWS.c.learning == one.id, _NEWS.c.state == "sending")
    if connection.execute(select(_NEWS.c.id).where(*going)).first() is not None:
        raise Busy
    row = {
        "id": number, "learning": one.id, "organisation": one.organisation, "since": ask.since, "until": ask.until,
        "fallback": ask.fallback, "state": "sending", "reached": 0, "people": 0, "refused": 0, "unwritten": 0,
        "by": by, "at": now, "ended_at": None,
    }  # fmt: skip
    connection.execute(insert(_NEWS), row)
    jobs.put(connection, KIND, str(number), one.organisation, now)


def stop(db: sqlmodel.Session, one: Action, number: int, now: datetime) -> int:
    """Send nothing more of it; what waits is not sent either, and whoever it was for may be told another time.

    How many messages were held back. For ``Writer.write``.
    """
    connection = db.connection()
    mine = (_NEWS.c.id == number, _NEWS.c.learning == one.id)
    if connection.execute(select(_NEWS.c.id).where(*mine).with_for_update()).first() is None:
        return 0
    waiting = select(_OUTBOX.c.id).join(_TOLD, _TOLD.c.outbox == _OUTBOX.c.id)
    waiting = waiting.where(_TOLD.c.news == number, _TOLD.c.learning == one.id, _OUTBOX.c.state == "due")
    held = list(connection.execute(waiting).scalars())
    changed = mine if held else (*mine, _NEWS.c.state == "sending")
    connection.execute(update(_NEWS).where(*changed).values(state="stopped", ended_at=now))
    for start in range(0, len(held), 500):
        part = held[start : start + 500]
        connection.execute(
            update(_OUTBOX).where(_OUTBOX.c.id.in_(part)).values(state="failed", error="news:stopped", body=None)
        )
        connection.execute(delete(_TOLD).where(_TOLD.c.learning == one.id, _TOLD.c.outbox.in_(part)))
    return len(held)


def sendings(db: Connection, learning: int) -> list[News]:
    """The sendings of an action, the newest first."""
    query = select(_NEWS).where(_NEWS.c.learning == learning).order_by(_NEWS.c.id.desc())
    return [News(**row) for row in db.execute(query).mappings()]


def came(db: Connection, number: int) -> Counter[str]:
    """What became of a sending: state of the outbox, or "page", -> how many; "neutral" counts among all of them."""
    state = func.coalesce(_OUTBOX.c.state, "page")
    query = select(state, func.count()).select_from(_TOLD.outerjoin(_OUTBOX, _OUTBOX.c.id == _TOLD.c.outbox))
    found: Counter[str] = Counter(dict(db.execute(query.where(_TOLD.c.news == number).group_by(state)).all()))
    kept = select(func.count()).where(_TOLD.c.news == number, _TOLD.c.neutral)
    found["neutral"] = int(db.execute(kept).scalar_one())
    return found


def load(db: Connection, number: int) -> News | None:
    """One sending."""
    row = db.execute(select(_NEWS).where(_NEWS.c.id == number)).mappings().first()
    return News(**row) if row is not None else None


def next_people(db: Connection, one: Action, news: News, most: int) -> list[Person]:
    """Who comes next, at most so many."""
    query = _people(one, Ask(news.since, news.until)).where(_CASE.c.talk > news.reached)
    return [Person(*row) for row in db.execute(query.limit(most))]


def tell(db: sqlmodel.Session, vault: Vault, job: jobs.Job, one: Action, part: Sequence[Person], now: datetime) -> bool:
    """Tell these people, in the order of their talks; False when it was stopped. Raises Lost. For ``Writer.write``."""
    jobs.held(db, job)
    connection, number = db.connection(), int(job.key)
    news = load(connection, number)
    if news is None or news.state != "sending":
        return False
    written = words(connection, one.id)
    found: Counter[str] = Counter()
    for person in part:
        if person.talk > news.reached:
            found[_tell(db, vault, one, news, written, person, now)] += 1
    values = {
        "reached": max(news.reached, *(person.talk for person in part)),
        "people": news.people + found.total() - found["before"],
        "refused": news.refused + found["refused"],
        "unwritten": news.unwritten + found["unwritten"],
    }
    connection.execute(update(_NEWS).where(_NEWS.c.id == number).values(**values))
    return True


def finish(db: sqlmodel.Session, job: jobs.Job, now: datetime) -> None:
    """Everybody was dealt with. For ``Writer.write``."""
    still = (_NEWS.c.id == int(job.key), _NEWS.c.state == "sending")
    db.connection().execute(update(_NEWS).where(*still).values(state="sent", ended_at=now))
    jobs.done(db, job)


def _tell(
    db: sqlmodel.Session,
    vault: Vault,
    one: Action,
    news: News,
    written: Mapping[str, Words],
    person: Person,
    now: datetime,
) -> str:
    """What became of one person: "told", "before", "refused" or "unwritten"."""
    connection, talk, case = db.connection(), person.talk, person.case
    if connection.execute(select(_TOLD.c.talk).where(_TOLD.c.learning == one.id, _TOLD.c.talk == talk)).first():
        return "before"
    if _danger(connection, talk):
        return "refused"
    verdict, _ = sending.judge(connection, vault, case, "news", now)
    if not verdict.go and verdict.until is None:
        return "refused"
    language = _language(person.language, written, news.fallback)
    if not language:
        return "unwritten"
    world = db.info[sending.WORLDS](one.organisation)
    message = compose(world, written[language], sending.voice(connection, vault, case))
    sent = sending.send(db, vault, case, "news", message, now)
    row = {
        "learning": one.id, "talk": talk, "organisation": one.organisation, "news": news.id, "case_id": case,
        "outbox": sent.outbox, "neutral": sent.verdict.neutral, "at": now,
    }  # fmt: skip
    connection.execute(insert(_TOLD), row)
    return "told"


def compose(world: World, words: Words, voice: Voice = ADULT) -> Message:
    """What one person is sent: the organisation's words, and ours around them in the language of those words."""
    spoken = Voice(words.language, voice.register, voice.easy)
    lines = (
        Line(INTRO),
        Line(YOU_SAID, {"said": words.said}),
        Line(WE_DID, {"did": words.did}),
        Line(NO_MORE),
    )
    return render(Say(lines, spoken), world)
