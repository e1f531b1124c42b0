"""Milestones told: what staff do to a record becomes a message to its person, once, a moment later, through the gate.

The job is a row of the transaction that appends the event, so neither is lost. A minute's events of a record are one
message: the first of their jobs to run tells them all and strikes out the others. What the reply page has told itself
never becomes a job; what was corrected meanwhile is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from casework import milestones
from casework.case import corrected, fold
from casework.milestone_texts import Wording
from casework.milestones import Part, Telling
from casework.offer import Name
from casework.procedure import Profile
from casework.record import CaseEvent
from flows.message import Message, render
from flows.session import Line, Say, Voice, World
from flows.steps import Text
from storage import about, casefile, dues, jobs, models_clocks, replies, sending, undelivered
from storage.dues import CASE, TASK
from storage.ids import new_id
from storage.jobs import Job
from storage.models import table
from storage.procedures import Procedures
from storage.secrets import Erased
from storage.tell_jobs import KIND
from storage.vault import Vault

JOB = table(models_clocks.Job)
#: The event that says what was told: ``what`` milestones, ``of`` which events, ``lines``, ``seq`` and ``outbox``.
EVENT_KIND = "told"
#: A task: the reason why it takes longer is a person's to tell.
EXPLAIN = "tell_why"
#: A task: what they were to be told, in English, for somebody who speaks their language.
FOREIGN = "interpreter"
_PARAGRAPHS: dict[Wording, Text] = {}
_RECORD = select(CASE).where(CASE.c.id == bindparam("case"))
_OF_RECORD = (JOB.c.kind == KIND, JOB.c.key.in_(bindparam("keys", expanding=True)))
_WAITING, _DONE = select(JOB.c.key).where(*_OF_RECORD), delete(JOB).where(*_OF_RECORD)


class Stale(Exception):
    """Something happened to the record since the message was made ready: make it ready again."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be told of a record, in the person's words.

    seen     events of the record when it was made ready
    keys     jobs that are done by it, of all those that wait for the record
    telling  None: there is nothing to tell
    foreign  their language is offered no longer: ``message`` is in English, and a person has to say it
    """

    case: int
    seen: int
    keys: tuple[str, ...]
    telling: Telling | None = None
    message: Message | None = None
    foreign: bool = False


def ready(
    db: Connection, vault: Vault, procedures: Procedures, worlds: Callable[[str], World], job: Job, now: datetime
) -> Ready:
    """Make ready what waits to be told of the job's record: read, counted and worded before anybody is held up."""
    case = int(job.key.partition(":")[0])
    there = db.execute(_RECORD, {"case": case}).mappings().first()
    if there is None:
        return Ready(case, 0, (job.key,))
    row = dict(there)
    try:
        history = casefile.events(db, vault, case)
        keys = tuple(db.execute(_WAITING, {"keys": [f"{case}:{event.id}" for event in history]}).scalars())
        wanted = {key.partition(":")[2] for key in keys}
        profile = procedures.under(row["organisation"], row["profile"])
        state, events = fold(profile, history), [event for event in corrected(history) if event.id in wanted]
        found = milestones.telling(profile, state, events, row["reference"], now, _who(db, row, profile, events))
        message, foreign = None, False
        if found is not None:
            world, voice = worlds(row["organisation"]), sending.voice(db, vault, case)
            foreign = not offered(world, voice.language)
            message = compose(world, replace(voice, language="") if foreign else voice, found)
    except Erased:
        return Ready(case, row["events"], (job.key,))
    return Ready(case, row["events"], keys, found, message, foreign)


def tell(db: sqlmodel.Session, vault: Vault, job: Job, ready: Ready, now: datetime) -> Telling | None:
    """Tell what was made ready, through the gate; what was told. For ``Writer.write``.

    What the gate leaves to a person becomes a task, and the record does not say that it was told. Raises Stale, and
    Lost.
    """
    connection = db.connection()
    row = dues.lock(connection, ready.case)
    jobs.held(db, job)
    if row is not None and row["events"] != ready.seen:
        raise Stale
    connection.execute(_DONE, {"keys": [key for key in ready.keys if key != job.key]})
    jobs.done(db, job)
    found, message = ready.telling, ready.message
    if row is None or found is None or message is None:
        return None
    if ready.foreign:
        words = (vault, row["key"], message.lines)
        undelivered.tell(connection, row["organisation"], row["talk"], FOREIGN, now, number=row["number"], words=words)
        return None
    sent = sending.send(db, vault, ready.case, "milestone", message, now)
    if found.explain:
        connection.execute(insert(TASK), dues.task(row, EXPLAIN, "", None, now) | {"id": new_id()})
    if not sent.seq:
        return None
    if "looking" in found.codes:
        replies.finish(connection, ready.case, "tell_who", now)
    data = {"what": list(found.codes), "of": list(found.of), "lines": list(message.lines), "language": message.language}
    _note(connection, vault, row, CaseEvent(EVENT_KIND, now, "system", data=data | _where(sent)))
    return found


def _where(sent: sending.Sent) -> dict[str, int]:
    return {"seq": sent.seq, "outbox": sent.outbox}


def _note(db: Connection, vault: Vault, row: dict[str, Any], event: CaseEvent) -> None:
    """Append it to what happened; ``sending`` may have appended what it keeps meanwhile."""
    events = db.execute(select(CASE.c.events).where(CASE.c.id == row["id"])).scalar_one() + 1
    casefile.put_event(db, casefile.sealed(vault, row | {"events": events}, event))
    db.execute(update(CASE).where(CASE.c.id == row["id"]).values(events=events))


def _who(db: Connection, row: Mapping[str, Any], profile: Profile, events: Sequence[CaseEvent]) -> dict[str, str]:
    """Names that may be said: of staff who have an account, where the profile allows it, and never of whom it is about.

    Somebody from outside is known by what was typed only, which may be anybody: no name is said then.
    """
    if not milestones.names(profile):
        return {}
    found = about.about(db, row["organisation"], row["reference"])
    out = {}
    for event in events:
        chosen = {int(one) for one in event.listed("staff") if one.isdecimal()}
        if event.kind == "role" and chosen and found is not None and not chosen & found.named:
            out[event.id] = ", ".join(event.listed("person"))
    return out


def offered(world: World, language: str) -> bool:
    """Whether we have every text in a language; nothing is sent half translated."""
    return language in ("", *(code for code, _ in world.languages))


# Words --------------------------------------------------------------------------------------------


def compose(world: World, voice: Voice, telling: Telling) -> Message:
    """The message in the person's language, register and mode."""
    spoken = Voice(voice.language or "en", voice.register, voice.easy)
    return render(Say(tuple(_line(world, spoken, part) for part in telling.parts), spoken), world)


def _line(world: World, voice: Voice, part: Part) -> Line:
    args = {name: _said(world, voice, value) for name, value in part.args.items()}
    if own := part.own.get(voice.language):
        return Line(_text(Wording(own)), args)
    return Line(_text(part.wording), args)


def _said(world: World, voice: Voice, value: milestones.Value) -> str:
    if isinstance(value, Wording):
        return world.words(Line(_text(value)), voice)
    if isinstance(value, Name):
        return value.said(voice.language)
    return world.show_date(value, voice) if isinstance(value, date) else value


def _text(wording: Wording) -> Text:
    """One Text for each wording: a world remembers what it has translated by the text itself."""
    found = _PARAGRAPHS.get(wording)
    if found is None:
        found = Text(wording.plain, wording.child, wording.young, wording.easy)
        _PARAGRAPHS[wording] = found
    return found
