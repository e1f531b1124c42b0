"""The plainest words, in every language: "I don't feel safe at home", "nobody gives me any food", "I cut myself"."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import locales
from bot.danger import watch

WATCH = watch()
PLAINEST: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("plainest.toml").read_text("utf-8"))


def test_every_language_has_them() -> None:
    assert PLAINEST.keys() == set(locales.KNOWN)
    assert all(len(texts) >= 23 for texts in PLAINEST.values())


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in PLAINEST.items() for text in texts])
def test_each_raises_a_sign(language: str, text: str) -> None:
    assert WATCH.signs(text, language).level, text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my foster mum makes me feel safe"),
        ("fr", "je me coupe les cheveux samedi"),
        ("es", "me corto el pelo el sábado"),
        ("it", "mi taglio i capelli sabato"),
        ("ro", "mă tai la păr sâmbătă"),
        ("pl", "czuję się dobrze w tym domu"),
        ("tr", "bu evde kendimi çok rahat hissediyorum"),
        ("sw", "najikata nywele Jumamosi"),
        ("fa", "همه براش دست زدند"),
    ],
)
def test_what_is_near_them_and_harmless_does_not(language: str, text: str) -> None:
    assert not WATCH.signs(text, language).level, text
