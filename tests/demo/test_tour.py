"""The tour: one button signs in as somebody invented, only in a demonstration, and as nobody else."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

import console
from console import guard
from console.pages.tour import PARTS
from tests.cli.talking import HEARBACK, environment, run
from tests.cli.test_serve import free_port
from tests.console.conftest import Browser
from tests.demo.conftest import NOW, Made, begun
from tests.serving import serving


@contextmanager
def desk(one: Made, *, shown: bool = True) -> Iterator[Browser]:
    site = console.Site(
        store=one.store, profiles=one.store.procedures.profiles, clock=lambda: NOW, secure=False,
        demonstration=(lambda: 100) if shown else None,
    )  # fmt: skip
    with serving(console.routes(site)) as url:
        yield Browser(url)


@pytest.fixture(scope="module")
def hired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A demonstration where the staff have come in, and nobody else yet."""
    one = begun(tmp_path_factory.mktemp("hired"))
    one.maker.houses[0].hire(NOW)
    yield one
    one.store.close()


def enter(browser: Browser, part: str, organisation: str = "sandwell") -> requests.Response:
    return browser.post(f"/staff/tour/{organisation}/{part}", token=browser.token("/staff/sign-in"))


def test_every_part_can_be_played_and_lands_where_it_begins(hired: Made) -> None:
    for part, (_, begins) in PARTS.items():
        with desk(hired) as browser:
            answer = enter(browser, part)
            assert answer.status_code == 303 and answer.headers["Location"] == f"/staff{begins}"
            assert browser.get(f"/staff{begins}").status_code == 200, part
    with hired.store.database.reading() as db:
        assert db.execute(text("SELECT COUNT(*) FROM audit WHERE what = 'signed_in.tour'")).scalar() == len(PARTS)


def test_the_page_shows_three_ways_in_english_and_welsh(hired: Made) -> None:
    with desk(hired) as browser:
        page = browser.get("/staff/tour").text
        for words in ("Be the child", "Be the worker", "Be the manager", "A demonstration.", "/sandwell/?lang=ar"):
            assert words in page
        assert "Byddwch y plentyn" in browser.get("/staff/tour?lang=cy").text
        name = hired.maker.houses[0].staff["complaints"][1]
        assert f"Sign in as {name}" in page


def test_a_button_makes_you_somebody_else_in_place_of_who_you_were(hired: Made) -> None:
    with desk(hired) as browser:
        enter(browser, "participation")
        before = browser.cookie(guard.SESSION)
        browser.post("/staff/tour/sandwell/complaints")
        assert browser.cookie(guard.SESSION) != before
        assert hired.maker.houses[0].staff["complaints"][1] in browser.get("/staff/tour").text


def test_without_a_demonstration_there_is_no_tour(hired: Made) -> None:
    with desk(hired, shown=False) as browser:
        assert browser.get("/staff/tour").status_code == 404
        assert enter(browser, "complaints").status_code == 404
        assert "A demonstration." not in browser.get("/staff/sign-in").text


def test_without_the_mark_the_button_opens_nothing(tmp_path: Path) -> None:
    """Even a program that believes that it is a demonstration opens no account of a database that is none."""
    one = begun(tmp_path)
    one.maker.houses[0].hire(NOW)
    one.store.writer.write(lambda db: db.connection().execute(text("DELETE FROM meta WHERE name = 'demonstration'")))
    with desk(one) as browser:
        assert enter(browser, "complaints").status_code == 404
        assert browser.get("/staff/today").headers["Location"].startswith("/staff/sign-in")
    one.store.close()


@pytest.mark.parametrize("part", ["officer", "nobody", "complaints.sandwell", "%2e%2e"])
def test_only_the_parts_of_the_tour_are_opened(hired: Made, part: str) -> None:
    with desk(hired) as browser:
        assert enter(browser, part).status_code == 404
        assert enter(browser, "complaints", "elsewhere").status_code == 404


def test_a_form_without_its_token_opens_nothing(hired: Made) -> None:
    with desk(hired) as browser:
        assert browser.post("/staff/tour/sandwell/complaints", token="guessed").status_code == 403


def test_make_run_listens_at_once_says_what_it_is_and_can_be_taken_away(house: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {"HEARBACK_PORT": str(port), "HEARBACK_ORGANISATIONS": "dudley"}
    with (house / "out.txt").open("wb") as out:
        server = subprocess.Popen(
            [*HEARBACK, "serve", "--demo"], cwd=house, env=environment(**settings), stdout=out, stderr=out
        )
    try:
        for _ in range(300):
            assert server.poll() is None, (house / "out.txt").read_text()
            try:
                tour = requests.get(f"{address}/tour?lang=en", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        assert tour.url.endswith("/staff/tour?lang=en") and "Be the child" in tour.text
        assert "nobody here is real" in requests.get(f"{address}/dudley/", timeout=5).text
        assert re.search(r"A demonstration: everybody in it is invented", (house / "out.txt").read_text())
        assert "first administrator" not in (house / "out.txt").read_text()
        assert "Stop it first" in run(house, "demo", "remove").stderr
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    done = run(house, "demo", "remove")
    assert done.returncode == 0, done.stderr
    assert not (house / "data").exists()


def test_serve_alone_invents_nobody(house: Path) -> None:
    done = run(house, "demo", "remove")
    assert done.returncode == 1 and "no demonstration" in done.stderr
    refused = run(house, "demo", "make", HEARBACK_TELEGRAM_TOKEN="1:a", HEARBACK_ORGANISATIONS="dudley")
    assert refused.returncode == 1 and "never mixed with real people" in refused.stderr
    assert not (house / "data").exists()
