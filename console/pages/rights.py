"""Data rights of one record: what was agreed to, holds and limits, putting right, how long it is kept, erasing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection, select

from casework.calendar import LONDON
from casework.retention import Papers, rule_for
from console.page import Pages
from console.recordread import load
from console.recordview import View
from console.render import render
from console.request import Request
from console.rightsview import AGAINST, ANYWAY, GROUNDS, MARKS, spoken
from storage import consents, rights, rights_erasing, rights_requests
from storage.about import about
from storage.casefile import EVENT, Refused
from storage.desk import CASE
from storage.rights_erasing import Kept

pages = Pages()


@dataclass(frozen=True, slots=True)
class Other:
    """Another record that may be of the same person."""

    id: int
    reference: str
    kind: str
    place: str


@pages.get("/record/{reference}/agreed", "record.view", audit="record.agreed")
async def agreed(ask: Request) -> web.StreamResponse:
    """What the person agreed to or refused, when, and in which words they were asked."""
    found = await ask.read(lambda db: load(ask, db))
    view, case, vault = View(ask, found), ask.record.id, ask.site.store.vault
    log = await ask.read(lambda db: consents.log(db, vault, case))
    lines = [(one, view.who(one.who), view.event_name(one.event) if one.event else "", one.answer) for one in log]
    return render(ask, "agreed.html", reference=ask.record.reference, lines=lines, head=view.head())


@pages.get("/record/{reference}/rights", "rights.manage", audit="record.rights")
async def show(ask: Request) -> web.StreamResponse:
    """What can be done about this record under the person's rights."""
    return await _shown(ask)


async def _shown(ask: Request, typed: Mapping[str, Any] | None = None) -> web.Response:
    found = await ask.read(lambda db: load(ask, db))
    view, case, vault = View(ask, found), ask.record.id, ask.site.store.vault
    answers = [
        one for one in await ask.read(lambda db: rights.answers(db, vault, case)) if one.get("words") and one["step"]
    ]
    return render(
        ask,
        "rights.html",
        reference=ask.record.reference,
        head=view.head(),
        marks=[(code, title, hint, found.marks.get(code)) for code, title, hint in spoken(ask, MARKS)],
        who=view.who,
        answers=[(one["step"], one["question"], one["words"]) for one in answers],
        kept=await ask.read(lambda db: _kept(ask, db)),
        typed=dict.fromkeys(("step", "words", "because", "mark", "why"), "") | dict(typed or {}),
        erased=not found.history,
    )


def _kept(ask: Request, db: Connection) -> dict[str, Any]:
    """Which rule keeps the record, and until when, were nothing more to happen to it."""
    case, profile = ask.record, ask.profile
    kind, place = db.execute(select(CASE.c.kind, CASE.c.place).where(CASE.c.id == case.id)).one()
    last = db.execute(select(EVENT.c.at).where(EVENT.c.case_id == case.id).order_by(EVENT.c.seq.desc())).scalar()
    if last is None:
        return {"rule": None}
    services = set(case.services) | {
        "residential" for one in case.services if (s := profile.services.get(one)) and s.residential
    }
    since = last.astimezone(LONDON).date()
    rule = rule_for(profile, Papers(kind, services, case.danger, case.accused), since)
    name = rule.name.said(ask.language) if rule else ""
    return {"rule": rule, "name": name, "until": rule.until(since) if rule else None, "open": place != "closed"}


@pages.post("/record/{reference}/rights/mark", "rights.manage", audit="rights.mark")
async def mark(ask: Request) -> web.StreamResponse:
    """Hold it, limit its use, or lift that; with the reason."""
    which = next(iter(ask.chosen("mark", rights.MARKS)), "")
    why, lift = ask.text("why", rights.LONGEST), bool(ask.chosen("lift", ["yes"]))
    if not which or not why:
        ask.errors.add("why", ask.say("Write why: whoever comes after you has to understand it"))
    if ask.errors:
        return await _shown(ask, {"mark": which, "why": why})
    case, by, now, vault = ask.record.id, f"staff:{ask.user.id}", ask.now, ask.site.store.vault
    change = rights.lift_mark if lift else rights.put_mark
    try:
        await ask.write(lambda db: change(db, vault, case, which, why, by, now))
    except Refused as refusal:
        ask.errors.add("why", ask.say(str(refusal.why)))
        return await _shown(ask, {"mark": which, "why": why})
    return ask.back_to(f"/record/{ask.record.reference}/rights", ask.say("Saved."))


