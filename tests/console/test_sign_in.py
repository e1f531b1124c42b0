"""Signing in, first and again; being slowed down; sessions; what was being typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import guard, passwords
from storage import sessions, staff
from tests.console.conftest import PASSWORD, REAL_HASHER, Browser, House, running


@pytest.fixture
def clean(tmp_path: Path) -> Iterator[House]:
    """A console of one's own."""
    with running(tmp_path) as made:
        yield made


def try_password(house: House, browser: Browser, login: str, password: str = "wrong-password-here") -> int:
    token = browser.token("/staff/sign-in")
    return browser.post("/staff/sign-in", {"login": login, "password": password}, token=token).status_code


# The first time ---------------------------------------------------------------------------------


def test_the_first_time_link_password_phone_codes(house: House) -> None:
    number, link = house.add("dudley", ("officer",), link=True)
    browser = house.browser()
    path = f"/staff/welcome/{link}"
    assert "Jo Brown" in browser.get(path).text
    weak = browser.post(path, {"new_password": "password1234"}, token=browser.token(path))
    assert weak.status_code == 422 and "first passwords that others would try" in weak.text
    done = browser.post(path, {"new_password": PASSWORD}, token=browser.token(path))
    assert done.headers["Location"] == "/staff/set-up"
    page = browser.get("/staff/set-up").text
    secret = re.findall(r'class="secret">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    picture = browser.get("/staff/set-up/qr.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml" and b"<path" in picture.content
    wrong = browser.post("/staff/set-up", {"code": "000000"}, token=browser.token("/staff/set-up"))
    assert wrong.status_code == 422
    done = browser.post("/staff/set-up", {"code": house.code(secret)}, token=browser.token("/staff/set-up"))
    assert done.headers["Location"] == "/staff/recovery-codes"
    shown = browser.get("/staff/recovery-codes").text
    codes = re.findall(r'class="secret">([a-z0-9-]{14})<', shown)
    assert len(set(codes)) == 10
    done = browser.post("/staff/recovery-codes", token=browser.token("/staff/recovery-codes"))
    assert done.headers["Location"] == "/staff/"
    assert browser.get("/staff/recovery-codes").status_code == 303
    assert browser.get("/staff/account").status_code == 200
    assert browser.get(path).status_code == 404, "the link opens once"
    # A recovery code instead of the phone, and never again.
    for expected in (303, 422):
        other = house.browser()
        assert try_password(house, other, f"person{house._people}@example.org", PASSWORD) == 303
        answer = other.post("/staff/code", {"code": codes[0].upper()}, token=other.token("/staff/code"))
        assert answer.status_code == expected
    with house.store.database.reading() as db:
        assert staff.recovery_left(db, number) == 9


def test_a_link_opens_for_seven_days(house: House) -> None:
    _, link = house.add("dudley", ("officer",), link=True)
    assert house.browser().get(f"/staff/welcome/{link}").status_code == 200
    house.clock.ahead += staff.SETUP
    assert house.browser().get(f"/staff/welcome/{link}").status_code == 404
    assert house.browser().get("/staff/welcome/nonsense").status_code == 404


def test_the_first_administrator_comes_from_the_terminal_once(tmp_path: Path) -> None:
    with running(tmp_path, lambda site: replace(site, first="from-the-terminal")) as house:
        browser = house.browser()
        assert browser.get("/staff/begin").status_code == 404
        assert browser.get("/staff/begin?code=guessed").status_code == 404
        path = "/staff/begin?code=from-the-terminal"
        form = {"name": "Ann", "login": "ann@example.org", "organisation": "dudley", "new_password": PASSWORD}
        bad = browser.post(path, {**form, "organisation": "elsewhere", "login": "a b"}, token=browser.token(path))
        assert bad.status_code == 422 and "Choose your organisation" in bad.text
        done = browser.post(path, {**form, "roles": ["complaints", "emperor"]}, token=browser.token(path))
        assert done.headers["Location"] == "/staff/set-up"
        with house.store.database.reading() as db:
            (ann,) = staff.everyone(db, house.site.sealer, ["dudley"])
        assert ann.roles == {"administrator", "complaints"} and ann.name == "Ann"
        assert house.browser().get(path).status_code == 404, "there are staff now"


# Passwords and codes ----------------------------------------------------------------------------


def test_password_then_code_then_in(house: House) -> None:
    _, login, secret = house.ready()
    before = house.browser()
    browser = house.sign_in(login.upper() + " ", secret, before)
    assert browser.get("/staff/account").status_code == 200
    assert house.audited()[-1] == "signed_in.code"


def test_a_password_alone_opens_nothing(house: House) -> None:
    _, login, _ = house.ready()
    browser = house.browser()
    assert try_password(house, browser, login, PASSWORD) == 303
    assert browser.get("/staff/account").status_code == 303
    assert browser.post("/staff/sign-out", token="x").status_code in (303, 401)


def test_each_step_has_a_new_token(house: House) -> None:
    _, login, secret = house.ready()
    browser = house.browser()
    browser.token("/staff/sign-in")
    planted = browser.cookie(guard.BEFORE)
    assert try_password(house, browser, login, PASSWORD) == 303
    half = browser.cookie(guard.SESSION)
    browser.post("/staff/code", {"code": house.code(secret)}, token=browser.token("/staff/code"))
    assert len({planted, half, browser.cookie(guard.SESSION)}) == 3
    old = house.browser()
    old.session.cookies.set(guard.SESSION, half)
    assert old.get("/staff/account").status_code == 303


def test_a_code_counts_once(house: House) -> None:
    number, login, secret = house.ready()
    code = house.code(secret)
    for expected in (303, 422):
        browser = house.browser()
        assert try_password(house, browser, login, PASSWORD) == 303
        assert browser.post("/staff/code", {"code": code}, token=browser.token("/staff/code")).status_code == expected
    assert number


def test_nobody_learns_which_logins_there_are(house: House) -> None:
    _, login, _ = house.ready()
    said = []
    for one in (login, "nobody@example.org"):
        browser = house.browser()
        answer = browser.post(
            "/staff/sign-in", {"login": one, "password": "wrong"}, token=browser.token("/staff/sign-in")
        )
        said.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("short", False), ("aaaaaaaaaaaaaaaa", False), ("Password123456", False), ("jo.brown.2026", False),
        ("x" * 201, False), ("harbour violin cloud", True), ("пароль-из-слов", True),
    ],
)  # fmt: skip
def test_new_passwords(password: str, fine: bool) -> None:
    assert (passwords.problem(password, "jo.brown@example.org", "Jo Brown") == "") is fine


