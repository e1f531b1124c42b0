"""“You said, we did”: its words in each language, the public page, and telling everybody who raised it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlmodel
from aiohttp import web
from sqlalchemy import Connection

import locales
from casework.calendar import add_months
from casework.learning import CHECKLIST, LONGEST, OWED, SEGMENTS
from console.learningview import card, leaking, read_words, tongues, wanted
from console.page import Pages
from console.render import render
from console.replying import REASONS
from console.request import Request
from console.roles import reach
from console.settingsview import outside, read_day, read_number, today
from console.words import N_
from storage import learning, news
from storage.ids import new_id
from storage.learning import Action
from storage.news import Ask, Busy, News, Preview, Words
from storage.staff import Member

pages = Pages()
HERE = "/learning/{learning}/said"
#: How far back is looked at first, in months.
BACK = 12
#: How a sending stands -> words, colour.
GOING: Mapping[str, tuple[str, str]] = {
    "sending": (N_("Being sent"), "blue"),
    "sent": (N_("Everybody was dealt with"), "green"),
    "stopped": (N_("Stopped"), "amber"),
}
#: What became of the messages of a sending: states of the outbox -> words.
CAME: Mapping[str, tuple[str, ...]] = {
    N_("on their page"): ("page",),
    N_("waiting, or on the way"): ("due", "claimed"),
    N_("sent"): ("sent",),
    N_("delivered"): ("delivered",),
    N_("not delivered"): ("failed", "undelivered"),
}
#: Why somebody may not be told: what the gate says, and one more.
KEPT_FROM: Mapping[str, str] = {
    "danger": N_("A sign of danger waits for somebody to look at it"),
    **{why: words for why, (words, _) in REASONS.items()},
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the pages read of an action."""

    words: Mapping[str, Words]
    sendings: Sequence[tuple[News, Mapping[str, int]]]

    @property
    def busy(self) -> bool:
        """Whether some sending is still going on: no other is begun meanwhile."""
        return any(one.state == "sending" for one, _ in self.sendings)


@pages.get(HERE, "records.list", audit="learning.said")
async def show(ask: Request) -> web.StreamResponse:
    """The words so far, one language open, what was published and sent."""
    one, people = await wanted(ask)
    return await _show(ask, one, people)


@pages.post(HERE, "record.work", audit="learning.words")
async def write(ask: Request) -> web.StreamResponse:
    """The words in one language; what is published is taken off the page until somebody has looked at them."""
    one, people = await wanted(ask)
    language = next(iter(ask.chosen("language", [entry.code for entry in locales.offered()])), "")
    if not language:
        raise web.HTTPNotFound
    words, by, now = read_words(ask, language, people), f"staff:{ask.user.id}", ask.now
    if ask.errors:
        return await _show(ask, one, people, language)

    def put(db: sqlmodel.Session) -> None:
        news.write(db, one, words, by, now)
        news.publish(db, one, by, None)

    await ask.write(put)
    said = ask.say("Saved.")
    if one.published_at:
        said = ask.say("Saved. It is taken off the public page until somebody publishes it again.")
    return ask.back_to(_path(one, language), said)


@pages.post(f"{HERE}/publish", "record.decide", audit="learning.publish")
async def publish(ask: Request) -> web.StreamResponse:
    """Put it on the public page, after a person has gone through the list of what could lead to somebody."""
    one, people = await wanted(ask)
    known = await _known(ask, one)
    ticked = set(ask.chosen("confirmed", CHECKLIST))
    _ready(ask, one, people, known, "confirmed")
    if ticked != set(CHECKLIST):
        ask.errors.add("confirmed", ask.say("Tick each of these, or do not publish it"))
    if ask.errors:
        return await _show(ask, one, people)
    by, now = f"staff:{ask.user.id}", ask.now
    await ask.write(lambda db: news.publish(db, one, by, now))
    return ask.back_to(_path(one), ask.say("It stands on the public page now."))


@pages.post(f"{HERE}/withdraw", "record.decide", audit="learning.withdraw")
async def withdraw(ask: Request) -> web.StreamResponse:
    """Take it off the public page."""
    one, _ = await wanted(ask)
    by = f"staff:{ask.user.id}"
    await ask.write(lambda db: news.publish(db, one, by, None))
    return ask.back_to(_path(one), ask.say("It is taken off the public page."))


@pages.get(f"{HERE}/send", "record.decide", audit="learning.said")
async def sending(ask: Request) -> web.StreamResponse:
    """Whom it would be sent to; counted when asked for."""
    one, people = await wanted(ask)
    return await _sending(ask, one, people, ask.query, "count" in ask.query)


@pages.post(f"{HERE}/send", "record.decide", audit="learning.send")
async def send(ask: Request) -> web.StreamResponse:
    """Send it, by a job."""
    one, people = await wanted(ask)
    given = {name: ask.text(name, 40) for name in ("since", "until", "fallback")}
    known = await _known(ask, one)
    asked = _asked(ask, given, known)
    _ready(ask, one, people, known, "since")
    if ask.errors or asked is None:
        return await _sending(ask, one, people, given, False)
    number, by, now = new_id(), f"staff:{ask.user.id}", ask.now
    try:
        await ask.write(lambda db: news.begin(db, number, one, asked, by, now))
    except Busy:
        return ask.back_to(_path(one), ask.say("It is being sent already."), "warning")
    return ask.back_to(_path(one), ask.say("It is being sent. This page shows how far it is."))


