"""Writing to the person on their own channel: what it is, the wording, how it will look, and whether it may go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from casework import letters
from casework.record import CaseEvent, day
from casework.refusals import cautions
from console import replying
from console.page import Pages
from console.reaching import STAYS, gate
from console.render import draw, render
from console.replying import MOST, PURPOSES, Wording
from console.replyview import Desk, load
from console.request import Request
from console.settingsview import today
from console.words import N_
from storage import replies
from storage.casefile import Refused
from storage.replies import NotAllowed, Reply
from storage.working import Stale

pages = Pages()


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form.

    drawn   hash of the text as the page drew it: one that nobody has touched may be replaced
    row     the organisation's own wording it began with, as it was then; 0 for a shipped one or none
    """

    what: str
    code: str = ""
    language: str = "en"
    text: str = ""
    drawn: str = ""
    row: int = 0
    until: str = ""
    why: str = ""
    interpreter: bool = False

    @property
    def untouched(self) -> bool:
        """Whether nobody has changed what the page drew, so that another wording may stand there instead."""
        return not self.text or self.drawn == hashed(self.text)


def hashed(text: str) -> str:
    """Whether a text is still the one that was drawn."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


@pages.get("/record/{reference}/reply", "record.reply")
async def reply(ask: Request) -> web.StreamResponse:
    """The page, begun with the likeliest wording."""
    desk = await _open(ask)
    what = ask.query.get("what", "")
    what = what if what in desk.can else replying.usual(desk.state, desk.can)
    language = desk.record.row["language"]
    code = desk.likeliest(what, language)
    return _shown(ask, desk, _begun(ask, desk, Draft(what, code, language)))


@pages.post("/record/{reference}/reply", "record.reply")
async def write(ask: Request) -> web.StreamResponse:
    """Take a wording, look how it will be, or send it: ``do`` says which."""
    desk = await _open(ask)
    draft = _draft(ask, desk)
    wanted = str(ask.form.get("do", "send"))
    if wanted in ("draw", "replace"):
        drawn = _redrawn(ask, desk, draft, replaces=wanted == "replace")
        return _shown(ask, desk, drawn, beside=drawn.text == draft.text)
    if wanted == "preview":
        return _shown(ask, desk, draft)
    return await _send(ask, desk, draft)


@pages.post("/record/{reference}/reply/preview", "record.reply", quiet=True)
async def preview(ask: Request) -> web.StreamResponse:
    """How it will look, as a part of the page: asked again while somebody types."""
    desk = await _open(ask)
    return web.Response(text=draw(ask, "_preview.html", **_preview(desk, _draft(ask, desk))), content_type="text/html")


async def _open(ask: Request) -> Desk:
    return await ask.read(lambda db: load(ask, db))


# The form ---------------------------------------------------------------------------------------


def _draft(ask: Request, desk: Desk) -> Draft:
    """What was typed and chosen, errors of its fields noted."""
    what = str(ask.form.get("what", ""))
    code = str(ask.form.get("template", ""))
    language = str(ask.form.get("language", ""))
    row = str(ask.form.get("row", ""))
    return Draft(
        what=what if what in PURPOSES else "reply",
        code=code if desk.known(code) else "",
        language=language if language in desk.languages else desk.record.row["language"],
        text=ask.text("text", MOST),
        drawn=str(ask.form.get("drawn", ""))[:16],
        row=int(row) if row.isascii() and row.isdecimal() and len(row) < 20 else 0,
        until=ask.text("until", 40),
        why=ask.text("why", 2000),
        interpreter=ask.form.get("interpreter") == "yes",
    )


def _begun(ask: Request, desk: Desk, draft: Draft) -> Draft:
    """With the wording that was chosen, its places filled; where their language has none, the original."""
    found = desk.wording(draft.code, draft.language)
    if found is None:
        return replace(draft, text="", drawn=hashed(""), row=0)
    if found.language != draft.language:
        names = {"language": desk.tongue(draft.language), "original": desk.tongue(found.language)}
        ask.said.append(
            ("warning", ask.say("There is no wording in {language}: this is the one in {original}.", **names))
        )
    text = desk.filled(found.text, found.language)
    return replace(draft, text=text, language=found.language, drawn=hashed(text), row=found.id)


def _redrawn(ask: Request, desk: Desk, draft: Draft, *, replaces: bool) -> Draft:
    """Another wording was chosen; where "what this is" changed and no wording with it, the one that fits."""
    was = str(ask.form.get("was", ""))
    if draft.what != was and draft.code == str(ask.form.get("had", "")):
        draft = replace(draft, code=desk.likeliest(draft.what, draft.language))
    if draft.untouched or replaces:
        return _begun(ask, desk, draft)
    ask.said.append(("warning", ask.say("What you typed has stayed. The wording you chose stands below it.")))
    return draft


def _shown(
    ask: Request,
    desk: Desk,
    draft: Draft,
    status: int = 0,
    news: Sequence[dict[str, Any]] = (),
    *,
    beside: bool = False,
) -> web.Response:
    """The page; ``beside``: with the wording that was chosen beside what was typed."""
    chosen = desk.wording(draft.code, draft.language)
    return render(
        ask,
        "reply.html",
        status,
        news=news,
        chosen=chosen,
        other="" if chosen is None or draft.untouched or not beside else desk.filled(chosen.text, chosen.language),
        original=_original(ask, desk, chosen),
        most=MOST,
        **_preview(desk, draft),
    )


def _original(ask: Request, desk: Desk, chosen: Wording | None) -> str:
    """The same wording in English, for whoever does not read the person's language."""
    if chosen is None or chosen.language == "en" or ask.language == chosen.language:
        return ""
    english = desk.wording(chosen.code, "en")
    return desk.filled(english.text, "en") if english else ""


