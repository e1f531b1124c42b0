"""Asking people how we did, and what somebody who is not happy can do: the store's part (docs/survey.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlmodel
from sqlalchemy import Connection, select, update

from casework import escalation
from casework.case import corrected, fold
from casework.procedure import Profile
from casework.record import CaseEvent, CaseState
from casework.told import promised
from flows import engine, phrases
from flows.message import render
from flows.scripts import common
from flows.session import Line, Said, Say, Session, Voice
from storage import casefile, dues, models, sending
from storage.jobs import Job, done
from storage.models import table
from storage.procedures import Procedures
from storage.secrets import Erased
from storage.survey_jobs import after
from storage.vault import Vault
from storage.work import packed

ALERT = table(models.Alert)
CASE = table(models.Case)
EVENT = table(models.CaseEvent)
FACT = table(models.CaseFact)
TALK = table(models.Talk)

#: The event that says that they were asked.
ASKED = "survey_asked"
#: Something else is under way: looked at again, one working day later each time, for so long.
PATIENCE = timedelta(days=28)
#: Kinds that nobody is asked about.
NOT_ASKED = ("compliment", "unfinished", "")
#: What was promised, by events.
PROMISES = ("remedy", "remedy_approved", "remedy_done")


# What they can do next ------------------------------------------------------------------------------


def ways(
    db: Connection,
    vault: Vault,
    procedures: Procedures,
    reference: str,
    talk: Mapping[str, Any],
    session: Session,
    now: datetime,
) -> dict[str, str]:
    """The answer to ``Need("ways")`` (``flows.session``): what may be done about a record that is theirs."""
    out = {"state": "ways", "ways": ""}
    mine = (CASE.c.reference == reference, CASE.c.organisation == talk["organisation"])
    row = db.execute(select(CASE).where(*mine)).mappings().first()
    history = casefile.events(db, vault, row["id"]) if row is not None else ()
    if row is None or not history:
        return out
    profile = procedures.under(row["organisation"], row["profile"])
    state = fold(profile, history)
    language = session.voice.language or "en"
    codes = []
    for way in escalation.ways(profile, state, now):
        if way.kind == "next" and not way.refused:
            codes.append(_next(way))
            out["next_step"] = profile.stages[way.stage].name.said(language)
        elif way.kind == "ombudsman" and profile.ombudsman is not None:
            codes += ["ombudsman", *(["ombudsman_by"] if way.by and not way.late else [])]
            out |= {"ombudsman": profile.ombudsman.name.said(language), "web": profile.ombudsman.web}
        elif way.kind != "next":
            codes.append(way.kind)
        if way.by is not None and not way.refused:
            out[f"{way.kind}_by"] = way.by.isoformat()
    if (stage := profile.stages.get(state.stage)) is not None:
        out["asked_step"] = stage.name.said(language)
    if (answer_by := promised(profile, state).get("answer_by")) is not None:
        codes.append("answer_by")
        out["answer_by"] = answer_by.isoformat()
    if "child" in _facts(db, row["id"]).get("who", ()) and "advocate" in codes:
        codes.append("child")
    return out | {"ways": " ".join(codes)}


def _next(way: escalation.Way) -> str:
    if way.early:
        return "next_early"
    if way.late:
        return "next_late"
    return "next_by" if way.by is not None else "next"


def _facts(db: Connection, case: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for fact, value in db.execute(select(FACT.c.fact, FACT.c.value).where(FACT.c.case_id == case)):
        found[fact] = (*found.get(fact, ()), value)
    return found


# Offered to whoever asks how theirs is going --------------------------------------------------------


def offer(db: Connection, case: Mapping[str, Any]) -> dict[str, str]:
    """For ``Need("progress")``: "unsurveyed" and "promised", where a closed record was not answered about since."""
    if case["place"] != "closed" or case["kind"] in NOT_ASKED:
        return {}
    wanted = ("closed", "surveyed", *PROMISES)
    query = select(EVENT.c.type).where(EVENT.c.case_id == case["id"], EVENT.c.type.in_(wanted)).order_by(EVENT.c.seq)
    types = list(db.execute(query).scalars())
    last = next((one for one in reversed(types) if one in ("closed", "surveyed")), "")
    if last != "closed":
        return {}
    return {"unsurveyed": "yes"} | ({"promised": "yes"} if set(PROMISES) & set(types) else {})


# Asked by us ----------------------------------------------------------------------------------------


def ask(db: sqlmodel.Session, vault: Vault, procedures: Procedures, job: Job, now: datetime) -> None:
    """Ask about the record of a job, or once more; or look again; or let it be. For ``Writer.write``.

    The question, the talk that is open for its answer, the event on the record and the job are one.
    """
    done(db, job, _ask(db, vault, procedures, job, now))


def _ask(db: sqlmodel.Session, vault: Vault, procedures: Procedures, job: Job, now: datetime) -> datetime | None:
    """When to look again, None for never."""
    connection = db.connection()
    case, seq = map(int, job.key.split(":"))
    row = dues.lock(connection, case)
    history = casefile.events(connection, vault, case) if row is not None else ()
    if row is None or not history:
        return None
    profile = procedures.under(row["organisation"], row["profile"])
    times = _times(profile, fold(profile, history), history, str(seq))
    if times is None:
        return None
    planned = times[-1].at if times else next(event.at for event in history if event.id == str(seq))
    days = profile.survey.remind if times else profile.survey.days
    late, again = now > after(profile, planned, days) + PATIENCE, after(profile, now, 1)
    verdict, _ = sending.judge(connection, vault, case, "survey", now)
    if late or (not verdict.go and verdict.until is None):
        return None
    if verdict.until is not None:
        return verdict.until
    if _in_danger(connection, row):
        return again
    if row["language"] not in ("", *(code for code, _ in db.info[sending.WORLDS](row["organisation"]).languages)):
        return None  # nothing is sent half translated, and nobody waits for it
    if verdict.neutral:
        # Others may read it there: only that there is a message; the questions wait with "how is mine going?".
        world, voice = db.info[sending.WORLDS](row["organisation"]), Voice(row["language"])
        sending.send(db, vault, case, "survey", render(Say((Line(phrases.HOW_WE_DID),), voice), world), now)
        _noted(db, vault, procedures, case, now)
        return None
    if not _begin(db, vault, row, history, times, now):
        return again
    _noted(db, vault, procedures, case, now)
    return after(profile, now, profile.survey.remind) if profile.survey.remind and not times else None


def _times(profile: Profile, state: CaseState, history: Sequence[CaseEvent], seq: str) -> tuple[CaseEvent, ...] | None:
    """The times they were asked since event ``seq``; None when nobody is to be asked (again)."""
    standing = corrected(history)
    place = next((i for i, event in enumerate(standing) if event.id == seq), None)
    if place is None:
        return None
    follows, since = standing[place].kind, standing[place + 1 :]
    here = state.place == follows or (state.place == "closed" and "closed" not in profile.survey.after)
    over = any(event.kind in ("surveyed", "unhappy", follows) for event in since)
    times = tuple(event for event in since if event.kind == ASKED)
    if not here or over or len(times) > (1 if profile.survey.remind else 0):
        return None
    return times


def _in_danger(db: Connection, row: Mapping[str, Any]) -> bool:
    """Whether nobody has acknowledged a sign of danger of the talk yet."""
    open_sign = (ALERT.c.talk == row["talk"], ALERT.c.acknowledged_at.is_(None))
    return db.execute(select(ALERT.c.id).where(*open_sign).limit(1)).first() is not None


def _begin(
    db: sqlmodel.Session,
    vault: Vault,
    row: Mapping[str, Any],
    history: Sequence[CaseEvent],
    times: Sequence[CaseEvent],
    now: datetime,
) -> bool:
    """Send the first question and leave the talk open for its answer; False while something else is under way."""
    connection = db.connection()
    talk = connection.execute(select(TALK).where(TALK.c.id == row["talk"])).mappings().one()
    place = f"talk.session:{talk['id']}"
    try:
        session = Session.from_json(json.loads(vault.unseal(place, talk["session"])))
    except Erased:
        return False
    world, facts = db.info[sending.WORLDS](row["organisation"]), _facts(connection, row["id"])
    about = ["again" if times else "begun"]
    about += ["promised"] if any(event.kind in PROMISES for event in corrected(history)) else []
    entry = {
        "reference": row["reference"],
        "about": " ".join(about),
        "register": register(facts),
        "easy": "yes" if facts.get("easy") else "",
    }
    opened, effects = engine.turn(session, Said(now, event="ask", entry=entry), world)
    say = next((effect for effect in effects if isinstance(effect, Say)), None)
    if say is None:
        return False
    sending.send(db, vault, row["id"], "survey", render(say, world), now)
    changes = {"session": vault.seal(talk["key"], place, packed(opened.to_json())), "wake_at": opened.wake}
    mine = (TALK.c.id == talk["id"], TALK.c.turn_no == talk["turn_no"])
    connection.execute(update(TALK).where(*mine).values(changes | {"turn_no": talk["turn_no"] + 1}))
    return True


def _noted(db: sqlmodel.Session, vault: Vault, procedures: Procedures, case: int, now: datetime) -> None:
    casefile.append(db, vault, procedures, case, CaseEvent(ASKED, now, "system"))


def register(facts: Mapping[str, Sequence[str]]) -> str:
    """In which register a person is spoken to, by what they said of themselves: "child", "young" or ""."""
    found = ""
    for step in (common.WHO, common.AGE):
        for option in step.options:
            if option.value in facts.get(step.id, ()) and option.register:
                found = option.register
    return found
