"""Who may be turned to: cards in every language, photographs without a place, nobody invented where people are real."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from markupsafe import escape
from PIL import Image
from playwright.sync_api import Browser

import locales
from bot import photographs
from bot.app import place
from bot.channels import webchat
from bot.channels.webchat.people import PREFIX
from casework import faces
from casework.offer import Face, Name
from casework.procedure import Profile, load
from tests.security.test_files import PLACE, made
from tests.serving import serving
from tests.webchat.conftest import PHONE, Running
from tests.webchat.test_browser import serious

TOML = """base = "wales"
name = "Riverside"
about = "A charity."
[duty]
name = "On call"
number = "01632 960999"
hours = "08:00–20:00 every day"
check_by = 2027-06-30
[faces]
manager = { role = "Complaints manager", name = "Mo & Co", number = "01632 960888", photo = "mo.jpg" }
advocate = { role = { en = "Advocate", cy = "Eich eiriolwr" }, name = "Asha", number = "+44 1632 960777" }
inspectorate = { role = "Inspectorate", name = "Invented", number = "01632 960103", demonstration = true }
participation = { role = "Participation team", name = "Kai", number = "at the desk", photo = "kai.png" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profiles of a deployment: one of its own, with two photographs beside it."""
    made_for = tmp_path_factory.mktemp("profiles")
    (made_for / "riverside.toml").write_text(TOML, "utf-8")
    (made_for / "mo.jpg").write_bytes(made("JPEG", 6))
    (made_for / "kai.png").write_bytes(made("PNG"))
    return made_for


@pytest.fixture(scope="module")
def riverside(folder: Path) -> Profile:
    return load(folder / "riverside.toml")


@pytest.fixture(scope="module")
def real(chat: Running, folder: Path, riverside: Profile) -> Iterator[str]:
    """A deployment with real people."""
    with serving(webchat.routes(site(chat, folder, riverside))) as url:
        yield url


@pytest.fixture(scope="module")
def shown(chat: Running, folder: Path, riverside: Profile) -> Iterator[str]:
    """A demonstration."""
    with serving(webchat.routes(site(chat, folder, riverside, demonstration=True))) as url:
        yield url


def site(chat: Running, folder: Path, riverside: Profile, demonstration: bool = False) -> webchat.Site:
    found = {"riverside": riverside, "dudley": load("dudley"), "action-for-children": load("action-for-children")}
    found["bare"] = dataclasses.replace(load("dudley"), id="bare", faces={})
    photos, mistakes = photographs.read(folder, found)
    assert mistakes == ()
    places = {name: place(profile, None, photos[name]) for name, profile in found.items()}
    return dataclasses.replace(chat.site, places=places, demonstration=demonstration)


def test_the_page_is_there_in_every_language_and_linked_from_the_first(shown: str) -> None:
    for entry in locales.offered():
        answer = requests.get(f"{shown}/action-for-children/people?lang={entry.code}", timeout=10)
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
        text, say = answer.text.partition("<main")[2], locales.translator(entry.code)
        assert f"<h1>{escape(say('', faces.TITLE))}</h1>" in text
        for said in faces.FACES_TEXTS.values():
            assert str(escape(say("", said))) in text
        assert 'href="tel:01632960102"' in text and "{" not in text and "<script" not in answer.text
        assert str(
            escape(say("", "A demonstration: nobody here is real. Please write nothing about a real person."))
        ) in (answer.text)
    first = requests.get(f"{shown}/action-for-children/?lang=ar", timeout=10).text
    assert 'href="/action-for-children/people?lang=ar"' in first
    assert 'href="/bare/people' not in requests.get(f"{shown}/bare/", timeout=10).text
    assert requests.get(f"{shown}/bare/people", timeout=10).status_code == 404


def test_nobody_invented_is_shown_to_real_people(real: str, shown: str) -> None:
    assert requests.get(f"{real}/dudley/people", timeout=10).status_code == 404
    assert "/dudley/people" not in requests.get(f"{real}/dudley/", timeout=10).text
    assert "/riverside/people" in requests.get(f"{real}/riverside/", timeout=10).text
    text = requests.get(f"{real}/riverside/people", timeout=10).text
    assert "Asha" in text and "Invented" not in text and "01632 960103" not in text
    assert "Invented" in requests.get(f"{shown}/riverside/people", timeout=10).text


def test_an_invented_photograph_has_no_address_where_people_are_real(chat: Running, folder: Path) -> None:
    one = Face(id="manager", role=Name({"en": "Manager"}), name="X", number="1", photo="mo.jpg", demonstration=True)
    profile = dataclasses.replace(load("dudley"), faces={"manager": one})
    name = photographs.read(folder, {"dudley": profile})[0]["dudley"]["manager"].name
    for demonstration, status in ((False, 404), (True, 200)):
        with serving(
            webchat.routes(site(chat, folder, dataclasses.replace(profile, id="riverside"), demonstration))
        ) as url:
            assert requests.get(url + PREFIX + name, timeout=10).status_code == status


def test_an_own_profile_on_a_shipped_one_shows_nobody_of_it(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('base = "dudley"\n[faces.manager]\nname = "Ann"\nnumber = "1"\n', "utf-8")
    assert all(face.demonstration for face in load(tmp_path / "ours.toml").faces.values())


def test_what_somebody_is_for_is_said_in_the_readers_language(riverside: Profile) -> None:
    def say(language: str, text: str) -> str:
        return {("cy", faces.FACES_TEXTS["manager"]): "Rheolwr: gwella"}.get((language, text), text)

    manager, advocate, _, team = riverside.faces.values()
    assert faces.role(manager, "cy", say) == ("Rheolwr: gwella", "cy")
    assert faces.role(advocate, "cy", say) == ("Eich eiriolwr", "cy"), "its own words come first"
    assert faces.role(advocate, "en", say) == (faces.FACES_TEXTS["advocate"], "en"), "ours say the same, and more"
    assert faces.role(team, "cy", say) == ("Participation team", "en")
    officer = dataclasses.replace(manager, role=Name({"en": "Complaints officer"}))
    assert faces.role(officer, "en", say) == ("Complaints officer", "en")


def test_a_photograph_is_served_without_its_place(real: str) -> None:
    page = requests.get(f"{real}/riverside/people?lang=en", timeout=10).text
    assert page.count('<img class="face"') == 2 and page.count('<svg class="face drawn"') == 1
    assert 'alt="Mo &amp; Co"' in page and 'href="tel:01632960888"' in page and 'href="tel:+441632960777"' in page
    assert "at the desk" in page and 'tel:"' not in page
    addresses = [part.partition('"')[0] for part in page.split('src="')[1:] if part.startswith(PREFIX)]
    for address, mime in zip(addresses, ("image/jpeg", "image/png"), strict=True):
        answer = requests.get(real + address, timeout=10)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == mime
        assert answer.headers["Cache-Control"] == "private, max-age=86400"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"] and "Set-Cookie" not in answer.headers
        assert PLACE not in answer.content and b"Zebedee" not in answer.content
        assert Image.open(io.BytesIO(answer.content)).size == (61, 43)
    for name in ("mo.jpg", "..%2Fmo.jpg", "..%2F..%2Friverside.toml", "%2Fetc%2Fpasswd", "0" * 20 + ".jpg"):
        assert requests.get(real + PREFIX + name, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("photo", "content", "said"),
    [
        ("gone.jpg", None, "is missing"),
        ("x.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no JPEG, PNG or WebP"),
        ("x.png", made("GIF"), "is no JPEG, PNG or WebP"),
        ("x.jpg", made("JPEG")[:30], "is broken"),
        ("x.jpg", b"\xff\xd8\xff" + bytes(photographs.LARGEST), "300,000 is the most"),
        ("../secret.jpg", made("JPEG"), "outside the folder"),
        ("/etc/hostname", None, "outside the folder"),
        ("sub", None, "is no file"),
        ("a\0b.jpg", None, "cannot be read"),
        ("loop.jpg", None, "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_and_a_drawing_shown(
    tmp_path: Path, photo: str, content: bytes | None, said: str
) -> None:
    own = tmp_path / "profiles"
    (own / "sub").mkdir(parents=True)
    (own / "loop.jpg").symlink_to(own / "loop.jpg")
    if content is not None:
        (own / photo).write_bytes(content)
    one = Face(id="manager", role=Name({"en": "Manager"}), name="Mo", number="1", photo=photo)
    shown, mistakes = photographs.read(own, {"x": dataclasses.replace(load("dudley"), faces={"manager": one})})
    (mistake,) = mistakes
    assert shown == {"x": {}} and mistake.startswith("x: the photograph ") and said in mistake
    assert mistake.endswith("Until then a drawing is shown.")
    assert photographs.usable(own, {"x": load("dudley")}) == {"x": {}}


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_three_kinds_are_taken_whatever_they_are_called(tmp_path: Path, kind: str, mime: str) -> None:
    (tmp_path / "photo").write_bytes(made(kind))
    one = Face(id="manager", role=Name({"en": "Manager"}), name="Mo", number="1", photo="photo")
    shown, mistakes = photographs.read(tmp_path, {"x": dataclasses.replace(load("dudley"), faces={"manager": one})})
    assert not mistakes and shown["x"]["manager"].mime == mime
    assert shown["x"]["manager"].name.endswith(f".{mime[6:].replace('jpeg', 'jpg')}")


@pytest.mark.parametrize(("language", "width", "colours"), [("ar", 320, "light"), ("en", 1280, "dark")])
def test_axe_finds_nothing(browser: Browser, shown: str, language: str, width: int, colours: str) -> None:
    context = browser.new_context(viewport={**PHONE, "width": width}, color_scheme=colours, bypass_csp=True)
    try:
        page = context.new_page()
        page.goto(f"{shown}/riverside/people?lang={language}")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.locator(".person").count() == 4
        assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
        assert all(box["height"] >= 44 for one in page.locator(".ring a").all() if (box := one.bounding_box()))
    finally:
        context.close()