def _preview(desk: Desk, draft: Draft) -> dict[str, Any]:
    """What the part of the page needs that shows how it will look."""
    short = draft.text if len(draft.text) <= MOST else ""  # what is far too long is not drawn as a message
    chosen = desk.wording(draft.code, draft.language)
    return {
        "desk": desk,
        "looks": desk.looks(desk.filled(short, draft.language), draft.language),
        "faults": replying.faults(short, desk.values(draft.language), chosen.text if chosen else ""),
        "event": desk.event_name(draft.what),
        "purpose": PURPOSES[draft.what],
        "late": replying.late(desk.record.profile, desk.state, desk.can.get(draft.what, ""), desk.verdict),
        "draft": draft,
        "foreign": draft.language != desk.record.row["language"],
    }


# Sending ----------------------------------------------------------------------------------------


async def _send(ask: Request, desk: Desk, draft: Draft) -> web.StreamResponse:
    expected = str(ask.form.get("events", ""))
    seen = int(expected) if expected.isascii() and expected.isdecimal() and len(expected) < 20 else -1
    if desk.record.moved_on(seen):
        return _stale(ask, desk, draft, seen)
    draft = _checked(ask, desk, draft)
    if ask.errors:
        return _shown(ask, desk, draft, beside=bool(ask.errors.of("template")))
    event = _event(ask, desk, draft)
    message = Reply(
        text=desk.filled(draft.text, draft.language),
        language=draft.language,
        what=draft.what,
        by=f"staff:{ask.user.id}",
        template=draft.code,
        event=event,
        interpreter=draft.interpreter,
        told=_told(desk, draft),
    )
    store, case, now = ask.site.store, ask.record.id, ask.now
    warn = cautions(desk.record.profile, desk.state, event) if event else ()
    try:
        sent = await ask.write(lambda db: replies.send(db, store.vault, store.procedures, case, seen, message, now))
    except Stale:
        return _stale(ask, await _open(ask), draft, seen)
    except NotAllowed:
        again = await _open(ask)
        _kept(ask, again)
        return _shown(ask, again, draft)
    except Refused as refusal:
        ask.errors.add("what", desk.view.spoken(refusal.why))
        return _shown(ask, desk, draft)
    for one in warn:
        ask.flash(desk.view.spoken(one), "warning")
    said = gate(sent.verdict, None, desk.channel, ask.say, ask.language).words
    return ask.back_to(f"/record/{ask.record.reference}#done", ask.say("Written to the person. {how}", how=said))


def _checked(ask: Request, desk: Desk, draft: Draft) -> Draft:
    """Everything that keeps it from being sent, said in words; the wording as it is now where it has changed."""
    if desk.gate.state == STAYS:
        _kept(ask, desk)
    if not draft.text:
        ask.errors.add("text", ask.say("Write what the person is to read"))
    if draft.what not in desk.can:
        ask.errors.add("what", ask.say("This cannot be recorded as the record stands now. Choose what the message is"))
    chosen = desk.wording(draft.code, draft.language)
    if chosen is not None and chosen.id != draft.row:
        said = ask.say("The wording you began with was changed meanwhile. Read it below, then send yours or take it.")
        ask.errors.add("template", said)
        draft = replace(draft, row=chosen.id, drawn="")
    found = replying.faults(draft.text, desk.values(draft.language), chosen.text if chosen else "")
    if found.unknown:
        said = N_("Nothing is called {places}. What can be filled in: {known}")
        ask.errors.add(
            "text", ask.say(said, places=replying.braced(found.unknown), known=replying.braced(letters.PLACES))
        )
    if found.empty:
        said = N_("The record does not say {places} yet. Write it yourself, or take it out")
        ask.errors.add("text", ask.say(said, places=replying.braced(found.empty)))
    if found.gaps:
        ask.errors.add("text", ask.say("Write what is still missing: {gaps}", gaps=" ".join(found.gaps)))
    fields = PURPOSES[draft.what].fields
    if "until" in fields:
        at = day(draft.until)
        if at is None or at <= today(ask):
            ask.errors.add("until", ask.say("Write the day on which somebody looks again, as 2027-03-31"))
    return draft


def _event(ask: Request, desk: Desk, draft: Draft) -> CaseEvent | None:
    kind = desk.can[draft.what]
    if not kind:
        return None
    data: dict[str, Any] = {}
    if kind == "asked_more":
        data = {"what": desk.filled(draft.text, draft.language), "until": draft.until}
    elif kind == "contacted":
        data = {"who": ask.user.name}
    return CaseEvent(kind, ask.now, f"staff:{ask.user.id}", draft.why if kind == "closed" else "", data)


def _told(desk: Desk, draft: Draft) -> tuple[str, ...]:
    """Reasons of tasks that are done by it; who answers is told only where the message names them."""
    who = desk.values(draft.language).get("who", "")
    named = bool(who) and who in desk.filled(draft.text, draft.language)
    return tuple(why for why in PURPOSES[draft.what].told if why != "tell_who" or named)


def _kept(ask: Request, desk: Desk) -> None:
    said = ask.say("Nothing was sent. {why} {instead}", why=desk.gate.words, instead=desk.gate.instead)
    ask.errors.add("gate", said)


def _stale(ask: Request, desk: Desk, draft: Draft, seen: int) -> web.Response:
    """Somebody was quicker: what they did or wrote, and everything typed, ready to be sent again."""
    news = [one for one in desk.view.happened() if str(one["id"]).isdecimal() and int(one["id"]) > seen >= 0]
    said = ask.say("Nothing was sent: something else happened first. Read what is new, then send yours again.")
    ask.errors.add("news" if news else "text", said)
    return _shown(ask, desk, draft, 409, news)
