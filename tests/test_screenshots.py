"""The pictures of README and docs/ are made by ``make screenshots``, and none is older than what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

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
    old = [name for name in made if made[name] != pictures.mark(name)]
    assert not old, f"what {', '.join(old)} shows has changed since; look at the page, then run: make screenshots"


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
