"""Restricted records: saying that one is, and opening one in an emergency.

Whoever may not open it sees why, whom to ask, and a way in for an hour that asks for a reason and is told at once to
those who keep such records.
"""

from __future__ import annotations

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

from console.page import Pages
from console.pages import proving
from console.render import render
from console.request import Request
from console.restrictedview import KINDS
from console.roles import ROLES
from storage import restricting, staff
from storage.secrets import Erased

pages = Pages()
#: Characters of a reason.
LEAST, MOST = 10, 2000


async def closed(ask: Request, status: int = 403) -> web.StreamResponse:
    """The page of a restricted record for whoever might open it in an emergency."""
    case, organisation, named = ask.record.id, ask.user.organisation, ask.record.named

    def look(db: Connection) -> tuple[str, list[staff.Member]]:
        return restricting.kind(db, case), staff.everyone(db, ask.site.sealer, (organisation,))

    kind, people = await ask.read(look)
    keepers = [
        one.name
        for one in people
        if not one.disabled
        and one.id not in named
        and (one.id in ask.record.assigned or any(ROLES[role].knows for role in one.roles if role in ROLES))
    ]
    return render(
        ask,
        "restricted.html",
        status,
        reference=ask.record.reference,
        why=ask.say(KINDS.get(kind, KINDS["safeguarding"])),
        keepers=keepers,
        minutes=int(restricting.LASTS.total_seconds() // 60),
    )


@pages.post("/record/{reference}/glass", "record.view", glass=True)
async def open_anyway(ask: Request) -> web.StreamResponse:
    """Open it for an hour, with a reason."""
    where = f"/record/{ask.record.reference}"
    if ask.may("record.view"):
        return ask.back_to(where)
    reason = ask.text("reason", MOST)
    if len(reason) < LEAST:
        ask.errors.add("reason", ask.say("Write why you need to open it now: those who keep it read this"))
    if ask.errors:
        return await closed(ask, 422)
    vault, case, number, now = ask.site.store.vault, ask.record.id, ask.user.id, ask.now

    def write(db: sqlmodel.Session) -> None:
        restricting.open_anyway(db, vault, case, number, reason, now)

    try:
        await ask.write(write)
    except Erased:
        raise web.HTTPNotFound from None
    minutes = int(restricting.LASTS.total_seconds() // 60)
    said = ask.say("It is open to you for {minutes} minutes. Those who keep it are being told.", minutes=minutes)
    return ask.back_to(where, said, "warning")


@pages.post("/record/{reference}/restrict", "record.restrict")
async def restrict(ask: Request) -> web.StreamResponse:
    """Only few may open it from now on; or everybody whose role reaches it."""
    where = f"/record/{ask.record.reference}#few"
    chosen = ask.chosen("restriction", (*restricting.KINDS, restricting.OPEN))
    if not chosen:
        return ask.back_to(where, ask.say("Choose who may open it"), "warning")
    if chosen[0] == restricting.OPEN and not (ask.session and ask.session.fresh(ask.now)):
        return await proving.asked(ask)  # to close a record needs no code: that must be quick
    case, organisation, by, now = ask.record.id, ask.user.organisation, f"staff:{ask.user.id}", ask.now
    await ask.write(lambda db: restricting.restrict(db.connection(), organisation, case, chosen[0], by, now))
    return ask.back_to(where, ask.say("Saved."))
