"""The privacy notice: every age, every language, without a script; and what it says is so."""

from __future__ import annotations

import dataclasses
import re

import pytest
import requests
from markupsafe import escape

import locales
from casework import privacy
from casework.offer import Name
from casework.procedure import Privacy, load, shipped
from tests.webchat.conftest import Open, Running
from tests.webchat.test_browser import serious


@pytest.mark.parametrize("name", shipped())
def test_every_organisation_has_a_notice_for_each_age(name: str) -> None:
    parts = privacy.notice(load(name))
    assert [part.age for part in parts] == ["child", "young", "adult"]
    words = [sum(len(text.text.split()) for text in part.paragraphs) for part in parts]
    assert words[0] < 70 and words == sorted(words), "a child reads least"
    assert all(
        locales.fill(text.text, {"organisation": "X", **text.places}, "en") for p in parts for text in p.paragraphs
    )


def test_it_names_who_answers_and_where_to_write() -> None:
    profile = load("dudley")
    own = Privacy(controller=Name({"en": "Dudley Council"}), contact="data@dudley.example")
    parts = privacy.notice(dataclasses.replace(profile, privacy=own))
    said = [text.places for part in parts for text in part.paragraphs]
    assert {"controller": "Dudley Council"} in said
    assert sum(one == {"contact": "data@dudley.example"} for one in said) == 3


def test_the_years_are_those_of_the_rules() -> None:
    profile = load("dudley")
    years = next(text.places for text in privacy.notice(profile)[1].paragraphs if "complaints" in text.places)
    assert years == {"complaints": "6", "others": "3"}
    without = dataclasses.replace(profile, retention={})
    assert not any("complaints" in text.places for text in privacy.notice(without)[1].paragraphs)


@pytest.mark.parametrize(("age", "most"), [("child", 7), ("young", 10), ("adult", 12)])
def test_each_age_can_read_its_own(age: str, most: float) -> None:
    part = next(part for part in privacy.notice(load("dudley")) if part.age == age)
    own = [one.text for one in part.paragraphs if not {"regulator", "contact"} & one.places.keys()]
    assert reading_age(re.sub(r"{\w+}", "six", " ".join(own))) <= most


def reading_age(text: str) -> float:
    """Years of age by which English children read it: the Flesch-Kincaid grade, and five."""
    sentences = [one for one in re.split(r"[.!?:]+\s", text) if one.strip()]
    words = re.findall(r"[a-z’']+", text.lower())
    ends = [re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", word) for word in words]
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word))) for word in ends)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59 + 5


def test_the_page_is_there_in_every_language_and_linked_from_the_first(chat: Running) -> None:
    for entry in locales.offered():
        answer = requests.get(f"{chat.url}/dudley/privacy?lang={entry.code}", timeout=10)
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
        text = answer.text
        for part in privacy.notice(load("dudley")):
            assert escape(locales.translator(entry.code)("", part.title)) in text
        assert "{" not in text.partition("<main")[2] and "<script" not in text
    assert "/dudley/privacy?lang=en" in requests.get(f"{chat.url}/dudley/?lang=en", timeout=10).text
    assert requests.get(f"{chat.url}/nowhere/privacy", timeout=10).status_code == 404


@pytest.mark.parametrize(("language", "width"), [("en", 320), ("ar", 1280)])
def test_axe_finds_nothing(opened: Open, language: str, width: int) -> None:
    size = {"width": width, "height": 800}
    page = opened(f"/dudley/privacy?lang={language}", java_script_enabled=True, viewport=size)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator("section.notice").count() == 3
