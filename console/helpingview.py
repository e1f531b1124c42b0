"""What the pages of advocates and of compliments share: forms of some deeds, drawn and carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from casework.case import fold, moves
from casework.procedure import Profile
from casework.record import CaseState
from console import deeds, doing
from console.codes import Codes
from console.history import History
from console.request import Request
from storage import casefile, staff, working
from storage.casefile import Refused
from storage.desk import CASE
from storage.working import Stale


@dataclass
class Work:
    """A record as far as its forms need it. ``view`` says its events in words."""

    profile: Profile
    state: CaseState
    events: int
    staff: list[staff.Member]
    view: History


def load(ask: Request, db: Connection) -> Work:
    """Of the record of the page. Blocking."""
    store, case, organisation = ask.site.store, ask.record.id, ask.user.organisation
    row = db.execute(CASE.select().where(CASE.c.id == case)).one()
    profile = store.procedures.under(organisation, row.profile)
    history = casefile.events(db, store.vault, case)
    state = fold(profile, history)
    members = staff.everyone(db, ask.site.sealer, (organisation,))
    codes = Codes(profile, ask.language, ask.say)
    return Work(profile, state, row.events, members, History(codes, state, history, members, ask.record.named))


def forms(ask: Request, work: Work, wanted: Mapping[str, tuple[str, str]], filled: Mapping[str, str] = {}) -> list[Any]:
    """The forms of those of ``wanted`` that may happen now: event -> (what it is called here, where it is sent to).

    ``filled``: what stands in a field to begin with, by its name in the page.
    """
    can = {move.event for move in moves(work.profile, work.state)}
    out = []
    for event, (label, path) in wanted.items():
        if event not in can:
            continue
        form = deeds.DEEDS[event]
        fields = []
        for one in form.fields:
            name = doing.field_id(event, one.name)
            options = work.view.choices.of(one.source) if one.source else []
            fields.append(
                {
                    "name": name, "label": ask.say(one.label), "kind": one.kind, "optional": one.optional,
                    "hint": ask.say(one.hint) if one.hint else "", "options": options, "filled": filled.get(name, ""),
                }
            )  # fmt: skip
        out.append(
            {
                "event": event, "id": f"do-{event.replace('.', '-')}", "label": label, "path": path, "fields": fields,
                "dated": form.dated, "on": doing.field_id(event, "on"),
                "hint": ask.say(form.hint) if form.hint else "",
            }
        )  # fmt: skip
    return out


async def carry_out(
    ask: Request, work: Work, event: str, change: Callable[[working.Deed], Sequence[working.Deed]] = lambda one: (one,)
) -> bool:
    """Do what the form of an event says; False with the errors in ``ask.errors``.

    Refused when something happened to the record since ``work`` was read. ``change``: what is done besides.
    """
    deed = doing.parse(ask, event, deeds.DEEDS[event], work.state, work.staff, ask.record.named)
    if deed is None:
        return False
    store, case, expected = ask.site.store, ask.record.id, work.events
    every = change(deed)
    try:
        await ask.write(lambda db: working.do(db, store.vault, store.procedures, case, expected, every))
    except Stale:
        said = ask.say("Nothing was recorded: something else happened first. Look through it and send this again.")
        ask.errors.add(f"do-{event}", said)
    except Refused as refusal:
        ask.errors.add(f"do-{event}", work.view.spoken(refusal.why))
    return not ask.errors