# Slowed down, never locked out ------------------------------------------------------------------


def test_each_try_costs_a_tenth_of_a_second_and_what_cost_otherwise_is_hashed_anew(house: House) -> None:
    number, login, secret = house.ready()
    kept = f"SELECT password FROM staff WHERE id = {number}"

    def write(db: Any) -> None:
        staff.set_password(db.connection(), number, REAL_HASHER.hash(PASSWORD))

    house.store.writer.write(write).result(10)
    with house.store.database.reading() as db:
        assert db.exec_driver_sql(kept).scalar_one().startswith("$argon2id$v=19$m=65536,t=3,p=2$")
    house.sign_in(login, secret)
    with house.store.database.reading() as db:
        anew = db.exec_driver_sql(kept).scalar_one()
    assert anew.startswith("$argon2id$") and not passwords.outdated(anew)


def test_five_tries_then_a_wait_that_ends(clean: House) -> None:
    _, login, secret = clean.ready()
    browser = clean.browser()
    found = [try_password(clean, browser, login) for _ in range(8)]
    assert found == [422] * 5 + [429] * 3
    assert try_password(clean, browser, login, PASSWORD) == 429, "even the right one waits"
    clean.clock.ahead += timedelta(seconds=4)
    clean.sign_in(login, secret, browser)


def test_an_attacker_does_not_lock_somebody_out(clean: House) -> None:
    """On a browser they have used before, others' failures count for nothing."""
    _, login, secret = clean.ready()
    known = clean.sign_in(login, secret)
    known.post("/staff/sign-out")
    attacker = clean.browser()
    clean.clock.stop()
    for _ in range(60):
        try_password(clean, attacker, login)
        clean.clock.ahead += timedelta(seconds=1)
    assert try_password(clean, clean.browser(), login, PASSWORD) == 429
    clean.sign_in(login, secret, known)


