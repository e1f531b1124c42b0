"""Signing in by OpenID Connect, with a real provider (a package from PyPI) on this machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oidc_provider_mock import User, run_server_in_thread

from console import Provider
from console.oidc import Client, Refused
from storage import sessions, staff
from tests.console.conftest import Browser, House, running

# The provider's own libraries, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib", "ignore:get_jwt_config")


@dataclass
class Elsewhere:
    """A console, and the provider that its staff may sign in with."""

    house: House
    issuer: str

    def go(self, browser: Browser, **form: str) -> str:
        """The address at the provider that the button leads to."""
        answer = browser.post("/staff/sign-in/provider", form, token=browser.token("/staff/sign-in"))
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def agree(self, address: str, subject: str) -> str:
        """Sign in there; where it sends the browser back to, without the console's own address."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix(self.house.url)

    def come(self, browser: Browser, subject: str, **form: str) -> requests.Response:
        return browser.get(self.agree(self.go(browser, **form), subject))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    people = [
        User(sub="s-1", claims={"email": "ann@example.org", "email_verified": True}),
        User(sub="s-2", claims={"email": "ben@example.org", "email_verified": False}),
        User(sub="s-3", claims={"email": "ann@example.org", "email_verified": True}),
        User(sub="s-4", claims={"email": "cat@example.org"}),
    ]
    with run_server_in_thread(require_client_registration=True, require_nonce=True, user_claims=people) as server:
        issuer = f"http://localhost:{server.server_port}"
        with running(tmp_path_factory.mktemp("oidc")) as house:
            back = f"{house.url}/staff/sign-in/return"
            given = requests.post(f"{issuer}/oauth2/clients", json={"redirect_uris": [back]}, timeout=30).json()
            # The address to come back to is not known before the console listens.
            provider = Provider(issuer, given["client_id"], given["client_secret"], "Example Council")
            object.__setattr__(house.site, "provider", provider)
            for login in ("ann@example.org", "ben@example.org", "cat@example.org"):
                house.add("dudley", ("officer",), login=login)
            yield Elsewhere(house, issuer)


def test_by_e_mail_first_and_by_subject_afterwards(there: Elsewhere) -> None:
    browser = there.house.browser()
    assert "Sign in with Example Council" in browser.get("/staff/sign-in").text
    answer = there.come(browser, "s-1", next="/staff/account")
    assert answer.headers["Location"] == "/staff/account"
    assert "ann@example.org" in browser.get("/staff/account").text
    assert there.house.audited()[-1] == "signed_in.provider"
    with there.house.store.database.reading() as db:
        ann = staff.by_subject(db, there.house.site.sealer, there.issuer, "s-1")
        assert ann is not None and ann.login == "ann@example.org" and ann.waiting is None
    assert there.come(there.house.browser(), "s-1").status_code == 303
    # The address now belongs to another person there: it opens nothing of Ann's.
    refused = there.come(there.house.browser(), "s-3")
    assert refused.status_code == 403 and "You have no account here" in refused.text


@pytest.mark.parametrize("subject", ["s-2", "s-4", "stranger@example.org"])
def test_an_address_that_is_not_verified_opens_nothing(there: Elsewhere, subject: str) -> None:
    browser = there.house.browser()
    answer = there.come(browser, subject)
    assert answer.status_code == 403 and "You have no account here" in answer.text
    assert browser.get("/staff/account").status_code == 303


