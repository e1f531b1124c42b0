"""The real console on a loopback port, over the real store, with staff of every role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from argon2 import PasswordHasher

import console
from bot.config import load
from bot.deployment import profiles, watch, worlds
from console import guard, passwords
from storage import sessions, staff
from storage.store import Store, open_store
from tests.serving import Clock, serving
from tests.storage.people import Person

PASSWORD = "harbour-violin-cloud"
#: What passwords cost an attacker, and here what hundreds of them cost each run: test_sign_in.py looks at the former.
REAL_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy leads here, and asking for one takes as long as a short page
    return session


@dataclass
class Browser:
    """Somebody at a browser: cookies are kept, redirects are not followed unless asked for."""

    url: str
    session: requests.Session = field(default_factory=_session)

    def get(self, path: str, follow: bool = False, **more: Any) -> requests.Response:
        return self.session.get(self.url + path, allow_redirects=follow, timeout=30, **more)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, token: str | None = None, **more: Any
    ) -> requests.Response:
        """A post of a page of ours; its token is the one that the browser's forms carry now."""
        given = {"token": self.token() if token is None else token, **(data or {})}
        return self.session.post(self.url + path, data=given, allow_redirects=False, timeout=30, **more)

    def token(self, page: str = "/staff/account") -> str:
        shown = self.get(page, follow=True).text
        return re.findall(r'name="token" value="([^"]+)"', shown)[0]

    def cookie(self, name: str) -> str:
        return self.session.cookies.get(name, "")


@dataclass
class House:
    """The running console."""

    url: str
    store: Store
    clock: Clock
    site: console.Site
    _people: int = 0

    def add(
        self,
        organisation: str,
        roles: Iterable[str],
        services: Iterable[str] = (),
        *,
        link: bool = False,
        login: str = "",
    ) -> tuple[int, str]:
        """Somebody new, who has not set anything up: their id, and their login or the token of their ``link``."""
        self._people += 1
        login = login or f"person{self._people}@example.org"

        def write(db: Any) -> tuple[int, str]:
            return staff.add(
                db.connection(), self.site.sealer, organisation, login, "Jo Brown", roles, services, at=self.clock()
            )

        number, setup = self.store.writer.write(write).result(10)
        return number, setup if link else login

    def ready(self, organisation: str = "dudley", roles: Iterable[str] = ("officer",)) -> tuple[int, str, str]:
        """Somebody with a password and a second factor: (id, login, secret)."""
        number, login = self.add(organisation, roles)
        secret = passwords.new_secret()

        def write(db: Any) -> None:
            staff.set_password(db.connection(), number, _hashed())
            staff.set_totp(db.connection(), self.site.sealer, number, secret, 0)

        self.store.writer.write(write).result(10)
        return number, login, secret

    def browser(self) -> Browser:
        return Browser(self.url)

    def signed_in(self, number: int) -> Browser:
        """A browser in which they have signed in just now."""
        with self.store.database.reading() as db:
            member = staff.member(db, self.site.sealer, number)
        assert member is not None

        def write(db: Any) -> str:
            return sessions.begin(
                db.connection(), self.site.sealer, step="in", at=self.clock(), organisation=member.organisation,
                staff=number, agent="Firefox, Linux",
            )  # fmt: skip

        browser = self.browser()
        browser.session.cookies.set(guard.SESSION, self.store.writer.write(write).result(10))
        return browser

    def person(self, organisation: str, *roles: str, services: Iterable[str] = ()) -> Browser:
        """Somebody of these roles, signed in."""
        return self.signed_in(self.add(organisation, roles, services)[0])

    def sign_in(self, login: str, secret: str, browser: Browser | None = None) -> Browser:
        """With a password and a code."""
        browser = browser or self.browser()
        answer = browser.post(
            "/staff/sign-in", {"login": login, "password": PASSWORD}, token=browser.token("/staff/sign-in")
        )
        assert answer.status_code == 303, answer.text
        answer = browser.post("/staff/code", {"code": self.code(secret)}, token=browser.token("/staff/code"))
        assert answer.status_code == 303, answer.text
        return browser

    def code(self, secret: str) -> str:
        """What the app shows; each time a new one, though the clock hardly moves."""
        self.clock.ahead += timedelta(seconds=31)
        return pyotp.TOTP(secret).at(self.clock())

    def count(self, table: str) -> int:
        with self.store.database.reading() as db:
            return int(db.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())

    def audited(self) -> list[str]:
        with self.store.database.reading() as db:
            return [row[0] for row in db.exec_driver_sql("SELECT what FROM audit ORDER BY id")]

    @contextmanager
    def database_gone(self) -> Iterator[None]:
        """Somebody moves the database away, and puts it back."""
        file = Path(self.store.database.url.removeprefix("sqlite:///"))
        away = file.with_suffix(".away")
        file.rename(away)
        try:
            yield
        finally:
            away.rename(file)


def _hashed() -> str:
    global _kept
    _kept = _kept or passwords._hasher.hash(PASSWORD)
    return _kept


_kept = ""


@contextmanager
def running(folder: Path, change: Callable[[console.Site], console.Site] = lambda site: site) -> Iterator[House]:
    """A console of its own in a thread of its own."""
    settings = load(data=folder)
    clock = Clock()
    found = profiles(settings)
    store = open_store(
        settings.database_url,
        key_ring=settings.ring_file,
        key_store=settings.key_store_url,
        media=settings.media_folder,
        worlds=worlds(found, watch(), clock).__getitem__,
        profiles=found,
        receipt_cost=2**10,
    )
    site = change(console.Site(store=store, profiles=found, clock=clock, secure=False))
    try:
        with serving(console.routes(site), client_max_size=8 * 1024 * 1024) as url:
            yield House(url, store, clock, site)
    finally:
        store.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One console for every test that does not change it."""
    with running(tmp_path_factory.mktemp("console")) as made:
        yield made


@pytest.fixture(scope="session")
def records(house: House) -> dict[str, str]:
    """Organisation -> reference of a complaint that somebody has sent it."""
    return {
        name: Person(house.store.writer, organisation=name, endpoint="web").complain().reference
        for name in house.site.profiles
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, for the tests of one file."""
    from tests.console.desk import chromium  # which takes a house from here

    with chromium() as started:
        yield started


__all__ = ["PASSWORD", "REAL_HASHER", "Browser", "House", "replace", "running"]