def test_one_place_cannot_try_every_account(clean: House) -> None:
    found = [try_password(clean, clean.browser(), f"somebody{n}@example.org") for n in range(42)]
    assert found[:40] == [422] * 40 and found[40:] == [429, 429]


def test_codes_are_counted_against_the_account(clean: House) -> None:
    _, login, _ = clean.ready()
    for expected in [422] * 5 + [429]:
        browser = clean.browser()
        assert try_password(clean, browser, login, PASSWORD) == 303
        found = browser.post("/staff/code", {"code": "123456"}, token=browser.token("/staff/code")).status_code
        assert found == expected


def test_waits_double_to_a_quarter_of_an_hour(house: House) -> None:
    now = house.clock()
    assert [guard.wait(many, now, now) for many in (0, 4, 5, 6, 7, 14, 90)] == [0, 0, 2, 4, 8, 900, 900]
    assert guard.wait(9, now - timedelta(hours=1), now) == 0


# Sessions ---------------------------------------------------------------------------------------


def test_a_session_ends_when_idle_and_in_any_case(house: House) -> None:
    jo = house.person("dudley", "officer")
    house.clock.ahead += sessions.IDLE - timedelta(minutes=2)
    assert jo.get("/staff/account").status_code == 200
    house.clock.ahead += sessions.IDLE - timedelta(minutes=2)
    assert jo.get("/staff/account").status_code == 200, "it is used"
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    assert jo.get("/staff/account").status_code == 303
    jo = house.person("dudley", "officer")
    hours = 0
    while jo.get("/staff/account").status_code == 200:
        house.clock.ahead += timedelta(minutes=30)
        hours += 1
    assert hours == sessions.LONGEST / timedelta(minutes=30)


def test_sessions_are_listed_and_ended_from_elsewhere(house: House) -> None:
    number, _ = house.add("dudley", ("officer",))
    here, there = house.signed_in(number), house.signed_in(number)
    page = here.get("/staff/account").text
    (other,) = set(re.findall(r'name="session" value="([0-9a-f]{64})"', page))
    stranger = house.person("dudley", "officer")
    stranger.post("/staff/account/sessions", {"session": other})
    assert there.get("/staff/account").status_code == 200, "nobody ends somebody else's"
    here.post("/staff/account/sessions", {"session": other})
    assert there.get("/staff/account").status_code == 303
    there = house.signed_in(number)
    here.post("/staff/account/sessions", {"session": "others"})
    assert there.get("/staff/account").status_code == 303
    assert here.get("/staff/account").status_code == 200


def test_signing_out_ends_it_on_the_server(house: House) -> None:
    jo = house.person("dudley", "officer")
    copy = house.browser()
    copy.session.cookies.set(guard.SESSION, jo.cookie(guard.SESSION))
    assert copy.get("/staff/account").status_code == 200
    assert jo.post("/staff/sign-out").headers["Location"] == "/staff/sign-in"
    assert copy.get("/staff/account").status_code == 303


def test_whoever_is_disabled_is_out_at_once(house: House) -> None:
    number, login, secret = house.ready()
    jo = house.sign_in(login, secret)
    house.store.writer.write(lambda db: staff.change(db.connection(), house.site.sealer, number, disabled=True)).result(
        10
    )
    assert jo.get("/staff/account").status_code == 303
    assert try_password(house, house.browser(), login, PASSWORD) == 422


def test_a_new_password_ends_other_sessions(house: House) -> None:
    number, login, secret = house.ready()
    here, there = house.sign_in(login, secret), house.signed_in(number)
    refused = here.post("/staff/account/password", {"password": "no", "new_password": "violin harbour rain"})
    assert refused.status_code == 422
    done = here.post("/staff/account/password", {"password": PASSWORD, "new_password": "violin harbour rain"})
    assert done.status_code == 303
    assert there.get("/staff/account").status_code == 303 and here.get("/staff/account").status_code == 200


