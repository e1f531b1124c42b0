"""Milestones told: what staff do to a record becomes a message to its person, once, a moment later, through the gate.

The job is a row of the transaction that appends the event, so neither is lost. A minute's events of a record are one
message: the first of their jobs to run tells them all and strikes out the others. What the reply page has told itself
never becomes a job; what was corrected meanwhile is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlmodel
from sqlalchemy import Connection, delete, insert, select, update

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
from storage import about, casefile, dues, jobs, models_clocks, replies, sending
from storage.dues import CASE, TASK
from storage.ids import new_id
from storage.jobs import Job
from storage.models import table
from storage.procedures import Procedures
from storage.secrets import Erased
from storage.tell_jobs import KIND
from storage.vault import Vault

EVENT = casefile.EVENT
JOB = table(models_clocks.Job)
#: The event that says what was told: ``what`` milestones, ``of`` which events, ``lines``, ``seq`` and ``outbox``.
EVENT_KIND = "told"
#: A task: the reason why it takes longer is a person's to tell.
EXPLAIN = "tell_why"
_PARAGRAPHS: dict[Wording, Text] = {}


def tell(db: sqlmodel.Session, vault: Vault, procedures: Procedures, job: Job, now: datetime) -> Telling | None:
    """Tell what waits to be told of the job's record, through the gate; what was told. For ``Writer.write``.

    What the gate leaves to a person becomes a task, and the record does not say that it was told. Raises Lost.
    """
    connection, case = db.connection(), int(job.key.partition(":")[0])
    row = dues.lock(connection, case)
    jobs.held(db, job)
    waiting = _waiting(connection, case)
    connection.execute(delete(JOB).where(JOB.c.kind == KIND, JOB.c.key.in_(waiting), JOB.c.key != job.key))
    jobs.done(db, job)
    if row is None:
        return None
    try:
        return _tell(db, vault, procedures, row, {key.partition(":")[2] for key in waiting}, now)
    except Erased:
        return None


def _waiting(db: Connection, case: int) -> list[str]:
    query = select(JOB.c.key).where(JOB.c.kind == KIND, JOB.c.key.startswith(f"{case}:", autoescape=True))
    return list(db.execute(query).scalars())


def _tell(
    db: sqlmodel.Session, vault: Vault, procedures: Procedures, row: dict[str, Any], wanted: set[str], now: datetime
) -> Telling | None:
    connection, case = db.connection(), row["id"]
    profile = procedures.under(row["organisation"], row["profile"])
    history = casefile.events(connection, vault, case)
    events = [event for event in corrected(history) if event.id in wanted]
    state = fold(profile, history)
    found = milestones.telling(profile, state, events, row["reference"], now, _who(connection, row, profile, events))
    if found is None:
        return None
    voice = sending.voice(connection, vault, case)
    message = compose(db.info[sending.WORLDS](row["organisation"]), voice, found)
    sent = sending.send(db, vault, case, "milestone", message, now)
    if found.explain:
        connection.execute(insert(TASK), dues.task(row, EXPLAIN, "", None, now) | {"id": new_id()})
    if not sent.seq:
        return None
    if "looking" in found.codes:
        replies.finish(connection, case, "tell_who", now)
    data = {"what": list(found.codes), "of": list(found.of), "lines": list(message.lines), "language": message.language}
    _note(connection, vault, row, CaseEvent(EVENT_KIND, now, "system", data=data | _where(sent)))
    return found


def _where(sent: sending.Sent) -> dict[str, int]:
    return {"seq": sent.seq, "outbox": sent.outbox}


def _note(db: Connection, vault: Vault, row: dict[str, Any], event: CaseEvent) -> None:
    """Append it to what happened; ``sending`` may have appended what it keeps meanwhile."""
    events = db.execute(select(CASE.c.events).where(CASE.c.id == row["id"])).scalar_one() + 1
    db.execute(insert(EVENT), casefile.sealed(vault, row | {"events": events}, event))
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
