"""Forged cookies, tokens and links open nothing; hostile strings come back as text; no address of anybody is kept."""

from __future__ import annotations

import base64
import csv
import io
import re
import string
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from bot import jobs
from bot.work import alerts
from console import guard
from console.alarms import wording
from storage import alert_links, alert_ways, models_desk, staff
from tests.api.conftest import running as programs
from tests.console.conftest import Browser, House, running
from tests.storage.looking import rows
from tests.storage.people import Person
from tests.webchat.conftest import Running, chat
from tests.webchat.person import Person as WithoutScript

__all__ = ["chat"]

ADDRESS = "203.0.113.77"
NUMBER = re.compile(r"-\d+(\.\d+)?")
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; DROP TABLE cases;--", "{{7*7}} ${7*7}",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\t=1+1", "％00../../etc/passwd",
    "javascript:alert(1)", "\u202egnp.exe", "ﷺ﷽", "Ω≈ç√∫˜µ≤≥÷", "👩‍👩‍👧‍👦 🏳️‍🌈", "A̷͔̗͇̗b̸̛",
    "NULL", "undefined", "-1", "1e309",
    "%s%n%x", "`id`", "$(id)", "\r\nSet-Cookie: a=b", "<svg onload=alert(1)>", "]]>", "&lt;b&gt;", "\ufeffBOM",
)  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    def behind(site: object) -> object:
        from dataclasses import replace

        return replace(site, proxies=("127.0.0.0/8",))  # type: ignore[type-var]  # a Site

    with running(tmp_path_factory.mktemp("forged"), behind) as made:  # type: ignore[arg-type]
        yield made


SIGNS = string.ascii_letters + string.digits + "-_"


def slips(real: str) -> Iterator[str]:
    """Every text that is one step from a real one: a sign changed, left out, put in, or exchanged; and every part."""
    for at, sign in enumerate(real):
        yield real[:at] + SIGNS[(SIGNS.find(sign) + 1) % len(SIGNS)] + real[at + 1 :]
        yield real[:at] + real[at + 1 :]
        yield real[:at] + sign + real[at:]
        yield real[:at]
        yield real[at + 1 :]
        yield real[:at] + sign.swapcase() + real[at + 1 :]
        yield real[:at] + real[at + 1 : at + 2] + sign + real[at + 2 :]
    for sign in SIGNS:
        yield from (real[:-1] + sign, real + sign, sign + real)


def forgeries(real: str) -> list[str]:
    """What somebody might try instead of a session or token that they have seen."""
    made = [*slips(real), "x", "0" * 43, real.swapcase(), real[::-1], real + real, real * 100, f"{real}%00", f"{real}="]
    made += ["../" * 20, "' OR '1'='1", base64.b64encode(b'{"staff": 1}').decode(), "a" * 5000, "*", "null", f"'{real}"]
    return sorted(set(made) - {real, ""})


def test_a_forged_session_is_none(house: House) -> None:
    browser = house.person("dudley", "officer")
    real = browser.cookie(guard.SESSION)
    forged = forgeries(real)
    assert len(forged) > 400
    for one in forged:
        browser.session.cookies.set(guard.SESSION, one)
        answer = browser.get("/staff/account")
        assert answer.status_code == 303 and "/staff/sign-in" in answer.headers["Location"], one[:60]
    browser.session.cookies.set(guard.SESSION, real)
    assert browser.get("/staff/account").status_code == 200, "the real one is none the worse"


def test_a_forged_token_is_none(tmp_path: Path) -> None:
    """Of a program: each is refused alike, and nothing of what it asked for is told or done."""
    with programs(tmp_path) as api:
        program = api.token()
        api.complaint()
        real, refused = program.token, set[str]()
        forged = forgeries(real)
        assert len(forged) > 400
        with requests.Session() as session:
            session.trust_env = False
            for one in forged:
                heads = {"Authorization": f"Bearer {one}"}
                answer = session.get(f"{api.url}/api/v1/records", headers=heads, timeout=30)
                assert answer.status_code == 401, one[:60]
                refused.add(answer.text)
            for scheme in ("", "Basic ", "Token ", "Bearer  x", "Bearer\t"):
                answer = session.get(f"{api.url}/api/v1/records", headers={"Authorization": scheme + real}, timeout=30)
                assert answer.status_code == 401, scheme
        assert len(refused) == 1, "nobody learns how near they came"
        assert program.ask("GET", "/records").status_code == 200


