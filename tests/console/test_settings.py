"""The settings: their menu, staff and the link that opens once, the procedure, and the audit."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from storage import about, audit, cases_held, staff
from storage.staff import LastAdministrator, Member
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.storage.people import Person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("settings")) as made:
        yield made


@pytest.fixture
def boss(house: House) -> tuple[int, Browser]:
    """An administrator of Dudley who can sign in."""
    number, _, _ = house.ready("dudley", ("administrator",))
    return number, house.signed_in(number)


def member(house: House, number: int) -> Member:
    with house.store.database.reading() as db:
        found = staff.member(db, house.site.sealer, number)
    assert found is not None
    return found


def form(browser: Browser, number: int, **changes: Any) -> dict[str, Any]:
    """The form of a member of staff as the page shows it."""
    page = browser.get(f"/staff/settings/staff/{number}").text
    before = re.findall(r'name="before" value="(\w+)"', page)[0]
    return {"before": before, "name": "Jo Brown", "roles": ["officer"], **changes}


# The menu ---------------------------------------------------------------------------------------


def test_the_settings_show_what_one_may_do(house: House) -> None:
    everything = {"staff", "procedure", "campaigns", "holidays", "audit"}
    seen = {
        role: set(re.findall(r'href="/staff/settings/(\w+)"', house.person("dudley", role).get("/staff/settings").text))
        for role in ("administrator", "complaints", "officer")
    }
    assert seen["administrator"] >= everything
    assert "staff" not in seen["complaints"] and seen["complaints"] >= everything - {"staff"}
    assert seen["officer"] >= {"procedure", "campaigns", "holidays"} and not seen["officer"] & {"staff", "audit"}
    assert house.person("dudley", "manager").get("/staff/settings").status_code == 403
    menu = house.person("dudley", "complaints").get("/staff/settings/holidays").text
    assert re.search(r'href="/staff/settings" aria-current="page"', menu)
    assert menu.count('aria-current="page"') == 1


def test_the_procedure_says_where_each_limit_comes_from(house: House) -> None:
    page = house.person("dudley", "officer").get("/staff/settings/procedure").text
    for text in (
        "Answer at stage 1",
        "10 working days; 20 working days in all when extended",
        "A promise of our own",
        "The person&#39;s time",
        "0800 1111",
        "Upheld: always an apology",
        "Maple House",
        "Check again by",
        "Jo (demonstration)",
        "An example: shown in a demonstration only.",
    ):
        assert text in page, text
    assert "overdue</strong>" not in page
    house.clock.ahead = timedelta(days=600)
    try:
        assert "overdue</strong>" in house.person("dudley", "officer").get("/staff/settings/procedure").text
    finally:
        house.clock.ahead = timedelta()


# Staff ------------------------------------------------------------------------------------------


def test_somebody_is_added_with_a_link_that_opens_once(house: House, boss: tuple[int, Browser]) -> None:
    _, ann = boss
    answer = ann.post(
        "/staff/settings/staff/add",
        {"login": "Lee@Example.org", "name": "Lee Ho", "roles": ["manager"], "services": ["fostering"]},
    )
    link = re.findall(rf"{house.url}(/staff/welcome/[\w-]+)", answer.text)[0]
    assert answer.status_code == 200 and answer.text.count(link) == 1
    visitor = house.browser()
    assert "Lee Ho" in visitor.get(link).text or visitor.get(link).status_code == 200
    assert visitor.post(link, {"new_password": "harbour-violin-cloud"}, token=visitor.token(link)).status_code == 303
    assert house.browser().get(link).status_code == 404
    listed = ann.get("/staff/settings/staff").text
    assert "Lee Ho" in listed and "Lee@Example.org" in listed and "Fostering" in listed and "Team manager" in listed
    again = ann.post("/staff/settings/staff/add", {"login": "lee@example.ORG", "name": "Lee", "roles": ["officer"]})
    assert again.status_code == 422 and "Somebody has this login already" in again.text and 'value="Lee"' in again.text
    with house.store.database.reading() as db:
        found = staff.by_login(db, house.site.sealer, "lee@example.org")
    assert found is not None and found.roles == {"manager"} and found.services == {"fostering"}
    assert found.organisation == "dudley"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"login": ""}, "A login is 3 to 100 characters"),
        ({"login": "two words"}, "A login is 3 to 100 characters"),
        ({"login": "x" * 300}, "Shorten this to 200 characters"),
        ({"name": " "}, "Write their name"),
        ({"name": "n" * 101}, "Shorten this to 100 characters"),
        ({"roles": []}, "Choose at least one role"),
        ({"roles": ["king"]}, "Choose at least one role"),
        ({"roles": ["manager"]}, "A team manager sees the records of their own services"),
        ({"roles": ["manager"], "services": ["moon"]}, "A team manager sees the records of their own services"),
    ],
)
def test_a_form_with_something_wrong_says_what(
    house: House, boss: tuple[int, Browser], wrong: dict[str, Any], said: str
) -> None:
    _, ann = boss
    before = house.count("staff")
    given = {"login": "new@example.org", "name": "New Person", "roles": ["officer"], **wrong}
    answer = ann.post("/staff/settings/staff/add", given)
    assert answer.status_code == 422 and said in answer.text and house.count("staff") == before
    for name in ("login", "name"):
        if given[name].strip():
            assert f'value="{given[name].strip()}"' in answer.text, "nothing typed is lost"


def test_roles_and_services_are_changed_at_once(house: House, boss: tuple[int, Browser]) -> None:
    _, ann = boss
    number, _ = house.add("dudley", ("officer",))
    jo = house.signed_in(number)
    assert jo.get("/staff/today").status_code == 200
    answer = ann.post(f"/staff/settings/staff/{number}", form(ann, number, roles=["reports"], name="Jo Green"))
    assert answer.status_code == 303 and member(house, number).roles == {"reports"}
    assert member(house, number).name == "Jo Green" and jo.get("/staff/today").status_code == 303, "signed out"
    assert house.signed_in(number).get("/staff/today").status_code == 403
    stale = form(ann, number, name="Jo")
    ann.post(f"/staff/settings/staff/{number}", form(ann, number, roles=["officer"]))
    late = ann.post(f"/staff/settings/staff/{number}", stale)
    assert late.status_code == 422 and "Somebody has changed this meanwhile" in late.text
    assert 'value="Jo"' in late.text and member(house, number).name == "Jo Brown"


def test_whoever_is_shut_out_is_signed_out_everywhere(house: House, boss: tuple[int, Browser]) -> None:
    _, ann = boss
    number, _, _ = house.ready("dudley", ("officer",))
    jo = house.signed_in(number)
    assert ann.post(f"/staff/settings/staff/{number}/disable").status_code == 303
    assert jo.get("/staff/today").status_code == 303 and member(house, number).disabled
    assert "Cannot sign in: " in ann.get("/staff/settings/staff").text
    refused = ann.post(f"/staff/settings/staff/{number}/reset")
    assert refused.status_code == 422 and "let them in again first" in refused.text
    assert ann.post(f"/staff/settings/staff/{number}/enable").status_code == 303
    assert not member(house, number).disabled and member(house, number).password


def test_sessions_are_ended_and_a_sign_in_is_reset(house: House, boss: tuple[int, Browser]) -> None:
    mine, ann = boss
    number, _, _ = house.ready("dudley", ("officer",))
    jo = house.signed_in(number)
    assert ann.post(f"/staff/settings/staff/{number}/sessions").status_code == 303
    assert jo.get("/staff/today").status_code == 303 and member(house, number).password
    answer = ann.post(f"/staff/settings/staff/{number}/reset")
    link = re.findall(rf"{house.url}(/staff/welcome/[\w-]+)", answer.text)[0]
    assert not member(house, number).password and house.browser().get(link).status_code == 200
    elsewhere = house.signed_in(mine)
    assert ann.post(f"/staff/settings/staff/{mine}/sessions").status_code == 303
    assert ann.get("/staff/settings/staff").status_code == 200
    assert elsewhere.get("/staff/settings/staff").status_code == 303


def test_nobody_gives_themselves_a_role_or_shuts_themselves_out(house: House, boss: tuple[int, Browser]) -> None:
    mine, ann = boss
    for path, data, said in (
        ("", form(ann, mine, roles=["administrator", "complaints"]), "Nobody changes their own roles"),
        ("/disable", {}, "Nobody shuts themselves out"),
        ("/reset", {}, "Nobody resets their own sign-in here"),
    ):
        answer = ann.post(f"/staff/settings/staff/{mine}{path}", data)
        assert answer.status_code == 422 and said in answer.text
    service = next(iter(house.site.profiles["dudley"].services))
    wider = ann.post(
        f"/staff/settings/staff/{mine}", form(ann, mine, roles=["administrator"]) | {"services": [service]}
    )
    assert wider.status_code == 422
    now = member(house, mine)
    assert now.roles == {"administrator"} and not now.services and not now.disabled and now.password
    renamed = ann.post(f"/staff/settings/staff/{mine}", form(ann, mine, roles=["administrator"], name="Ann"))
    assert renamed.status_code == 303 and member(house, mine).name == "Ann"


@pytest.mark.parametrize(("organisation", "path"), [("sandwell", "/disable"), ("childrens-links", "")])
def test_two_administrators_who_shut_each_other_out_leave_one(house: House, organisation: str, path: str) -> None:
    """Both at the same moment, with forms that were fine when they were opened."""
    one, two = (house.ready(organisation, ("administrator",))[0] for _ in range(2))
    browsers = {one: house.signed_in(two), two: house.signed_in(one)}
    data = {number: {**form(who, number), "token": who.token()} for number, who in browsers.items()}
    answers: list[int] = []

    def press(number: int) -> None:
        address = f"{house.url}/staff/settings/staff/{number}{path}"
        sent = browsers[number].session.post(address, data=data[number], allow_redirects=False, timeout=30)
        answers.append(sent.status_code)

    threads = [threading.Thread(target=press, args=(number,)) for number in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [n for n in (one, two) if "administrator" in member(house, n).roles and not member(house, n).disabled]
    assert len(left) == 1 and answers.count(303) == 1, answers


def test_the_last_administrator_stays_one(house: House) -> None:
    number, _, _ = house.ready("action-for-children", ("administrator",))
    house.add("action-for-children", ("administrator",))  # has a link and has never signed in
    write = house.store.writer.write

    def take(db: Any) -> None:
        staff.change(db.connection(), house.site.sealer, number, roles=("officer",))
        staff.keep_administrator(db.connection(), "action-for-children")

    with pytest.raises(LastAdministrator):
        write(take).result(10)
    assert member(house, number).roles == {"administrator"}


def test_staff_of_others_and_nonsense_are_not_there(house: House, boss: tuple[int, Browser]) -> None:
    _, ann = boss
    stranger, _ = house.add("sandwell", ("officer",))
    for number in (stranger, "0", "x", "9" * 30, "-1"):
        assert ann.get(f"/staff/settings/staff/{number}").status_code == 404
        for deed in ("", "/disable", "/enable", "/reset", "/sessions"):
            assert (
                ann.post(f"/staff/settings/staff/{number}{deed}", {"name": "x", "roles": ["officer"]}).status_code
                == 404
            )
    assert not member(house, stranger).disabled


def test_an_administrator_sees_no_record(house: House, boss: tuple[int, Browser]) -> None:
    _, ann = boss
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.story = "The heating in the blue bedroom is broken."
    reference = person.complain().reference
    house.person("dudley", "officer").get(f"/staff/record/{reference}")
    for path in ("/settings", "/settings/staff", "/settings/campaigns", "/settings/holidays", "/settings/audit",
                 "/settings/procedure", "/settings/audit/export"):  # fmt: skip
        page = ann.get(f"/staff{path}").text
        assert "blue bedroom" not in page and f"/record/{reference}" not in page, path
    assert ann.get(f"/staff/record/{reference}/seen").status_code == 404


# The audit --------------------------------------------------------------------------------------


def test_who_has_looked_at_a_record(house: House) -> None:
    reference = Person(house.store.writer, organisation="dudley", endpoint="web").complain().reference
    number, _ = house.add("dudley", ("officer",))
    write = house.store.writer.write
    write(lambda db: staff.change(db.connection(), house.site.sealer, number, name="Olive Officer")).result(10)
    house.signed_in(number).get(f"/staff/record/{reference}")
    manager = house.person("dudley", "complaints")
    seen = manager.get(f"/staff/record/{reference}/seen").text
    assert "Olive Officer" in seen and "Read a record" in seen
    again = manager.get(f"/staff/record/{reference}/seen").text
    assert "Looked who has seen a record" in again, "looking is seen itself"
    for query in (f"record={reference.lower()}", f"staff={number}", f"what=record&staff={number}"):
        page = manager.get(f"/staff/settings/audit?{query}").text
        assert "Olive Officer" in page and reference in page, query
    assert "Nothing was done or seen" in manager.get(f"/staff/settings/audit?staff={number}&what=campaign").text
    today = house.clock().date().isoformat()
    assert reference in manager.get(f"/staff/settings/audit?staff={number}&from={today}&to={today}").text
    assert reference not in manager.get(f"/staff/settings/audit?staff={number}&to=2020-01-01").text
    assert house.person("dudley", "officer").get("/staff/settings/audit").status_code == 403
    assert house.person("sandwell", "complaints").get(f"/staff/record/{reference}/seen").status_code == 404
    assert reference not in house.person("sandwell", "complaints").get("/staff/settings/audit").text


def test_the_audit_hides_a_record_from_whoever_it_names(house: House) -> None:
    reference = Person(house.store.writer, organisation="dudley", endpoint="web").complain().reference
    house.person("dudley", "officer").get(f"/staff/record/{reference}")
    number, _ = house.add("dudley", ("complaints",))
    named = house.signed_in(number)
    assert reference in named.get("/staff/settings/audit").text
    with house.store.database.reading() as db:
        found = about.about(db, "dudley", reference)
    assert found is not None
    at = house.clock()
    house.store.writer.write(
        lambda db: about.set_part(db.connection(), "dudley", found.id, "named", (number,), at)
    ).result(10)
    assert reference not in named.get("/staff/settings/audit").text
    assert reference not in named.get("/staff/settings/audit/export").text
    assert reference not in named.get(f"/staff/settings/audit?record={reference}").text.split("</form>")[-1]
    assert named.get(f"/staff/record/{reference}/seen").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("record=nonsense", "References look like HB-7K3M-2Q"),
        ("from=yesterday", "Write a day, as 2027-03-31"),
        ("from=20260101", "Write a day, as 2027-03-31"),
        ("to=2026-02-30", "Write a day, as 2027-03-31"),
        ("from=2026-05-02&to=2026-05-01", "This is before the first day"),
    ],
)
def test_a_filter_with_something_wrong_says_what(house: House, query: str, said: str) -> None:
    manager = house.person("dudley", "complaints")
    for path in ("/staff/settings/audit", "/staff/settings/audit/export"):
        answer = manager.get(f"{path}?{query}")
        assert answer.status_code == 422 and said in answer.text
    assert manager.get("/staff/settings/audit?staff=x&what='&before=-9&to=9999-12-31").status_code == 200


def test_the_audit_is_paged_and_exported(house: House) -> None:
    number, _ = house.add("together-for-children", ("complaints",))
    jo = house.signed_in(number)
    write = house.store.writer.write
    write(lambda db: staff.change(db.connection(), house.site.sealer, number, name="=cmd|' /C calc'!A0")).result(10)

    def many(db: Any) -> None:
        for _ in range(230):
            audit.note(db.connection(), "together-for-children", number, "record", "HB-2222-22", house.clock())

    write(many).result(30)
    lines, address = 0, "/staff/settings/audit?what=record"
    pages = 0
    while address:
        page = jo.get(address).text
        lines, pages = lines + page.count(">HB-2222-22<"), pages + 1
        later = re.findall(r'rel="next" href="([^"]+)"', page)
        assert pages < 9
        address = later[0].replace("&amp;", "&") if later else ""
    assert (lines, pages) == (230, 3)
    answer = jo.get("/staff/settings/audit/export?what=record")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 231 and rows[1][1].startswith("'=cmd") and "attachment" in answer.headers["Content-Disposition"]
    assert "audit.export" in house.audited(), "an export is seen itself"


# For everybody ----------------------------------------------------------------------------------


def test_every_page_of_the_settings_is_for_everybody(house: House, boss: tuple[int, Browser]) -> None:
    number, _ = boss
    manager, _, _ = house.ready("dudley", ("complaints",))
    reference = Person(house.store.writer, organisation="dudley", endpoint="web").complain().reference
    house.signed_in(manager).post(
        "/staff/settings/campaigns/add", {"name": "Speak up week", "code": "speakup", "action_days": "14"}
    )
    both = ["/settings", "/settings/procedure", "/settings/campaigns", "/settings/campaigns/speakup",
            "/settings/campaigns/speakup/change", "/settings/campaigns/speakup/poster?lang=ar", "/settings/holidays",
            "/settings/holidays/look?day=2027-03-03&name=Closed&works=no", "/settings/holidays/look?day=x",
            "/settings/services", "/settings/audit"]  # fmt: skip
    paths = {
        number: [*both, "/settings/staff", "/settings/staff/add", f"/settings/staff/{manager}"],
        manager: [f"/record/{reference}/seen"],
    }
    found: list[str] = []
    with chromium() as browser:
        for who, size in ((number, DESKTOP), (number, PHONE), (manager, PHONE)):
            desk = Desk(house, browser, who, size)
            for path in paths[who]:
                page = desk.open(path)
                found += [f"{path}: {one}" for one in serious(page)]
                found += [f"{path}: wider than the window"] if overflows(page) else []
            assert not desk.wrong
    assert not found, "\n".join(found)


# Services ---------------------------------------------------------------------------------------


def test_report_years_begin_with_the_one_that_runs(house: House) -> None:
    profile = house.site.profiles["sandwell"]  # its year begins in April
    years = cases_held.years(profile, date(2026, 3, 31))
    assert years[0] == date(2025, 4, 1) and years[-1] == date(2020, 4, 1) and len(years) == 6
    assert cases_held.years(profile, date(2026, 4, 1))[:2] == [date(2026, 4, 1), date(2025, 4, 1)]


def test_cases_held_are_entered_for_each_service_and_year(house: House) -> None:
    manager = house.person("sandwell", "complaints")
    page = manager.get("/staff/settings/services").text
    year = re.findall(r'name="year" value="([^"]+)"', page)[0]
    assert year.endswith("-04-01") and "Fostering" in page
    given = {"year": year, "held-fostering": "1,200", "held-adoption": "300"}
    assert manager.post("/staff/settings/services", given).status_code == 303
    page = manager.get("/staff/settings/services").text
    assert 'value="1200"' in page and "80.0 %" in page and "20.0 %" in page
    with house.store.database.reading() as db:
        profile = house.site.profiles["sandwell"]
        assert cases_held.held(db, profile, date.fromisoformat(year)) == {"fostering": 1200, "adoption": 300}
        assert cases_held.held(db, house.site.profiles["dudley"], date.fromisoformat(year)) == {}
    assert manager.post("/staff/settings/services", {"year": year, "held-fostering": "5"}).status_code == 303
    with house.store.database.reading() as db:
        assert cases_held.held(db, profile, date.fromisoformat(year)) == {"fostering": 5}
    assert "cases_held" in house.audited()
    officer = house.person("sandwell", "officer")
    assert 'name="held-' not in officer.get("/staff/settings/services").text
    assert officer.post("/staff/settings/services", given).status_code == 403


@pytest.mark.parametrize("wrong", ["many", "-3", "1.5", "9" * 12, "½"])
def test_cases_held_are_whole_numbers(house: House, wrong: str) -> None:
    manager = house.person("sandwell", "complaints")
    before = house.count("cases_held")
    answer = manager.post("/staff/settings/services", {"year": "x", "held-fostering": wrong, "held-adoption": "7"})
    assert answer.status_code == 422 and "Write a whole number, or nothing" in answer.text
    assert f'value="{wrong}"' in answer.text and 'value="7"' in answer.text and house.count("cases_held") == before


def test_report_years_begin_where_the_organisation_says(house: House) -> None:
    profile = house.site.profiles["dudley"]
    assert cases_held.year_of(profile, date(2027, 3, 31)) == date(2026, 4, 1)
    assert cases_held.year_of(profile, date(2027, 4, 1)) == date(2027, 4, 1)
    assert cases_held.named(date(2026, 4, 1)) == "2026/27" and cases_held.named(date(2026, 1, 1)) == "2026"
