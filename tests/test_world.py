"""The worlds of the shipped organisations: every text can be said in each, and nothing of it stays unfilled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest

import locales
from bot import deployment
from bot.config import Settings
from bot.world import HELP, OrganisationWorld
from casework.calendar import LONDON
from flows import phrases
from flows.message import render
from flows.scripts import FLOWS
from flows.session import LATER, Line, Say, Voice
from flows.steps import Text, texts

#: Places that the organisation, not the engine or the store, has to fill.
OURS = {*HELP, "organisation", "hours", "alert_by"}
#: A Sunday evening: nobody is there before Monday.
EVENING = dt.datetime(2026, 11, 22, 21, 0, tzinfo=LONDON)
LANGUAGES = [entry.code for entry in locales.LANGUAGES.values()]


@pytest.fixture(scope="module")
def worlds() -> dict[str, OrganisationWorld]:
    found = deployment.profiles(Settings(_env_file=None))
    return deployment.worlds(found, deployment.watch(), lambda: EVENING)


def every_text() -> Iterator[Text]:
    yield from (value for value in vars(phrases).values() if isinstance(value, Text))
    for flow in FLOWS.values():
        yield flow.title
        for step in flow.steps:
            yield from texts(step)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said_by_every_organisation(worlds: dict[str, OrganisationWorld], language: str) -> None:
    for world in worlds.values():
        for text in every_text():
            for register in ("", "child", "young"):
                for easy in (False, True):
                    said = world.words(Line(text), Voice(language, register, easy))
                    assert not OURS & set(re.findall(r"\{(\w+)\}", said)), (world.organisation, said)


def test_the_five_organisations_are_told_apart(worlds: dict[str, OrganisationWorld]) -> None:
    assert list(worlds) == ["action-for-children", "childrens-links", "dudley", "sandwell", "together-for-children"]
    hellos = {world.words(Line(phrases.HELLO), Voice("en")) for world in worlds.values()}
    assert len(hellos) == 5
    for world in worlds.values():
        assert world.listed("services", Voice("en"))


def test_numbers_of_the_nation(worlds: dict[str, OrganisationWorld]) -> None:
    said = worlds["dudley"].words(Line(phrases.DANGER_SELF), Voice("en"))
    assert "999" in said
    assert "85258" in said
    assert "0800 1111" in said


def test_an_alert_in_the_evening_is_read_in_the_morning(worlds: dict[str, OrganisationWorld]) -> None:
    said = worlds["dudley"].words(Line(phrases.DANGER_COMPUTER), Voice("en"))
    assert "09:00 on Monday 23 November 2026" in said


def test_a_receipt_keeps_its_order_in_arabic(worlds: dict[str, OrganisationWorld]) -> None:
    line = Line(Text("{receipt}", verbatim=False))
    later = {"receipt": "1234 5678 9012 3456"}
    message = render(Say((line,), Voice("ar")), worlds["dudley"], later)
    assert message.lines == ("\u20681234 5678 9012 3456\u2069",)
    assert render(Say((line,), Voice("en")), worlds["dudley"], later).lines == ("1234 5678 9012 3456",)


@pytest.mark.parametrize("place", LATER)
def test_words_of_a_person_are_never_filled(worlds: dict[str, OrganisationWorld], place: str) -> None:
    theirs = "my {" + place + "} is mine"
    say = Say((Line(Text("You said {said}"), {"said": theirs}), Line(Text(theirs, verbatim=True))), Voice("en"))
    message = render(say, worlds["dudley"], {place: "SECRET"})
    assert "SECRET" not in "".join(message.lines)
    assert [line.replace("\u2060", "") for line in message.lines] == [f"You said {theirs}", theirs]


def test_a_line_in_another_language_than_the_talk(worlds: dict[str, OrganisationWorld]) -> None:
    line = Line(Text("Yes"), voice=Voice("en"))
    assert worlds["dudley"].words(line, Voice("cy")) == "Yes"


def test_dates(worlds: dict[str, OrganisationWorld]) -> None:
    world, today = worlds["dudley"], dt.date(2026, 11, 22)
    assert world.read_date("yesterday", "en", today) == dt.date(2026, 11, 21)
    assert world.read_date("quokka", "en", today) is None
    assert world.show_date(today, Voice("en")) == "Sunday 22 November 2026"
