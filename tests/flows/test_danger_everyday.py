"""Plain sentences of every day, in every language: who waits for the bus is not homeless."""

from __future__ import annotations

import pytest

import locales
from bot.danger import watch
from tools.examples import phrases

WATCH = watch()
#: Of a language's sentences so many may be taken for danger: the measure of the lists (docs/safety.md).
FALSE = 0.10


def everyday(language: str) -> list[str]:
    return [text for text, _, name in phrases(language) if name == f"{language}_everyday"]


@pytest.mark.parametrize("language", locales.KNOWN)
def test_most_raise_no_sign(language: str) -> None:
    sentences = everyday(language)
    raised = [text for text in sentences if WATCH.signs(text, language).level]
    assert len(sentences) >= 40
    assert len(raised) <= FALSE * len(sentences), "\n".join(raised)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cy", "dwi'n aros am y bws bob bore"),
        ("cy", "dan ni'n byw mewn stryd dawel yn ymyl y parc"),
        ("cy", "dwi ddim yn gwybod lle mae'r swyddfa newydd"),
        ("es", "vivimos en una calle tranquila al lado del parque"),
        ("es", "no sé dónde está la oficina nueva"),
        ("pl", "mieszkamy na spokojnej ulicy obok parku"),
        ("ro", "nu știu unde e biroul nou"),
        ("lt", "gyvename ramioje gatvėje prie parko"),
        ("lv", "dzīvojam klusā ielā pie parka"),
        ("sq", "jetojmë në një rrugë të qetë pranë parkut"),
        ("bn", "আমরা পার্কের পাশে একটা শান্ত রাস্তায় থাকি"),
        ("zh_Hans", "我们住在公园旁边一条安静的街上"),
    ],
)
def test_who_lives_in_a_street_does_not_live_on_it(language: str, text: str) -> None:
    assert WATCH.signs(text, language).level != "red", text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cy", "dan ni'n byw ar y stryd"),
        ("cy", "dan ni'n byw yn y car ers wythnos"),
        ("cy", "dwi wedi rhedeg i ffwrdd o'r cartref"),
        ("cy", "dwi ddim yn gwybod lle ydw i"),
        ("cy", "mae o wedi brifo fy mraich"),
        ("es", "vivimos en la calle con los niños"),
        ("pl", "mieszkamy na ulicy"),
        ("ro", "nu știu unde sunt"),
        ("lt", "gyvename gatvėje"),
        ("lv", "dzīvojam uz ielas"),
        ("sq", "jetojmë në rrugë"),
        ("sw", "nimekimbia nyumbani"),
        ("bn", "আমরা রাস্তায় থাকি"),
        ("zh_Hans", "我们睡在街上"),
    ],
)
def test_but_who_lives_on_it_is_found(language: str, text: str) -> None:
    assert WATCH.signs(text, language).level, text
