"""A person lost their number: somebody checks who asks, says how, and gives out a new one."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import Connection

from console.choices import CHECKS
from console.page import Pages
from console.render import render
from console.request import Request
from storage import renewing, sending
from storage.casefile import Refused
from storage.receipts import grouped
from storage.renewing import Checked

pages = Pages()
MOST = 2000


@pages.get("/record/{reference}/receipt", "record.work")
async def lost(ask: Request) -> web.StreamResponse:
    """The form: how it was checked that it is they."""
    return await _form(ask)


@pages.post("/record/{reference}/receipt", "record.work")
async def renew(ask: Request) -> web.StreamResponse:
    """A new number, shown this once; the old one opens nothing from now on."""
    how = ask.text("how", MOST)
    checks = ask.chosen("checks", CHECKS)
    if not checks:
        ask.errors.add("checks", ask.say("Choose how you made sure that it is they"))
    if not how:
        ask.errors.add("how", ask.say("Write what you asked and what they answered, without their number"))
    send = ask.form.get("send") == "yes"
    if ask.errors:
        return await _form(ask, checks, how, send)
    store, case, now = ask.site.store, ask.record.id, ask.now
    digits, hashed = await asyncio.to_thread(store.receipts.take)
    checked = Checked(f"staff:{ask.user.id}", checks, how)
    try:
        sent = await ask.write(
            lambda db: renewing.renew(db, store.vault, case, grouped(digits), hashed, checked, now, send=send)
        )
    except Refused:
        return await _form(ask, checks, how, send)
    if send and not sent:
        said = ask.say("It was not sent: safe contact does not allow it now. Give it to them yourself.")
        ask.said.append(("warning", said))
    return render(ask, "receipt_new.html", receipt=grouped(digits), sent=sent)


async def _form(ask: Request, checks: tuple[str, ...] = (), how: str = "", send: bool = False) -> web.StreamResponse:
    store, case, now = ask.site.store, ask.record.id, ask.now

    def look(db: Connection) -> tuple[str, bool]:
        verdict, _ = sending.judge(db, store.vault, case, "reply", now)
        return renewing.refused(db, case), renewing.may_go(verdict)

    why, sendable = await ask.read(look)
    options = [(code, ask.say(text)) for code, text in CHECKS.items()]
    return render(
        ask, "receipt.html", 422 if ask.errors else 200,
        options=options, checks=checks, how=how, send=send, sendable=sendable, unfinished=bool(why), most=MOST,
    )  # fmt: skip
