""" "You said, we did": the words of an action in each language, the public page, and the sending to all who raised it.

A sending walks through the talks in the order of their numbers, a few in each transaction: who is told is written down
in the transaction that tells them, so that nobody is told twice however often it is begun, and it goes on where it
was. The gate of safe contact is asked about each of them then, and again when the message leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, insert, not_, or_, select, update

from casework import learning as wording
from casework.calendar import midnight
from casework.contact import Verdict
from flows.message import Message, render
from flows.session import Line, Say, Voice, World
from flows.steps import Text
from storage import gate, jobs, models, models_learning, sending
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
REGISTERS = ("", "child", "young")
#: People in memory at once when they are counted.
PART = 500
YOU_SAID, WE_DID, NO_MORE = Text(wording.YOU_SAID), Text(wording.WE_DID), Text(wording.NO_MORE)
_DANGER = select(_ALERT.c.talk).where(
    _ALERT.c.talk.in_(bindparam("talks", expanding=True)), _ALERT.c.acknowledged_at.is_(None)
)
_BEFORE = select(_TOLD.c.talk).where(
    _TOLD.c.learning == bindparam("learning"), _TOLD.c.talk.in_(bindparam("talks", expanding=True))
)
_NEW_TOLD = insert(_TOLD)


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
    return {row["language"]: words_of(row) for row in db.execute(query).mappings()}


def words_of(row: Mapping[Any, Any]) -> Words:
    """The words in a row of ``learning_text``."""
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
    first = midnight(ask.since)
    last = midnight(ask.until + timedelta(days=1))
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


def _language(theirs: str, written: Collection[str], fallback: str) -> str:
    """The language in which somebody is told, "" when there are no words for them."""
    return theirs if theirs in written else fallback if fallback in written else ""


def _in_danger(db: Connection, people: Sequence[Person]) -> set[int]:
    """The talks of these people in which a sign of danger waits for somebody to acknowledge it."""
    return set(db.execute(_DANGER, {"talks": [person.talk for person in people]}).scalars())


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
        """How many it is for: told now or later, not to be told, or without words in their language."""
        return self.now + self.later + self.refused.total() + self.unwritten.total()


def preview(db: Connection, vault: Vault, one: Action, ask: Ask, now: datetime) -> Preview:
    """What a sending would do now. Blocking: a fifth of a millisecond a person, PART of them in memory at once."""
    written, out, reached = words(db, one.id), Preview(), 0
    out.told = int(db.execute(select(func.count()).where(_TOLD.c.learning == one.id)).scalar_one())
    while part := _after(db, one, ask, reached, PART):
        reached, danger = part[-1].talk, _in_danger(db, part)
        known = gate.load(db, vault, [person.case for person in part])
        for person in part:
            if person.talk in danger:
                out.refused["danger"] += 1
            elif person.case in known:
                _counted(out, known[person.case].verdict("news", now), person.language, written, ask.fallback)
    return out


def _counted(out: Preview, verdict: Verdict, language: str, written: Mapping[str, Words], fallback: str) -> None:
    if not verdict.go and verdict.until is None:
        out.refused[verdict.reason] += 1
    elif not _language(language, written, fallback):
        out.unwritten[language or "en"] += 1
    else:
        out.now += verdict.go
        out.later += not verdict.go
        out.neutral += verdict.neutral


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
    return _after(db, one, Ask(news.since, news.until), news.reached, most)


def _after(db: Connection, one: Action, ask: Ask, reached: int, most: int) -> list[Person]:
    return [Person(*row) for row in db.execute(_people(one, ask).where(_CASE.c.talk > reached).limit(most))]


#: What is sent, drawn once for everybody whom it says the same to: by language, register and whether it is easy-read.
Drawn = Mapping[tuple[str, str, bool], Message]


def drawn(world: World, written: Mapping[str, Words]) -> Drawn:
    """The message in each language that has words and is offered, register and mode. Not for ``Writer.write``."""
    offered = [code for code, _ in world.languages if code in written]
    voices = [
        Voice(language, register, easy) for language in offered for register in REGISTERS for easy in (False, True)
    ]
    return {_key(voice): compose(world, written[voice.language], voice) for voice in voices}


def _key(voice: Voice) -> tuple[str, str, bool]:
    return voice.language, voice.register if voice.register in REGISTERS else "", voice.easy


def tell(
    db: sqlmodel.Session,
    vault: Vault,
    job: jobs.Job,
    one: Action,
    part: Sequence[Person],
    messages: Drawn,
    now: datetime,
) -> bool:
    """Tell these people, in the order of their talks; False when it was stopped. Raises Lost. For ``Writer.write``.

    Each talk's gate is asked here, with the talk locked, so that nobody is told who has just said no.
    """
    jobs.held(db, job)
    connection, number = db.connection(), int(job.key)
    news = load(connection, number)
    if news is None or news.state != "sending":
        return False
    part = [person for person in part if person.talk > news.reached]
    if not part:
        return True
    known = gate.load(connection, vault, [person.case for person in part], lock=True)
    before = set(connection.execute(_BEFORE, {"learning": one.id, "talks": [p.talk for p in part]}).scalars())
    danger, found = _in_danger(connection, part), Counter[str]()
    those: list[tuple[gate.Person, Message]] = []
    for person in part:
        if person.talk in before or person.case not in known:
            continue
        reader = known[person.case]
        verdict = reader.verdict("news", now)
        language = _language(person.language, {key[0] for key in messages}, news.fallback)
        if person.talk in danger or (not verdict.go and verdict.until is None):
            found["refused"] += 1
        elif not language:
            found["unwritten"] += 1
        else:
            those.append((reader, messages[_key(replace(reader.voice, language=language))]))
    rows = [
        {
            "learning": one.id, "talk": reader.row["id"], "organisation": one.organisation, "news": news.id,
            "case_id": reader.case, "outbox": sent.outbox, "neutral": sent.verdict.neutral, "at": now,
        }
        for (reader, _), sent in zip(those, sending.send_all(db, vault, those, "news", now), strict=True)
    ]  # fmt: skip
    if rows:
        connection.execute(_NEW_TOLD, rows)
    values = {
        "reached": part[-1].talk,
        "people": news.people + len(those) + found.total(),
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