def test_the_question_has_state_nonce_and_a_challenge(there: Elsewhere) -> None:
    browser = there.house.browser()
    asked = parse_qs(urlsplit(there.go(browser)).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{there.house.url}/staff/sign-in/return"]
    again = parse_qs(urlsplit(there.go(browser)).query)
    for one in ("state", "nonce", "code_challenge"):
        assert len(asked[one][0]) >= 32 and asked[one] != again[one]
    client = there.house.site.client
    assert client is not None
    begun = asyncio.run(client.begin("http://127.0.0.1/x"))
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    assert parse_qs(urlsplit(begun.address).query)["code_challenge"] == [
        base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    ]


def test_an_answer_from_elsewhere_opens_nothing(there: Elsewhere) -> None:
    mine, theirs = there.house.browser(), there.house.browser()
    back = there.agree(there.go(theirs), "s-1")
    assert mine.get(back).status_code == 403, "no sign-in was begun here"
    there.go(mine)
    assert mine.get(back).status_code == 403, "the state of another browser"
    assert theirs.get(back.replace("code=", "error=access_denied&nocode=")).status_code == 403
    assert theirs.get(f"{back}&iss=https://evil.example").status_code == 403
    assert theirs.get(back).status_code == 303
    again = there.house.browser()
    there.go(again)
    assert again.get(back).status_code == 403, "an answer counts once"
    with_session = re.sub(r"code=[^&]+", "code=made-up", there.agree(there.go(again), "s-1"))
    assert again.get(with_session).status_code == 502


def test_whoever_is_disabled_stays_outside(there: Elsewhere) -> None:
    house = there.house
    with house.store.database.reading() as db:
        cat = staff.by_login(db, house.site.sealer, "cat@example.org")
    assert cat is not None
    trusting = replace(house.site.provider, trust_email=True)  # type: ignore[type-var]  # it is set above
    object.__setattr__(house.site.client, "provider", trusting)
    try:
        assert there.come(house.browser(), "s-4").status_code == 303
        house.store.writer.write(
            lambda db: staff.change(db.connection(), house.site.sealer, cat.id, disabled=True)
        ).result(10)
        assert there.come(house.browser(), "s-4").status_code == 403
    finally:
        object.__setattr__(house.site.client, "provider", house.site.provider)


def test_what_was_being_typed_comes_back_from_there_too(there: Elsewhere) -> None:
    house = there.house
    browser = house.browser()
    there.come(browser, "s-1")
    token = browser.token()
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    words = {"language": "en", "words": "A long reply.\n" * 20}
    answer = browser.post("/staff/account/language", words, token=token)
    carried = re.findall(r'name="typed" value="([^"]+)"', answer.text)[0]
    assert there.come(browser, "s-1", typed=carried).headers["Location"] == "/staff/typed"
    assert "A long reply." in browser.get("/staff/typed").text


# What a token must say --------------------------------------------------------------------------

KEY = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)


class Fixed(Client):
    """A client that has the keys already: only the checks are left."""

    async def _key_set(self, *, fresh: bool) -> KeySet:
        return KeySet([KEY])


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    fine = {"iss": "https://id.example", "aud": "us", "sub": "1", "exp": now + 60, "iat": now, "nonce": "n" * 32}
    return {name: value for name, value in {**fine, **changes}.items() if value is not None}


def read(token: str) -> None:
    client = Fixed(Provider("https://id.example", "us"))
    client._check(asyncio.run(client._claims(token)), "n" * 32)


def signed(said: dict[str, Any], algorithm: str = "RS256", key: Any = KEY) -> str:
    return jwt.encode({"alg": algorithm, "kid": "one"}, said, key, algorithms=[algorithm])


def test_a_right_token_is_read() -> None:
    read(signed(claims()))
    read(signed(claims(aud=["us"])))
    read(signed(claims(aud=["us", "them"], azp="us")))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"aud": "them"}, {"aud": ["us", "them"]}, {"aud": None}, {"exp": 1},
        {"exp": None}, {"iat": 9_999_999_999}, {"nonce": "m" * 32}, {"nonce": None}, {"sub": ""}, {"iss": None},
    ],
)  # fmt: skip
def test_a_wrong_token_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        read(signed(claims(**changes)))


def test_a_signature_of_somebody_else_is_refused() -> None:
    other = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
    public = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    whole = signed(claims())
    for token in (signed(claims(), key=other), f"{public}.{whole.split('.')[1]}.", whole[:-6] + "AAAAAA", "", "a.b.c"):
        with pytest.raises(Refused):
            read(token)


def test_a_provider_that_is_not_who_it_says_is_refused(there: Elsewhere) -> None:
    for issuer in (there.issuer + "/other", there.issuer + "/", "http://127.0.0.1:9"):
        with pytest.raises(Refused):
            asyncio.run(Client(Provider(issuer, "us")).begin("http://127.0.0.1/x"))


def test_a_provider_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    away = Provider("http://127.0.0.1:9", "us")
    with running(tmp_path, lambda site: replace(site, provider=away)) as house:
        browser = house.browser()
        answer = browser.post("/staff/sign-in/provider", token=browser.token("/staff/sign-in"))
        assert answer.status_code == 502 and "use your password or try again later" in answer.text
