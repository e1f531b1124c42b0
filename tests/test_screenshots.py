"""The pictures of README and docs/ are made by ``make screenshots``, and none is older than what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import locales
from tools import pictures

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]


def shown() -> set[Path]:
    """Every picture of docs/images that a page shows; docs/pictures has those of other programs (Word)."""
    found = {
        (page.parent / name).resolve()
        for page in PAGES
        for name in re.findall(r"!\[[^\]]*\]\(([^)\s]+\.png)\)", page.read_text("utf-8"))
    }
    return {file for file in found if file.parent == pictures.IMAGES}


def test_every_picture_that_a_page_shows_is_made_and_no_other_is_kept() -> None:
    assert shown() == {pictures.IMAGES / name for name in pictures.PICTURES} == set(pictures.IMAGES.glob("*.png"))


def test_what_is_behind_a_picture_is_known() -> None:
    found = {file.relative_to(ROOT).as_posix() for file in pictures.behind("today.png")}
    templates = {f"console/templates/{name}.html" for name in ("today", "base", "_list", "components")}
    assert templates | {"console/static/console.css", "console/static/desk.css"} <= found
    chat = {file.name for file in pictures.behind("chat-ar.png")}
    assert {"chat.html", "_answer.html", "_bubble.html", "_menu.html", "chat.css", "symbols.svg"} <= chat


def test_no_picture_is_older_than_what_it_shows() -> None:
    made = pictures.made()
    assert made.keys() == pictures.PICTURES.keys(), "run: make screenshots"
    old = [name for name in made if pictures.changed(name, made[name])]
    assert not old, f"what {', '.join(old)} shows has changed since; look at the page, then run: make screenshots"


def test_what_is_said_in_a_picture_is_known() -> None:
    """A text that stands there makes it old once it is said otherwise, in its language; no other text does."""
    made = pictures.made()
    for name, kept in made.items():
        now = pictures.texts(name)
        assert len({now[one] for one in kept["texts"].split()}) >= 8, name
    kept, question, other = made["chat-cy.png"], ("", "Who are you?"), ("", "We would like to know how we did.")
    assert locales.translator("cy")(*question) != "Who are you?" and locales.translator("cy")(*other) != other[1]
    assert not pictures.changed("chat-cy.png", kept)
    assert pictures.changed("chat-cy.png", kept, {question: "Pwy sydd yno?"})
    assert not pictures.changed("chat-cy.png", kept, {other: "Sut oedd hi?"})
    assert pictures.changed("chat-cy.png", {**kept, "files": ""})


def test_a_text_is_known_by_its_whole_words_whatever_fills_its_places() -> None:
    def found(page: str) -> set[str]:
        texts = pictures.texts("today.png")
        return {texts[mark] for mark in pictures.shown("today.png", page)}

    assert {"Overdue", "late by {count} working days"} <= found("…\nOverdue\nlate by\u00a012 working days")
    assert not {"Overdue", "late by {count} working days"} & found("Overdues, late by working days")


@pytest.mark.soak(only="every picture is made: a server, a browser, a minute")
def test_the_pictures_can_be_made_anew(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "screenshots.py"), str(tmp_path)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {*pictures.PICTURES, pictures.MADE}
    for name in pictures.PICTURES:
        with Image.open(tmp_path / name) as new, Image.open(pictures.IMAGES / name) as kept:
            assert new.width == kept.width, name
            assert 0.7 < new.height / kept.height < 1.5, f"{name}: {new.size} and {kept.size}"
            assert len(new.getcolors(1 << 24) or ()) > 20, f"{name} is empty"