def test_new_recovery_codes_need_the_phone(house: House) -> None:
    _, login, secret = house.ready()
    jo = house.sign_in(login, secret)
    assert jo.post("/staff/account/codes", {"code": "000000"}).status_code == 422
    assert jo.post("/staff/account/codes", {"code": house.code(secret)}).headers["Location"] == "/staff/recovery-codes"
    assert len(re.findall(r'class="secret">', jo.get("/staff/recovery-codes").text)) == 10


def test_the_language_is_theirs(house: House) -> None:
    jo = house.person("dudley", "officer")
    jo.post("/staff/account/language", {"language": "cy"})
    assert '<html lang="cy">' in jo.get("/staff/account").text
    jo.post("/staff/account/language", {"language": "xx"})
    assert '<html lang="cy">' in jo.get("/staff/account").text
    assert '<html lang="cy">' in house.browser().get("/staff/sign-in", headers={"Accept-Language": "cy,en;q=.5"}).text


# Forms ------------------------------------------------------------------------------------------


def test_a_form_needs_its_token_and_its_page(house: House) -> None:
    jo = house.person("dudley", "officer")
    token = jo.token()
    other = house.person("dudley", "officer").token()
    assert jo.post("/staff/account/language", {"language": "en"}, token="").status_code == 403
    assert jo.post("/staff/account/language", {"language": "en"}, token=other).status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = jo.post("/staff/account/language", {"language": "en"}, token=token, headers=headers)
        assert answer.status_code == 403
    fine = {"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
    assert jo.post("/staff/account/language", {"language": "en"}, token=token, headers=fine).status_code == 303


def test_every_page_has_its_headers(house: House) -> None:
    jo = house.person("dudley", "officer")
    answers = [
        jo.get("/staff/account"),
        jo.get("/staff/nothing"),
        house.browser().get("/staff/sign-in"),
        jo.get("/staff/"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answers[1].status_code == 404
    page = answers[0].text
    assert " style=" not in page and "<style" not in page and " onclick" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    asset = re.findall(r'href="(/staff/assets/console\.[0-9a-f]+\.css)"', page)[0]
    assert "immutable" in jo.get(asset).headers["Cache-Control"]
    assert jo.get("/staff/assets/console.000000000000.css").status_code == 404
    assert jo.get("/staff").headers["Location"] == "/staff/"


def test_cookies_are_pinned_over_https(tmp_path: Path) -> None:
    with running(tmp_path, lambda site: replace(site, secure=True)) as house:
        given = house.browser().get("/staff/sign-in").headers["Set-Cookie"]
    assert given.startswith("__Host-staff-before=")
    assert "Secure" in given and "HttpOnly" in given and "SameSite=Lax" in given and "Path=/" in given


@pytest.mark.parametrize("where", ["https://evil.example", "//evil.example", "/staff\\evil", "/dudley/", "/staff/\nx"])
def test_nobody_is_sent_elsewhere_after_signing_in(house: House, where: str) -> None:
    page = house.browser().get("/staff/sign-in", params={"next": where}).text
    assert 'name="next" value=""' in page


def test_one_goes_on_to_the_page_that_was_asked_for(house: House) -> None:
    _, login, secret = house.ready()
    browser = house.browser()
    asked = browser.get("/staff/account?x=1").headers["Location"]
    token = browser.token(asked)
    where = {"next": "/staff/account?x=1"}
    assert where["next"] in browser.get(asked).text
    browser.post("/staff/sign-in", {"login": login, "password": PASSWORD, **where}, token=token)
    done = browser.post("/staff/code", {"code": house.code(secret)}, token=browser.token("/staff/code"))
    assert done.headers["Location"] == "/staff/account?x=1"


# What was being typed ---------------------------------------------------------------------------

WORDS = "Dear Sam,\r\n\r\nthank you for telling us. “We” are sorry & <b>will</b> put it right. " + "x" * 3000
REPLY = "/staff/account/language"


def typed_again(browser: Browser, carried: str, login: str, house: House, secret: str) -> Any:
    token = browser.token("/staff/sign-in")
    browser.post("/staff/sign-in", {"login": login, "password": PASSWORD, "typed": carried}, token=token)
    done = browser.post("/staff/code", {"code": house.code(secret)}, token=browser.token("/staff/code"))
    assert done.status_code == 303
    return done.headers["Location"]


def test_a_session_that_ends_in_the_middle_of_a_reply_loses_nothing(house: House) -> None:
    number, login, secret = house.ready()
    jo = house.signed_in(number)
    token = jo.token()
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    answer = jo.post(REPLY, {"language": "cy", "words": WORDS, "password": "never carried"}, token=token)
    assert answer.status_code == 401 and "What you typed is kept" in answer.text
    carried = re.findall(r'name="typed" value="([^"]+)"', answer.text)[0]
    assert "Dear Sam" not in answer.text and "Dear Sam" not in carried
    assert typed_again(jo, carried, login, house, secret) == "/staff/typed"
    page = jo.get("/staff/typed").text
    assert "Dear Sam" in page and "&lt;b&gt;will&lt;/b&gt;" in page and "never carried" not in page
    assert f'action="{REPLY}"' in page
    assert jo.get("/staff/typed").status_code == 200, "until it is sent"
    sent = jo.post(REPLY, {"language": "cy", "words": WORDS, "typed": "1"})
    assert sent.status_code == 303
    assert jo.get("/staff/typed").status_code == 303
    assert '<html lang="cy">' in jo.get("/staff/account").text


def test_what_somebody_typed_goes_back_to_nobody_else(house: House) -> None:
    number, _, _ = house.ready()
    _, other, secret = house.ready()
    jo = house.signed_in(number)
    token = jo.token()
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    answer = jo.post(REPLY, {"language": "cy", "words": WORDS}, token=token)
    carried = re.findall(r'name="typed" value="([^"]+)"', answer.text)[0]
    assert typed_again(jo, carried, other, house, secret) == "/staff/"
    assert "Dear Sam" not in jo.get("/staff/typed", follow=True).text
    assert typed_again(house.browser(), carried[:-8] + "AAAAAAA=", other, house, secret) == "/staff/"


def test_a_stale_form_of_the_same_person_is_shown_again(house: House) -> None:
    number, _ = house.add("dudley", ("officer",))
    old = house.signed_in(number).token()
    jo = house.signed_in(number)
    answer = jo.post(REPLY, {"language": "cy", "words": WORDS}, token=old)
    assert answer.status_code == 409 and "Dear Sam" in answer.text
    assert '<html lang="en">' in jo.get("/staff/account").text


def test_a_database_that_is_away_loses_nothing_typed(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        jo = house.person("dudley", "officer")
        token = jo.token()
        with house.database_gone():
            answer = jo.post(REPLY, {"language": "cy", "words": WORDS}, token=token)
        assert answer.status_code == 503 and "Dear Sam" in answer.text
        assert jo.post(REPLY, {"language": "cy", "words": WORDS}).status_code == 303


def test_a_five_megabyte_paste_is_carried_too(house: House) -> None:
    number, _ = house.add("dudley", ("officer",))
    jo = house.signed_in(number)
    token = jo.token()
    assert jo.post(REPLY, {"language": "en", "words": "y" * 5_000_000}, token=token).status_code == 303
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    answer = jo.post(REPLY, {"language": "en", "words": "y" * 5_000_000}, token=token)
    assert answer.status_code == 401 and len(answer.text) > 5_000_000
    assert jo.post(REPLY, {"words": "y" * 9_000_000}, token=token).status_code == 413


# The audit --------------------------------------------------------------------------------------


def test_deeds_are_audited_without_words(house: House) -> None:
    jo = house.person("dudley", "officer")
    jo.post("/staff/account/language", {"language": "en", "words": WORDS})
    assert house.audited()[-1] == "account.language"
    for _ in range(3):
        assert jo.post("/staff/account/language", {"language": "en"}, token="forged").status_code == 403
    assert house.audited()[-2:] == ["account.language", "refused.account.language"], "once, and nothing was done"


def test_nothing_of_staff_lies_open_in_the_database(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        _, login, secret = house.ready()
        jo = house.sign_in(login, secret)
        device, session = jo.cookie(guard.DEVICE), jo.cookie(guard.SESSION)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("hearback.db*"))
    for planted in (login, "Jo Brown", secret, PASSWORD, device, session):
        assert planted.encode() not in kept