@pages.post(f"{HERE}/stop", "record.decide", audit="learning.stop")
async def stop(ask: Request) -> web.StreamResponse:
    """Send nothing more of it."""
    one, _ = await wanted(ask)
    number, now = read_number(ask.text("news", 20)), ask.now
    held = await ask.write(lambda db: news.stop(db, one, number or 0, now))
    return ask.back_to(_path(one), ask.say("Stopped. Messages that were held back: {count}", count=held))


# Parts ------------------------------------------------------------------------------------------


def _path(one: Action, language: str = "") -> str:
    return f"/learning/{one.id}/said" + (f"?lang={language}" if language else "")


async def _known(ask: Request, one: Action) -> Known:
    def look(db: Connection) -> Known:
        every = [(sent, news.came(db, sent.id)) for sent in news.sendings(db, one.id)]
        return Known(news.words(db, one.id), every)

    return await ask.read(look)


def _ready(ask: Request, one: Action, people: Sequence[Member], known: Known, name: str) -> None:
    """What keeps it from being told to anybody yet, as an error of the field."""
    if one.state in OWED:
        ask.errors.add(name, ask.say("Record first that it was done: nobody is told of what has not happened"))
    if not known.words:
        ask.errors.add(name, ask.say("Write the words in at least one language first"))
    for words in known.words.values():
        for wrong in leaking(ask, words, people).values():
            ask.errors.add(name, wrong)


def _asked(ask: Request, given: Mapping[str, str], known: Known) -> Ask | None:
    """Whom to tell; None with what is wrong in ``ask.errors``."""
    day = today(ask)
    first = date(day.year - 20, 1, 1)
    since = read_day(ask, "since", given.get("since", ""), first=first, last=day)
    until = read_day(ask, "until", given.get("until", ""), first=first, last=day)
    if since is None:
        ask.errors.add("since", ask.say("Choose a day"))
    if until is None:
        ask.errors.add("until", ask.say("Choose a day"))
    if since is None or until is None:
        return None
    if until < since:
        ask.errors.add("until", ask.say("This is before the first day"))
        return None
    fallback = given.get("fallback", "")
    return Ask(since, until, fallback if fallback in known.words else "")


async def _sending(
    ask: Request, one: Action, people: Sequence[Member], given: Mapping[str, str], count: bool
) -> web.Response:
    known, day, store, now = await _known(ask, one), today(ask), ask.site.store, ask.now
    filled = {"since": add_months(day, -BACK).isoformat(), "until": day.isoformat(), **given}
    asked = _asked(ask, filled, known) if count else None
    found: Preview | None = None
    if asked is not None and not ask.errors:
        wanted_of = asked
        found = await ask.read(lambda db: news.preview(db, store.vault, one, wanted_of, now))
    codes = ask.codes
    ready = not ask.errors
    if ready:
        _ready(ask, one, people, known, "since")
    return render(
        ask,
        "said_send.html",
        one=one,
        card=card(ask, one, {member.id: member.name for member in people}),
        given=filled,
        found=found,
        busy=known.busy,
        fallbacks=[(code, ask.say("Send it in {language}", language=codes.tongue(code))) for code in known.words],
        refused=[(ask.say(KEPT_FROM[why]), many) for why, many in (found.refused.most_common() if found else ())],
        unwritten=[(codes.tongue(code), many) for code, many in (found.unwritten.most_common() if found else ())],
    )


async def _show(ask: Request, one: Action, people: Sequence[Member], chosen: str = "") -> web.Response:
    known = await _known(ask, one)
    offered = tongues(known.words)
    asked = chosen or ask.query.get("lang", "")
    language = asked if asked in {entry["code"] for entry in offered} else next(iter(known.words), "en")
    here, given = known.words.get(language), ask.form if chosen else {}
    shown: Any = None
    if here is not None:
        message = news.compose(ask.site.store.worlds(one.organisation), here)
        text = "\n\n".join(message.lines)
        sms = ask.site.preview("sms", text, language) if ask.site.preview else None
        most = max((SEGMENTS[part["alphabet"]] for part in sms["parts"]), default=0) if sms else 0
        shown = {"lines": message.lines, "sms": sms, "long": sms is not None and sms["segments"] > most}
    names = {f"staff:{member.id}": member.name for member in people}
    return render(
        ask,
        "said.html",
        one=one,
        card=card(ask, one, {member.id: member.name for member in people}),
        tongues=offered,
        language_of=next(entry for entry in offered if entry["code"] == language),
        filled={part: given.get(part, getattr(here, part, "")) for part in LONGEST},
        longest=LONGEST,
        message=shown,
        written=len(known.words),
        works=ask.may("record.work") and learning.covers(reach(ask.user, "record.work"), one),
        decides=ask.may("record.decide") and learning.covers(reach(ask.user, "record.decide"), one),
        checklist=[(code, ask.say(text)) for code, text in CHECKLIST.items()],
        ticked=ask.form.getall("confirmed", []),
        owed=one.state in OWED,
        public=f"{outside(ask)}/{one.organisation}/you-said",
        sendings=[_sent(ask, sent, came, names) for sent, came in known.sendings],
        busy=known.busy,
    )


def _sent(ask: Request, one: News, came: Mapping[str, int], names: Mapping[str, str]) -> dict[str, Any]:
    words, colour = GOING[one.state]
    told = one.people - one.refused - one.unwritten
    lines = [(ask.say(what), sum(came.get(state, 0) for state in states)) for what, states in CAME.items()]
    return {
        "one": one, "words": ask.say(words), "colour": colour, "who": names.get(one.by, "?"), "told": told,
        "lines": [(what, many) for what, many in lines if many], "neutral": came.get("neutral", 0),
        "waiting": came.get("due", 0) + came.get("claimed", 0),
    }  # fmt: skip
