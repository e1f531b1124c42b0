"""Restricted records, opening one in an emergency, a fresh second factor, sessions that end, names that stay hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alarm import Letter
from bot.work.glass import Teller
from casework.record import CaseEvent
from console import glass_wording
from console.page import Page
from console.pages import every
from console.roles import ROLES
from storage import about, alert_ways, casefile, restricting, sessions, staff
from storage.jobs import claim
from tests.console.conftest import Browser, House, running
from tests.storage.people import Person

ORGANISATION = "dudley"
REASON = "The child may run away tonight <b>now</b>, nobody else is here"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("few")) as made:
        yield made


def filed(house: House) -> str:
    return Person(house.store.writer, organisation=ORGANISATION, endpoint="web").complain().reference


def restrict(house: House, reference: str, keeper: Browser, kind: str = "conduct") -> None:
    answer = keeper.post(f"/staff/record/{reference}/restrict", {"restriction": kind})
    assert answer.status_code == 303


def do(house: House, write: Any) -> Any:
    return house.store.writer.write(write).result(10)


def listed(browser: Browser, reference: str) -> bool:
    shown = browser.get("/staff/records").text + browser.get("/staff/today?list=new").text
    export = browser.get("/staff/export")
    assert export.status_code == 200
    return reference in shown + export.text


def test_a_restricted_record_is_for_few(house: House) -> None:
    reference = filed(house)
    path = f"/staff/record/{reference}"
    keeper, officer = house.person(ORGANISATION, "complaints"), house.person(ORGANISATION, "officer")
    worker, _ = house.add(ORGANISATION, ("participation",))
    assert officer.get(path).status_code == 200 and listed(officer, reference)
    restrict(house, reference, keeper)
    closed = officer.get(path)
    assert closed.status_code == 403 and "Only few may open this record" in closed.text
    assert "about the conduct of staff" in closed.text and "Jo Brown" in closed.text
    assert not listed(officer, reference)
    assert officer.post(f"{path}/work", {"event": "contacted"}).status_code == 403
    assert officer.post(f"{path}/restrict", {"restriction": "open"}).status_code == 404
    assert keeper.get(path).status_code == 200 and listed(keeper, reference)
    assert house.person(ORGANISATION, "reports").get(path).status_code == 404
    assert house.person("sandwell", "complaints").get(path).status_code == 404
    mine = house.signed_in(worker)
    assert mine.get(path).status_code == 403
    with house.store.database.reading() as db:
        case = about.about(db, ORGANISATION, reference).id
    now = house.clock()
    do(house, lambda db: about.set_part(db.connection(), ORGANISATION, case, "assigned", (worker,), now))
    assert mine.get(path).status_code == 200 and listed(mine, reference)
    restrict(house, reference, keeper, restricting.OPEN)
    assert officer.get(path).status_code == 200 and listed(officer, reference)
    assert keeper.post(f"{path}/restrict", {"restriction": "nonsense"}).status_code == 303
    assert officer.get(path).status_code == 200


def test_what_is_sent_to_safeguarding_is_for_few_until_that_is_lifted(house: House) -> None:
    reference = filed(house)
    path = f"/staff/record/{reference}"
    officer, guard = house.person(ORGANISATION, "officer"), house.person(ORGANISATION, "safeguarding")
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
    event = CaseEvent("routed", house.clock(), "1", "He was hurt.", {"route": "safeguarding"})
    store = house.store
    do(house, lambda db: casefile.append(db, store.vault, store.procedures, case, event))
    assert officer.get(path).status_code == 403 and guard.get(path).status_code == 200
    restrict(house, reference, guard, restricting.OPEN)
    assert officer.get(path).status_code == 200


def test_in_an_emergency_it_opens_for_an_hour_with_a_reason_and_those_who_keep_it_are_told(house: House) -> None:
    reference = filed(house)
    path = f"/staff/record/{reference}"
    keeper_id, _ = house.add(ORGANISATION, ("complaints",))
    keeper, officer = house.signed_in(keeper_id), house.person(ORGANISATION, "officer")
    restrict(house, reference, keeper)
    short = officer.post(f"{path}/glass", {"reason": "hm"})
    assert short.status_code == 422 and "Write why" in short.text
    assert officer.get(path).status_code == 403
    assert officer.post(f"{path}/glass", {"reason": REASON}).status_code == 303
    assert officer.get(path).status_code == 200
    assert not listed(officer, reference), "it opens the record, not the lists"
    assert "record.glass" in house.audited()
    page = keeper.get(path).text
    assert "Opened in an emergency" in page and "&lt;b&gt;now&lt;/b&gt;" in page
    assert "A restricted record was opened in an emergency" in page
    raw = Path(house.store.database.url.removeprefix("sqlite:///")).read_bytes()
    assert b"run away tonight" not in raw

    sent: list[Letter] = []
    way = lambda db: alert_ways.add(  # noqa: E731 - one write, said once
        db.connection(), house.site.sealer, ORGANISATION, "wider", "Her phone", "jsons://example.org/x",
        staff=keeper_id, by="staff:1", at=house.clock(),
    )  # fmt: skip
    do(house, way)
    keepers = [role for role, one in ROLES.items() if one.knows]

    def send(letters: Any) -> list[str]:
        sent.extend(letters)
        return [""] * len(letters)

    teller = Teller(send, glass_wording, keepers, "https://talk.example.org")
    for job in do(house, lambda db: claim(db, house.clock(), (restricting.KIND,))):
        teller.run(house.store, job, house.clock())
    (letter,) = sent
    assert reference in letter.body and path in letter.body
    assert "run away" not in letter.body + letter.title and "Jo Brown" not in letter.body

    house.clock.ahead += restricting.LASTS
    keeper_later = house.person(ORGANISATION, "complaints")
    again = house.person(ORGANISATION, "officer")
    assert again.get(path).status_code == 403
    assert "run away tonight" in keeper_later.get(path).text


def test_where_whoever_keeps_it_is_named_the_duty_team_is_told(house: House) -> None:
    keeper, _ = house.add("sandwell", ("complaints",))
    officer, _ = house.add("sandwell", ("officer",))
    reference = Person(house.store.writer, organisation="sandwell", endpoint="web").complain().reference
    now, store = house.clock(), house.store
    with store.database.reading() as db:
        case = casefile.find(db, reference)

    def write(db: Any) -> None:
        made = db.connection(), house.site.sealer, "sandwell"
        alert_ways.add(*made, "duty", "Theirs", "jsons://example.org/keeper", staff=keeper, by="staff:1", at=now)
        alert_ways.add(*made, "duty", "Duty", "jsons://example.org/duty", by="staff:1", at=now)
        about.set_part(db.connection(), "sandwell", case, "named", (keeper,), now)
        restricting.restrict(db.connection(), "sandwell", case, "conduct", "staff:1", now)
        restricting.open_anyway(db, store.vault, case, officer, REASON, now)

    do(house, write)
    told: list[str] = []

    def send(letters: Any) -> list[str]:
        told.extend(letter.address for letter in letters)
        return [""] * len(letters)

    teller = Teller(send, glass_wording, [role for role, one in ROLES.items() if one.knows], "https://talk.example.org")
    for job in do(house, lambda db: claim(db, house.clock(), (restricting.KIND,))):
        teller.run(store, job, house.clock())
    assert told == ["jsons://example.org/duty"]


def test_whoever_a_record_is_about_cannot_open_it_in_an_emergency(house: House) -> None:
    reference = filed(house)
    number, _ = house.add(ORGANISATION, ("officer",))
    restrict(house, reference, house.person(ORGANISATION, "complaints"))
    with house.store.database.reading() as db:
        case = about.about(db, ORGANISATION, reference).id
    now = house.clock()
    do(house, lambda db: about.set_part(db.connection(), ORGANISATION, case, "named", (number,), now))
    named = house.signed_in(number)
    assert named.get(f"/staff/record/{reference}").status_code == 404
    assert named.post(f"/staff/record/{reference}/glass", {"reason": REASON}).status_code == 404


def test_a_sign_of_danger_is_held_back_from_nobody(house: House) -> None:
    person = Person(house.store.writer, organisation=ORGANISATION, endpoint="web")
    person.story = "He has a knife and I am in danger."
    reference = person.complain().reference
    restrict(house, reference, house.person(ORGANISATION, "complaints"))
    officer = house.person(ORGANISATION, "officer")
    assert officer.get(f"/staff/record/{reference}").status_code == 403
    assert reference in officer.get("/staff/today?list=alerts").text
    assert reference in officer.get("/staff/alerts").text


# The second factor once more ----------------------------------------------------------------------


def fresh() -> list[Page]:
    return [page for page in every() if page.fresh]


#: How a page is called that takes records out, or away; and others that let something out or somebody in.
OUT = (".export", ".file", ".erase", ".release", ".erasing")
IN = {
    "alerts.add", "compliments.poster", "integration.replay", "integration.token", "integration.webhook",
    "retention.run", "staff.add", "staff.called", "staff.disable", "staff.enable", "staff.reset", "staff.role",
}  # fmt: skip


def test_what_takes_records_out_or_changes_who_gets_in_asks_for_the_second_factor(house: House) -> None:
    wanted = {page.name for page in every() if page.name.endswith(OUT)} | IN
    assert {"records.export", "audit.export", "reports.file", "rights.file", "rights.erase", "rights.release"} <= wanted
    assert {page.name for page in fresh()} == wanted
    _, login, secret = house.ready(ORGANISATION, ("complaints", "administrator"))
    browser, reference = house.sign_in(login, secret), filed(house)
    assert browser.get("/staff/export").status_code == 200
    house.clock.ahead += sessions.FRESH
    token, records = browser.token(), house.count("case_event")
    for page in fresh():
        path = "/staff" + re.sub(r"\{\w+\}", "1", page.path.replace("{reference}", reference))
        sure = {"ground": "asked", "anyway": "mistake", "sure": "yes"}
        answer = browser.get(path) if page.method == "GET" else browser.post(path, sure, token=token)
        assert answer.status_code == 401 and "Show that it is you" in answer.text, page.path
    assert house.count("case_event") == records, "nothing was erased"
    before = house.count("staff")
    sent = {"login": "new@example.org", "name": "Ann New", "roles": "officer"}
    asked = browser.post("/staff/settings/staff/add", sent, token=token)
    kept = re.findall(r'name="typed" value="([^"]+)"', asked.text)[0]
    assert house.count("staff") == before
    wrong = browser.post("/staff/prove", {"typed": kept, "code": "000000"}, token=token)
    assert wrong.status_code == 422 and kept in wrong.text
    right = browser.post("/staff/prove", {"typed": kept, "code": house.code(secret)}, token=token)
    assert right.status_code == 303 and right.headers["Location"] == "/staff/typed"
    typed = browser.get("/staff/typed").text
    assert "Ann New" in typed or "new@example.org" in typed
    assert browser.post("/staff/settings/staff/add", sent).status_code == 200
    assert house.count("staff") == before + 1


def test_a_restriction_is_put_at_once_and_lifted_only_with_the_second_factor(house: House) -> None:
    _, login, secret = house.ready(ORGANISATION, ("complaints",))
    keeper, reference = house.sign_in(login, secret), filed(house)
    path, officer = f"/staff/record/{reference}", house.person(ORGANISATION, "officer")
    house.clock.ahead += sessions.FRESH
    restrict(house, reference, keeper)
    asked = keeper.post(f"{path}/restrict", {"restriction": restricting.OPEN})
    assert asked.status_code == 401 and "Show that it is you" in asked.text
    assert officer.get(path).status_code == 403
    assert keeper.post("/staff/prove", {"code": house.code(secret)}).status_code == 303
    restrict(house, reference, keeper, restricting.OPEN)
    assert officer.get(path).status_code == 200


def test_it_leads_nowhere_else(house: House) -> None:
    _, login, secret = house.ready(ORGANISATION, ("officer",))
    browser = house.sign_in(login, secret)
    for where in ("https://evil.example/", "//evil.example", "/staff/\\evil"):
        answer = browser.post("/staff/prove", {"next": where, "code": house.code(secret)})
        assert answer.status_code == 303 and answer.headers["Location"] == "/staff/"
    forged = browser.post("/staff/prove", {"typed": "Zm9yZ2Vk", "code": house.code(secret)})
    assert forged.headers["Location"] == "/staff/"


# Sessions ---------------------------------------------------------------------------------------


def test_an_administrator_sees_every_session_and_ends_one(house: House) -> None:
    number, _ = house.add("sandwell", ("officer",))
    theirs, other = house.signed_in(number), house.person(ORGANISATION, "officer")
    boss = house.person("sandwell", "administrator")
    page = boss.get("/staff/settings/sessions").text
    tokens = re.findall(r'name="session" value="([0-9a-f]+)"', page)
    assert len(tokens) == 1, "one's own cannot be ended here, and other organisations' are not shown"
    assert boss.post("/staff/settings/sessions", {"session": tokens[0]}).status_code == 303
    assert theirs.get("/staff/account").status_code == 303
    assert other.get("/staff/account").status_code == 200
    assert "staff.session" in house.audited()


def test_other_roles_end_every_session(house: House) -> None:
    number, _ = house.add(ORGANISATION, ("officer",))
    theirs, boss = house.signed_in(number), house.person(ORGANISATION, "administrator")
    path = f"/staff/settings/staff/{number}"
    before = re.findall(r'name="before" value="([^"]+)"', boss.get(path).text)[0]
    done = boss.post(path, {"before": before, "name": "Jo Brown", "roles": "reports"})
    assert done.status_code == 303
    assert theirs.get("/staff/account").status_code == 303


@pytest.mark.parametrize("away", [sessions.IDLE, sessions.LONGEST])
def test_a_session_ends_by_itself(house: House, away: timedelta) -> None:
    browser = house.person(ORGANISATION, "officer")
    steps = int(away / timedelta(minutes=45)) if away == sessions.LONGEST else 1
    for _ in range(steps):
        house.clock.ahead += away / steps
        last = browser.get("/staff/account").status_code
    assert last == 303


# Names ------------------------------------------------------------------------------------------


def test_another_name_brings_nobody_to_what_was_said_of_them(house: House) -> None:
    number, _ = house.add(ORGANISATION, ("officer",))
    do(house, lambda db: staff.change(db.connection(), house.site.sealer, number, name="Quentin Zabriskie"))
    person = Person(house.store.writer, organisation=ORGANISATION, endpoint="web")
    person.story = "Quentin Zabriskie shouts at us every morning and takes our things."
    reference = person.complain().reference
    path = f"/staff/record/{reference}"
    assert house.signed_in(number).get(path).status_code == 404
    for name in ("Max Mustermann", "Quentin Mustermann", "Max Mustermann"):
        do(house, lambda db, name=name: staff.change(db.connection(), house.site.sealer, number, name=name))
        renamed = house.signed_in(number)
        assert renamed.get(path).status_code == 404, name
        assert reference not in renamed.get("/staff/records").text


def test_a_slip_in_a_name_keeps_it_from_its_bearer_all_the_same(house: House) -> None:
    _, browser = _worker(house, "Karen Whitlock")
    for said, hidden in (("Karan", True), ("Witlock", True), ("Miss Whitlokc", True), ("Sharon", False)):
        reference = _complained_of(house, said)
        assert (browser.get(f"/staff/record/{reference}").status_code == 404) is hidden, said
        assert listed(browser, reference) is not hidden, said


def test_what_names_somebody_by_a_nickname_is_kept_from_them(house: House) -> None:
    number, browser = _worker(house, "Robert Oyelaran")
    before, other = _complained_of(house, "Bobby"), _complained_of(house, "Miss Price")
    assert browser.get(f"/staff/record/{before}").status_code == 200
    boss = house.person(ORGANISATION, "administrator")
    path = f"/staff/settings/staff/{number}"
    assert "Write the name that people use" in boss.post(f"{path}/called", {"called": " ! "}).text
    assert boss.post(f"{path}/called", {"called": "Miss Bobby"}).status_code == 303
    assert browser.get(f"/staff/record/{before}").status_code == 404, "what was said before counts as well"
    assert browser.get(f"/staff/record/{other}").status_code == 200, "a title names nobody"
    assert "Bobby" not in boss.get(path).text


def _worker(house: House, name: str) -> tuple[int, Browser]:
    number, _ = house.add(ORGANISATION, ("officer",))
    do(house, lambda db: staff.change(db.connection(), house.site.sealer, number, name=name))
    return number, house.signed_in(number)


def _complained_of(house: House, worker: str) -> str:
    """The reference of a complaint that names a worker where it is asked for the name, and nowhere else."""
    person = Person(house.store.writer, organisation=ORGANISATION, endpoint="web")
    person.reach("worker")
    person.say(worker)
    return person.complain().reference
