"""Blank forms and letters to print: the questions of the flows on paper, in every language that is offered."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import segno
from markupsafe import Markup

import locales
from casework import paper
from casework.calendar import LONDON
from casework.letters import Letter
from console import replying
from console.request import Request
from console.settingsview import outside
from console.words import N_
from storage import asked
from storage.asked import Question, Voice
from storage.templates import Template

#: How a form may be worded -> register, easy words, and what staff call it.
WORDINGS: Mapping[str, tuple[str, bool, str]] = {
    "plain": ("", False, N_("Ordinary")),
    "child": ("child", False, N_("For children")),
    "easy": ("", True, N_("Easy read, with symbols")),
}
#: Lines to write on; others have one, or two where there is nothing to tick.
LINES: Mapping[str, int] = {
    "story": 12,
    "want": 3,
    "behalf_words": 4,
    "details": 3,
    "worker": 2,
    "when": 1,
    "name": 1,
    "about": 1,
}
#: Letters that are printed, in the order of a record's life: those of ``casework.letters``, and one of paper.
LETTERS: Mapping[str, str] = {
    "acknowledge": replying.TITLES["acknowledge"],
    "child_agrees": N_("Asking the child for whom somebody complained"),
    "more": replying.TITLES["more"],
    "visit": replying.TITLES["visit"],
    "extended": replying.TITLES["extended"],
    "upheld": replying.TITLES["upheld"],
    "partly": replying.TITLES["partly"],
    "not_upheld": replying.TITLES["not_upheld"],
    "way_on": replying.TITLES["way_on"],
    "thanks": replying.TITLES["thanks"],
    "no_contact": replying.TITLES["no_contact"],
    "withdrawn": replying.TITLES["withdrawn"],
    "closing": replying.TITLES["closing"],
}
CHILD_AGREES = "child_agrees"
#: A place that a record would fill, or what only a person can write.
_OPEN = re.compile(r"(\{[a-z_]+\}|\[[^\[\]\n]{1,200}\])")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on paper: its number, what decides whether it is for them, lines to write on."""

    number: int
    question: Question
    only: str
    lines: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A blank form. ``first`` before it is sent, ``later`` if they like; ``phrases`` by name."""

    language: str
    rtl: bool
    easy: bool
    organisation: str
    title: str
    told: tuple[str, ...]
    first: tuple[Asked, ...]
    later: tuple[Asked, ...]
    phrases: Mapping[str, str]
    address: str
    code: Markup


def sheet(ask: Request, kind: str, language: str, wording: str) -> Sheet:
    """The blank form of a kind in a language that is offered."""
    register, easy, _ = WORDINGS[wording]
    voice = Voice(language, register, easy)
    world = ask.site.store.worlds(ask.user.organisation)

    def phrase(letter: Letter, **places: str) -> str:
        return asked.phrase(world, letter, voice, **places)

    def only(one: Question) -> str:
        parts = [(clause.wanted, " / ".join(clause.choices)) for clause in one.only if clause.choices]
        return ". ".join(phrase(paper.ONLY_IF if wanted else paper.NOT_IF, choices=said) for wanted, said in parts)

    questions = asked.questions(world, kind, voice)
    found = tuple(Asked(number, one, only(one), _lines(one)) for number, one in enumerate(questions, 1))
    titles = {one.value: one.name for one in asked.kinds(world, voice)}
    address = f"{outside(ask)}/{ask.user.organisation}/" if ask.site.base_url else ""
    said = {
        "how": phrase(paper.HOW), "who_reads": phrase(paper.WHO_READS), "more_room": phrase(paper.MORE_ROOM),
        "extra": phrase(paper.EXTRA), "danger": phrase(paper.IN_DANGER), "help": asked.in_danger(world, voice),
        "where": phrase(paper.WHERE), "or_here": phrase(paper.OR_HERE), "back": phrase(paper.BACK),
        "day": phrase(paper.DAY),
    }  # fmt: skip
    return Sheet(
        language=language,
        rtl=locales.language(language).direction == "rtl",
        easy=easy,
        organisation=ask.profile.name.said(language),
        title=titles[kind],
        told=asked.said_first(world, kind, voice),
        first=tuple(one for one in found if not one.question.later),
        later=tuple(one for one in found if one.question.later),
        phrases=said,
        address=address.removeprefix("https://"),
        code=_code(f"{address}?lang={language}&from=leaflet") if address else Markup(""),
    )


def _lines(one: Question) -> int:
    if one.kind == "choose":
        return 0
    if one.id == "story" and one.kind != "story":
        return 7 if one.needed else 4
    return LINES.get(one.id, 1 if one.choices else 2)


def _code(address: str) -> Markup:
    """A QR code as a drawing inside the page: segno draws it, and nothing of the address is in its text."""
    out = io.BytesIO()
    made = segno.make(address, error="m", micro=False)
    made.save(
        out, kind="svg", scale=3, border=0, xmldecl=False, svgns=False, omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(out.getvalue().decode())


@dataclass(frozen=True, slots=True)
class Page:
    """A letter: ``paragraphs`` of (words, whether a person must still write them)."""

    language: str
    rtl: bool
    organisation: str
    paragraphs: tuple[tuple[tuple[str, bool], ...], ...]
    ticks: tuple[str, ...]
    own_words: str
    day: str
    reference: str


def letter(ask: Request, code: str, language: str, wording: str, own: Sequence[Template]) -> Page:
    """A model letter in a language that is offered; the organisation's own wording before the shipped one."""
    register, easy, _ = WORDINGS[wording]
    voice = Voice(language, register, easy)
    world = ask.site.store.worlds(ask.user.organisation)
    ticks: tuple[str, ...] = ()
    own_words = ""
    if code == CHILD_AGREES:
        text = asked.phrase(world, paper.CHILD_AGREES, voice)
        ticks = (asked.phrase(world, paper.AGREES, voice), asked.phrase(world, paper.AGREES_NOT, voice))
        own_words = asked.phrase(world, paper.OWN_WORDS, voice)
    else:
        found = replying.wording(code, language, register, own)
        text, language = (found.text, found.language) if found else ("", language)
    way_on = replying.goes_on("{next_step}", "{next_by}", language, register)
    text = text.replace("{organisation}", ask.profile.name.said(language)).replace("{way_on}", way_on)
    return Page(
        language=language,
        rtl=locales.language(language).direction == "rtl",
        organisation=ask.profile.name.said(language),
        paragraphs=tuple(_marked(ask, one) for one in text.split("\n\n") if one.strip()),
        ticks=ticks,
        own_words=own_words,
        day=locales.show_date(ask.now.astimezone(LONDON).date(), language),
        reference=asked.phrase(world, paper.REFERENCE, voice),
    )


def _marked(ask: Request, text: str) -> tuple[tuple[str, bool], ...]:
    """The pieces of a paragraph, and whether each is still to be written; a place is named in the words of staff."""
    out = []
    for piece in filter(None, _OPEN.split(text)):
        place = replying.PLACES.get(piece.strip("{}"), "") if piece.startswith("{") else ""
        out.append((f"[{ask.say(place)}]" if place else piece, bool(_OPEN.fullmatch(piece))))
    return tuple(out)