def test_a_forged_cookie_of_the_chat_opens_no_talk(chat: Running) -> None:
    """Nor does it make or change one."""
    person, words = WithoutScript(chat.url), "The swing behind the house has been broken since May."
    person.start()
    person.choose("kind=complaint")
    person.say(words)
    (name, real) = next((name, held) for name, held in person.cookies.items() if len(held) >= 20)
    before, forged = chat.count("talk"), forgeries(real)
    assert len(forged) > 400 and words in person.open().html
    with requests.Session() as session:
        session.trust_env = False
        for one in forged:
            answer = session.get(f"{chat.url}/dudley/", headers={"Cookie": f"{name}={one}"}, timeout=30)
            assert answer.status_code < 500 and words not in answer.text, one[:60]
        form = dict(person.page.form.hidden) | {"text": "It was somebody else who wrote this."}
        for one in forged[::10]:
            heads = {"Cookie": f"{name}={one}"}
            session.post(f"{chat.url}/dudley/", data=form, headers=heads, timeout=30, allow_redirects=False)
    assert chat.count("talk") == before and words in person.open().html
    assert "somebody else who wrote" not in person.open().html


def test_a_forged_form_is_refused_and_says_so(house: House) -> None:
    officer, other = house.person("dudley", "officer"), house.person("dudley", "officer")
    before = house.count("staff")
    for token in ("", "x", other.token(), "00" + officer.token()[2:], "." + officer.token()):
        assert officer.post("/staff/account/language", {"language": "cy"}, token=token).status_code in (403, 409)
    right = officer.token()
    elsewhere = ({"Origin": one} for one in ("https://evil.example", "null", "http://[", house.url + ".evil.example"))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, *elsewhere):
        answer = officer.post("/staff/account/language", {"language": "cy"}, token=right, headers=headers)
        assert answer.status_code == 403
    assert house.count("staff") == before


@pytest.mark.parametrize("path", ["/staff/alarm/{}", "/staff/welcome/{}", "/staff/begin?code={}"])
def test_a_forged_link_opens_nothing(house: House, path: str) -> None:
    for forged in ("x", "A" * 48, "%00", "..%2f..%2f", "0" * 400):
        answer = house.browser().get(path.format(forged))
        assert answer.status_code in (303, 400, 403, 404, 429), forged
        assert "Jo Brown" not in answer.text


def test_whoever_makes_links_up_keeps_nobody_from_a_real_one(house: House) -> None:
    """Behind a proxy that is not named all come from one address; so does a whole office."""
    browser = house.browser()
    browser.session.headers["X-Forwarded-For"] = "203.0.113.9"
    number = house.store.writer.write(
        lambda db: alert_ways.add(
            db.connection(), house.site.sealer, "dudley", "duty", "Duty", "json://127.0.0.1:9/x", by="test",
            at=house.clock(),
        )
    ).result(10)  # fmt: skip
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.reach("story")
    person.say("he hits me with a belt")
    teller = alerts.Teller(lambda letters: [""] * len(letters), wording, house.url)
    jobs.work_due(house.store, lambda: house.clock() + timedelta(minutes=1), teller.kinds)
    sent = max(row["id"] for row in rows(house.store, models_desk.AlertSent))
    real = f"/staff/alarm/{alert_links.make(house.store.vault.ring, number, sent, house.clock())}"
    answers = [browser.get("/staff/alarm/" + "A" * 48).status_code for _ in range(25)]
    assert answers[:20] == [404] * 20 and answers[-1] == 429
    assert browser.get(real).status_code == 200
    pressed = browser.session.post(browser.url + real, data={"token": "x"}, allow_redirects=False, timeout=30)
    assert pressed.status_code == 303 and browser.get("/staff/alarm/x").status_code == 429


# Hostile strings --------------------------------------------------------------------------------


