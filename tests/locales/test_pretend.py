"""In a language where every text of the catalogue stands in brackets, no word a person reads stands outside of them.

Welsh is made that language; whatever is shown without brackets never went through the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.dates import format_date

import locales
from bot.deployment import watch
from bot.world import OrganisationWorld
from casework.offer import Name, names
from casework.procedure import PROFILES, load
from console.words import speaker
from flows.session import Line, Voice
from flows.steps import REGISTERS
from locales import catalogue
from tests.console.conftest import running
from tests.console.test_every_page import ROLES, filled, paths
from tests.flows.test_words import FILLS, every_text
from tests.locales import pseudo
from tests.webchat.conftest import Running, chatting
from tests.webchat.person import Person

CODE = "cy"
#: What a person sees of a tag besides its text.
SHOWN = ("alt", "title", "placeholder", "aria-label", "aria-description")
#: Pages of the console that show what somebody wrote, or was told in their language.
WORDED = ("/record/", "/rights/", "/compliment/", "/referral/", "/alike/", "/templates/")
#: Whom and what the tests made up, and the product's name.
DATA = {"Hearback", "Jo", "Brown", "Summer", "example", "org", "http", "Firefox", "Linux", "HB"}
REFERENCE = re.compile(r"HB-\w{4}-\w{2}")
WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture(scope="module")
def pretend() -> Iterator[None]:
    """Welsh is the pretend language, of both domains."""
    real, made = catalogue.texts, {domain: pseudo.texts(domain) for domain in ("messages", "console")}

    def texts(language: str, domain: str) -> Mapping[catalogue.Key, str]:
        return made[domain] if language == CODE else real(language, domain)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "texts", texts)
        speaker.cache_clear()
        yield
    speaker.cache_clear()


def words(text: str) -> set[str]:
    """The words of a text that stand outside all brackets."""
    return set(WORD.findall(pseudo.bare(text)))


def in_welsh(data: Any) -> Iterator[list[str]]:
    """What an organisation's profile says in Welsh, as lists of words."""
    if isinstance(data, Name):
        yield WORD.findall(data.said(CODE))
    elif is_dataclass(data):
        for one in fields(data):
            yield from in_welsh(getattr(data, one.name))
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from in_welsh(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from in_welsh(value)


def dates(pattern: str) -> Iterator[str]:
    """The words of every day of a year, as a date writes them."""
    for number in range(366):
        yield from WORD.findall(format_date(date(2028, 1, 1) + timedelta(days=number), pattern, locale=CODE))


def test_brackets_are_seen() -> None:
    shown = pseudo.pseudo("Call {emergency} now")
    assert shown.startswith(pseudo.OPEN) and shown.endswith(pseudo.CLOSE) and "{emergency}" in shown
    assert pseudo.bare(f"{shown} and {shown}") == "and" and words(f"{shown} and {shown}") == {"and"}


def test_no_message_has_a_word_of_its_own(pretend: None) -> None:
    world = OrganisationWorld(load("dudley"), watch(), lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))
    seen = 0
    for text in every_text():
        for register in ("", *REGISTERS):
            for easy in (False, True):
                if text.plain and not text.verbatim:
                    said = world.words(Line(text, FILLS), Voice(CODE, register, easy))
                    assert not words(said), said
                    seen += 1
    assert seen > 1000


class Shown(HTMLParser):
    """Every text of a page that a person sees or hears, apart from what is said to be in another language."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._within: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        away = tag in ("script", "style", "template") or given.get("lang", CODE) != CODE
        hidden = away or bool(self._within and self._within[-1][1])
        if tag not in self.VOID:
            self._within.append((tag, hidden))
        if not hidden:
            self.attributes += [given[name] or "" for name in SHOWN if name in given]

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._within and self._within[-1][1]):
            self.texts.append(data)


@pytest.fixture(scope="module")
def chat(pretend: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with chatting(tmp_path_factory.mktemp("pretend")) as running:
        yield running


STORY = "quokkas sang at midnight"


def test_no_page_of_the_chat_has_a_word_of_its_own(chat: Running) -> None:
    profile, entry = load("dudley"), locales.language(CODE)
    named = [profile.name, *(one.name for one in profile.services.values())]
    own = {*WORD.findall(" ".join(one.said(CODE) for one in named)), *WORD.findall(f"{entry.name} {STORY}"), "dudley"}
    strange: dict[str, set[str]] = {}
    looked = 0

    def look(where: str, page: str) -> None:
        nonlocal looked
        looked += 1
        shown = Shown(page)
        for text in ("\n".join(shown.texts), *shown.attributes):
            if found := words(text) - own:
                strange.setdefault(where, set()).update(found)

    person = Person(chat.url)
    for path in ("/", "/dudley/nowhere"):
        look(path, person.ask("GET", path).html)
    for part in ("", "progress", "you-said", "privacy", "people"):
        look(part, person.ask("GET", f"/dudley/{part}?lang={CODE}").html)
    for kind in ("compliment", "informal", "complaint", "advocate", "person", "progress"):
        person = Person(chat.url)
        person.start(CODE)
        for _ in range(60):
            look(kind, person.page.html)
            offered = person.page.form.choices
            mine = next((one for one in offered if one.endswith(f"kind={kind}")), None) or next(iter(offered), None)
            if mine:
                person.post(("choice", mine))
            else:
                person.say(STORY)
            if not person.page.form.choices and "done" in person.page.form.commands:
                person.command("done")
    assert not strange and looked > 60, (strange, looked)


def test_no_page_of_the_console_has_a_word_of_its_own(pretend: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """But for pages with what somebody wrote or was told; and lists of the organisation, which are as it wrote them."""
    profile, strange, looked = load("dudley"), dict[str, set[str]](), 0
    shipped = " ".join(path.read_text("utf-8") for path in PROFILES.glob("*.toml"))
    named = " ".join(word for words_of in in_welsh(profile) for word in words_of)
    days = {word for pattern in ("MMMM", "EEEE") for word in dates(pattern)}
    tongues = " ".join(f"{entry.name} {entry.english}" for entry in locales.LANGUAGES.values())
    said = f"{shipped} {named} {names(CODE).values()} {tongues}".casefold()
    own = {*WORD.findall(said), *(word.casefold() for word in days | DATA)}
    with running(tmp_path_factory.mktemp("pretend-console")) as house:
        number, _ = house.add("dudley", ROLES)
        jo = house.signed_in(number)
        places = filled(house, jo, number)
        jo.post("/staff/account/language", {"language": CODE})
        for path in paths(places):
            answer = jo.get(path)
            if answer.status_code != 200 or any(part in path for part in WORDED):
                continue
            looked += 1
            shown = Shown(answer.text)
            for text in ("\n".join(shown.texts), *shown.attributes):
                if found := {word for word in words(REFERENCE.sub("", text)) if word.casefold() not in own}:
                    strange.setdefault(path, set()).update(found)
    assert not strange and looked > 30, (strange, looked)