@pages.post("/record/{reference}/rights/correct", "rights.manage", audit="rights.correct")
async def correct(ask: Request) -> web.StreamResponse:
    """Put an answer right; the one before stays in the history."""
    step, words, why = str(ask.form.get("step", ""))[:60], ask.text("words"), ask.text("because", rights.LONGEST)
    if not why:
        ask.errors.add("because", ask.say("Write who asked for it, and how you know that it is right"))
    if not words:
        ask.errors.add("words", ask.say("Write the answer as it should be"))
    typed = {"step": step, "words": words, "because": why}
    if ask.errors:
        return await _shown(ask, typed)
    case, by, now, vault = ask.record.id, f"staff:{ask.user.id}", ask.now, ask.site.store.vault
    organisation = ask.user.organisation

    def put(db: sqlmodel.Session) -> None:
        rights.put_right(db, vault, case, step, [words], why, by, now)
        rights_requests.noted(db.connection(), organisation, "rectification", 1, by, now)

    try:
        await ask.write(put)
    except Refused as refusal:
        ask.errors.add("words", ask.say(str(refusal.why)))
        return await _shown(ask, typed)
    return ask.back_to(
        f"/record/{ask.record.reference}/rights", ask.say("It is put right. What stood there before is kept.")
    )


@pages.get("/record/{reference}/rights/erase", "rights.manage", audit="rights.erasing", fresh=True)
async def erasing(ask: Request) -> web.StreamResponse:
    """What would go, what stays, and what speaks against it."""
    return await _erasing(ask, [ask.record.id])


async def _erasing(ask: Request, cases: Sequence[int], typed: Mapping[str, Any] | None = None) -> web.Response:
    others = await ask.read(lambda db: _others(ask, db))
    wanted = [ask.record.id, *(one.id for one in others if one.id in cases)]
    against = await ask.read(lambda db: rights_erasing.against(db, wanted))
    codes = ask.codes
    return render(
        ask,
        "rights_erase.html",
        reference=ask.record.reference,
        others=[
            (one.reference, f"{one.reference}: {codes.kind(one.kind)}, {codes.place(one.place)}") for one in others
        ],
        chosen=[one.reference for one in others if one.id in cases],
        against=[(one.reference, ask.say(AGAINST[one.why]), one.absolute) for one in against],
        held=any(one.absolute for one in against),
        grounds=[(code, ask.say(words)) for code, words in GROUNDS.items()],
        anyway=[(code, ask.say(words)) for code, words in ANYWAY.items()],
        typed={"ground": "", "anyway": ""} | dict(typed or {}),
    )


def _others(ask: Request, db: Connection) -> list[Other]:
    """Records from the same telephone or person that this user may erase; others of theirs are not told of."""
    organisation = ask.user.organisation
    ids = rights_requests.others(db, [ask.record.id], organisation)
    rows = db.execute(select(CASE.c.id, CASE.c.reference, CASE.c.kind, CASE.c.place).where(CASE.c.id.in_(ids))).all()
    found = []
    for row in sorted(rows, key=lambda row: -row.id):
        record = about(db, organisation, row.reference, ask.now)
        if record is not None and ask.may("rights.manage", record):
            found.append(Other(row.id, row.reference, row.kind, row.place))
    return found


@pages.post("/record/{reference}/rights/erase", "rights.manage", audit="rights.erase", fresh=True)
async def erase(ask: Request) -> web.StreamResponse:
    """Erase this record, and others of the same person that were ticked, for good."""
    others = {one.reference: one.id for one in await ask.read(lambda db: _others(ask, db))}
    cases = [ask.record.id, *(others[one] for one in ask.chosen("others", others))]
    ground, anyway = next(iter(ask.chosen("ground", GROUNDS)), ""), next(iter(ask.chosen("anyway", ANYWAY)), "")
    if not ground:
        ask.errors.add("ground", ask.say("Choose why it is erased"))
    if not ask.chosen("sure", ["yes"]):
        ask.errors.add("sure", ask.say("Tick this: nobody can bring it back"))
    against = await ask.read(lambda db: rights_erasing.against(db, cases))
    if against and not any(one.absolute for one in against) and not anyway:
        ask.errors.add("anyway", ask.say("Choose why it may go all the same, or wait"))
    typed = {"ground": ground, "anyway": anyway}
    if ask.errors:
        return await _erasing(ask, cases, typed)
    store, by, now, organisation = ask.site.store, f"staff:{ask.user.id}", ask.now, ask.user.organisation

    def go(db: sqlmodel.Session) -> int:
        count = rights_erasing.erase(db, store.vault, cases, anyway=bool(anyway))
        # The audit keeps that it was done and why, and no longer of whom.
        ask.noted = f"records:{count} {ground} {anyway}".strip()
        rights_requests.noted(db.connection(), organisation, "erasure", count, by, now)
        return count

    try:
        await ask.doom(go)
    except Kept as kept:
        ask.errors.add("ground", ask.say("Nothing was erased. {why}", why=ask.say(AGAINST[kept.against[0].why])))
        return await _erasing(ask, cases, typed)
    return ask.back_to("/rights", ask.say("Erased for good. What was counted stays, without the person."))