def test_hostile_strings_come_back_as_text_on_every_page_and_in_every_export(house: House) -> None:
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.story = "\n".join(text.replace("\r\n", " ") for text in HOSTILE)
    reference = person.complain().reference
    keeper = house.person("dudley", "complaints", "administrator")
    page = keeper.get(f"/staff/record/{reference}")
    assert page.status_code == 200 and "DROP TABLE cases" in unescape(page.text)
    for path in (f"/staff/record/{reference}/reply", "/staff/today", "/staff/records", "/staff/settings/audit"):
        inert(keeper.get(path).text)
    inert(page.text)
    for text in HOSTILE[::6]:  # each of them, and in a browser: make audit
        for path in (
            "/staff/records?q={}",
            "/staff/today?list={}",
            "/staff/sign-in?next={}",
            "/staff/settings/audit?record={}",
        ):
            answer = keeper.get(path.format(quote(text)))
            assert answer.status_code in (200, 303, 422), (path, text)
            assert "evil" not in answer.headers.get("Location", "") and "Set-Cookie: a=b" not in str(answer.headers)
            inert(answer.text)


class Elements(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "svg" or (tag == "script" and not str(given.get("src", "")).startswith("/")):
            self.wrong.append(tag)
        leads = ("href", "src", "action", "formaction")
        self.wrong += [
            name
            for name, value in attrs
            if name.startswith("on") or (name in leads and "javascript:" in str(value)[:20])
        ]


def inert(html: str) -> None:
    """No element or attribute of a page is one that a string brought."""
    assert Elements(html).wrong == []


def test_no_cell_of_an_export_begins_a_formula(house: House) -> None:
    """Staff of such names do something, and are given records: every file for a spreadsheet that names them."""
    boss, formulas = house.person("dudley", "administrator", "complaints"), HOSTILE[4:9]
    for place, name in enumerate(formulas):
        sent = {"login": f"formula{place}@example.org", "name": name, "roles": "officer"}
        assert boss.post("/staff/settings/staff/add", sent).status_code == 200
        with house.store.database.reading() as db:
            everyone = staff.everyone(db, house.site.sealer, ("dudley",))
        number = next(one.id for one in everyone if one.login == sent["login"])
        assert house.signed_in(number).get("/staff/today").status_code == 200
        person = Person(house.store.writer, organisation="dudley", endpoint="web")
        reference = person.complain().reference
        events = re.findall(r'name="events" value="(\d+)"', boss.get(f"/staff/record/{reference}").text)[0]
        given = {"events": events, "event": "role", "role-role": "manager", "role-staff": str(number)}
        assert boss.post(f"/staff/record/{reference}/assign", given).status_code == 303
    for path in ("/staff/settings/audit/export", "/staff/export", "/staff/reports/file?format=csv"):
        text = boss.get(path).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        begun = [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
        assert cells and not [cell for cell in begun if not NUMBER.fullmatch(cell)]
        assert "reports" in path or {f"'{name.strip()}" for name in formulas} <= set(cells), path


def test_no_other_part_of_the_program_writes_files_for_spreadsheets() -> None:
    """Those above, and what programs get: reports, which are the console's, and records (``tests/api``).

    ``tests/reports`` looks at workbooks.
    """
    root = Path(__file__).parents[2]
    found = {
        path.relative_to(root).as_posix()
        for package in ("bot", "casework", "console", "flows", "locales", "storage")
        for path in (root / package).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)|text/csv", path.read_text("utf-8"))
    }
    assert found == {
        "console/lists.py", "console/pages/audit.py", "casework/report_feed.py", "console/pages/today.py",
        "console/pages/reports.py", "bot/api/reports.py", "bot/api/records.py",
    }  # fmt: skip


# Addresses --------------------------------------------------------------------------------------


def test_nobody_s_address_is_kept_anywhere(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    headers = {"X-Forwarded-For": ADDRESS, "X-Real-IP": ADDRESS, "Forwarded": f"for={ADDRESS}"}
    stranger = house.browser()
    stranger.session.headers.update(headers)
    token = stranger.token("/staff/sign-in")
    for _ in range(8):
        stranger.post("/staff/sign-in", {"login": "nobody@example.org", "password": "wrong"}, token=token)
        stranger.get("/staff/alarm/forged")
    officer = house.person("dudley", "officer")
    officer.session.headers.update(headers)
    officer.get("/staff/today")
    assert house.count("staff_failure") > 0, "they were counted"
    folder = Path(house.store.database.url.removeprefix("sqlite:///")).parent
    with house.store.database.reading() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    packed = bytes(int(part) for part in ADDRESS.split("."))
    for file in folder.rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert ADDRESS.encode() not in held and ADDRESS.encode("utf-16-le") not in held, file.name
            assert file.suffix != ".db" or packed not in held, file.name
    assert ADDRESS not in "".join(capfd.readouterr())
    assert isinstance(stranger, Browser)
