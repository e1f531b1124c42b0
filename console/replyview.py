"""What the page for writing to a person shows: the record, the rules, the wordings, how a text will look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

import locales
from casework.contact import Verdict, Wishes
from casework.record import CaseState
from console import recordread, replying
from console.codes import CHANNELS
from console.delivery import delivery
from console.reaching import Gate, gate
from console.recordread import Record
from console.recordview import View
from console.replying import PLACES, PURPOSES, TITLES, Wording
from console.request import Request
from storage import sending, templates
from storage.secrets import Erased
from storage.templates import Template

#: Things last said that are shown.
SAID = 6


@dataclass
class Desk:
    """Everything of one record that its reply needs."""

    ask: Request
    record: Record
    verdict: Verdict
    wishes: Wishes | None
    channel: str
    own: tuple[Template, ...]

    @property
    def state(self) -> CaseState:
        """Where the record stands."""
        return self.record.state

    @cached_property
    def view(self) -> View:
        """The record in the reader's words, as its own page has it."""
        return View(self.ask, self.record)

    @cached_property
    def can(self) -> dict[str, str]:
        """What a message may be -> the event that goes with it."""
        return replying.offered(self.record.profile, self.state, self.ask.user.permissions)

    @cached_property
    def gate(self) -> Gate:
        """What the rules of safe contact say of a message now, in words."""
        return gate(self.verdict, self.wishes, self.channel, self.ask.say, self.ask.language)

    @cached_property
    def languages(self) -> dict[str, str]:
        """Languages a reply may be in, the person's first."""
        theirs = self.record.row["language"]
        codes = [theirs, *(entry.code for entry in locales.offered() if entry.code != theirs)]
        return {code: self.tongue(code) for code in codes}

    def tongue(self, code: str) -> str:
        """What a language is called."""
        return self.view.codes.tongue(code)

    @property
    def channel_name(self) -> str:
        """What the person's own channel is called."""
        return self.view.codes.of(CHANNELS, self.channel)

    def purposes(self) -> list[tuple[str, str]]:
        """What a message may be now, in words."""
        return [(code, self.ask.say(PURPOSES[code].label)) for code in self.can]

    def price(self, pence: float) -> str:
        """What a message costs, from pence: "4.2p", and from a pound on "£1.07"."""
        return f"£{pence / 100:.2f}" if pence >= 100 else f"{pence:.3g}p"

    def braced(self, names: Iterable[str]) -> str:
        """The names of places, in the braces they are typed with."""
        return replying.braced(names)

    # Wordings ---------------------------------------------------------------------------------------

    @cached_property
    def register(self) -> str:
        """How the person is spoken to: "child", "young" or "", by what the record says of them."""
        return replying.register_of(self.record.whole["facts"])

    def known(self, code: str) -> bool:
        """Whether there is a wording of that code, shipped or the organisation's own."""
        return code in TITLES or any(one.code == code for one in self.own)

    def wording(self, code: str, language: str) -> Wording | None:
        """The text of a wording in a language and the person's register; None where there is none."""
        return replying.wording(code, language, self.register, self.own) if code else None

    def likeliest(self, what: str, language: str) -> str:
        """The code of the wording that a message of this purpose begins with; "" where none belongs to it."""
        return replying.likeliest(PURPOSES[what], self.state, self.values(language), language, self.own)

    def title(self, code: str) -> str:
        """What a wording is called; its code where it has no name."""
        found = self.wording(code, "en")
        return found.title if found and found.title else self.ask.say(TITLES[code]) if code in TITLES else code

    def offers(self, what: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """Wordings in groups: those that fit, the organisation's own others, and the rest."""
        fit = PURPOSES[what].letters
        mine = sorted({one.code for one in self.own} - set(TITLES))
        rest = [code for code in TITLES if code not in fit]
        say = self.ask.say
        groups = ((say("Fitting"), list(fit)), (say("Your own"), mine), (say("Others"), rest))
        return [(name, [(code, self.title(code)) for code in codes]) for name, codes in groups if codes]

    def values(self, language: str) -> Mapping[str, str]:
        """What fills the places, in a language."""
        row = self.record.row
        profile, now = self.record.profile, self.ask.now
        return replying.values(profile, self.state, row["reference"], self.name, language, now, self.register)

    @cached_property
    def name(self) -> str:
        """The name they gave, "" for none."""
        words = next((one["words"] for one in self.record.whole["entries"] or () if one["step"] == "name"), ())
        return " ".join(str(words[0]).split())[:80] if words else ""

    def filled(self, text: str, language: str) -> str:
        """A text with the places filled that the record can fill; the others stay as they are."""
        return locales.fill(text, self.values(language), language)

    def places(self, language: str) -> list[tuple[str, str, str]]:
        """(place as it is typed, what it is, what fills it or "")."""
        known = self.values(language)
        return [("{" + place + "}", self.ask.say(words), known.get(place, "")) for place, words in PLACES.items()]

    def looks(self, text: str, language: str) -> Mapping[str, Any]:
        """How it will look on their channel; plain paragraphs where this deployment cannot say."""
        if self.ask.site.preview:
            found: Mapping[str, Any] = self.ask.site.preview(self.channel, text, language)
            return found
        parts = [{"text": text}] if text else []
        direction = locales.language(language).direction
        return {
            "channel": "", "parts": parts, "segments": 0, "pence": 0, "strange": "", "language": language,
            "direction": direction,
        }  # fmt: skip

    # What was said ----------------------------------------------------------------------------------

    def event_name(self, what: str) -> str:
        """What the record says besides, in words; "" for nothing."""
        event = self.can.get(what, "")
        return self.view.event_name(event) if event else ""

    def last(self) -> list[dict[str, Any]]:
        """What the person wrote and what people wrote to them, the newest last, with what became of ours.

        What Hearback asked, and what was only pressed, is on the record.
        """
        written = {one.data["seq"]: one for one in self.state.all("replied") if one.data.get("seq")}
        filed = self.state.filed
        out: list[dict[str, Any]] = [
            {
                "ours": one.ours, "at": one.at, "lines": one.lines, "erased": one.erased, "files": len(one.media),
                "language": one.language, "event": None,
            }
            for one in self.record.said
            if one.seq not in written
            and (not one.step and filed and one.at > filed if one.ours else one.lines or one.media or one.erased)
        ]  # fmt: skip
        # What staff wrote is the event's: where others read the phone, the log has only that there is a message.
        out += [
            {
                "ours": True, "at": one.at, "erased": False, "files": 0, "event": one,
                "lines": re.split(r"\n[ \t]*\n", str(one.said("text"))), "language": str(one.said("language") or ""),
            }
            for one in written.values()
        ]  # fmt: skip
        out = sorted(out, key=lambda one: one["at"])[-SAID:]
        say, language, now = self.ask.say, self.ask.language, self.ask.now
        for one in out:
            event = one["event"]
            one["who"] = self.view.who(event.by) if event else ""
            one["delivery"] = delivery(event, self.record.delivered, say, language, now) if event else None
        return out

    def reach(self) -> list[tuple[str, str]]:
        """What they wrote themselves about how to reach them: (question, words)."""
        wanted = ("contact", "details", "!reach")
        return [
            (one["name"], " ".join(one["words"]))
            for step, one in zip(self._steps(), self.view.answers(), strict=True)
            if step in wanted and one["words"]
        ]

    def _steps(self) -> list[str]:
        return [str(entry["step"]) for entry in self.record.whole["entries"] or ()]


def load(ask: Request, db: Connection) -> Desk:
    """Everything of the record of the page. Blocking."""
    store, case = ask.site.store, ask.record.id
    record = recordread.load(ask, db)
    verdict, channel = sending.judge(db, store.vault, case, "reply", ask.now)
    try:
        wishes = sending.wishes(db, store.vault, case)
    except Erased:
        wishes = None
    return Desk(ask, record, verdict, wishes, channel, templates.own(db, ask.user.organisation))
