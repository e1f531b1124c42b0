"""Nothing of another organisation by its number, nothing unsigned, and the judge of permissions itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlmodel
from sqlalchemy import insert

from casework.record import CaseEvent
from console.page import PUBLIC, SIGNED_IN, Page
from console.pages import every
from console.roles import PERMISSIONS, REACHES, ROLES, About, User, may, reach
from storage import about, casefile, models, working
from storage.alike import ALIKE
from storage.ids import new_id
from storage.models import table
from tests.console.conftest import Browser, House, running
from tests.storage.people import Person

ORGANISATIONS = ("dudley", "sandwell", "together-for-children", "action-for-children", "childrens-links")
#: Answers of a page to somebody who may: it shows, leads on, or says what is wrong with what was sent.
ALLOWED = {200, 303, 409, 422}


#: What paths name besides records -> the table and column that has it.
PLACES = {
    "member": ("staff", "id"),
    "campaign": ("campaign", "code"),
    "request": ("rights_request", "id"),
    "learning": ("learning", "id"),
    "way": ("alert_route", "id"),
    "turn": ("on_duty", "id"),
    "token": ("api_token", "id"),
    "webhook": ("webhook", "id"),
    "task": ("task", "id"),
    "together": ("alike", "together"),
}
#: Other names in paths: of a record that is named as well, or of what every organisation has.
NOT_OWNED = {"reference", "alert", "media", "code", "language", "day"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("permissions")) as made:
        yield made


@pytest.fixture(scope="module")
def records(house: House) -> dict[str, str]:
    """Organisation -> reference of a complaint that somebody has sent it."""
    return {
        name: Person(house.store.writer, organisation=name, endpoint="web").complain().reference
        for name in house.site.profiles
    }


@pytest.fixture(scope="module")
def theirs(house: House, records: dict[str, str]) -> dict[str, dict[str, str]]:
    """Organisation -> what there is of it for every one of PLACES."""
    day = house.clock().date()
    for name, reference in records.items():
        number, _ = house.add(name, ("complaints", "administrator"))
        jo = house.signed_in(number)
        token, who = jo.token(), str(number)
        soon, later = (day + timedelta(days=1)).isoformat(), (day + timedelta(days=30)).isoformat()
        posts = {
            "settings/campaigns/add": {"name": "Summer", "code": "s" + name.replace("-", "")[:12]},
            "rights": {"records": reference},
            "learning/new": {"learned": "Calls were lost.", "action": "A list.", "owner": who, "due": later},
            "settings/alerts": {"label": "Duty", "address": "jsons://example.org/x", "tier": "duty"},
            "settings/rota": {"staff": who, "tier": "duty", "from_day": soon, "from_time": "09:00", "to_day": soon,
                              "to_time": "17:00", "weeks": "1"},
            "settings/integration/tokens": {"name": "Portal", "scope": "file"},
            "settings/integration/webhooks": {"url": "https://case.example.org/told"},
            f"record/{reference}/interpreter": {},
        }  # fmt: skip
        for path, form in posts.items():
            assert jo.post(f"/staff/{path}", form, token=token).status_code == 303, (name, path)
        house.store.writer.write(partial(_together, name, reference, house.clock())).result(10)
    with house.store.database.reading() as db:
        return {
            name: {
                place: str(db.exec_driver_sql(
                    f"SELECT max({column}) FROM {table} WHERE organisation = '{name}'").scalar_one())
                for place, (table, column) in PLACES.items()
            }
            for name in records
        }  # fmt: skip


def _together(name: str, reference: str, at: datetime, db: sqlmodel.Session) -> None:
    """A record that is alike others, and the task about them."""
    case = casefile.find(db.connection(), reference)
    task = models.Task(id=new_id(), organisation=name, number=0, why="alike", at=at)
    db.connection().execute(insert(table(models.Task)), task.model_dump())
    row = {"case_id": case, "organisation": name, "words": None, "at": at, "together": task.id}
    db.connection().execute(insert(ALIKE), row)


@pytest.fixture(scope="module")
def staff_of(house: House, records: dict[str, str]) -> dict[tuple[str, str], Browser]:
    """Somebody of every role at every organisation."""
    assert set(records) == set(ORGANISATIONS)
    return {
        (name, role): house.person(name, role, services=house.site.profiles[name].services)
        for name in ORGANISATIONS
        for role in ROLES
    }


def ask(browser: Browser, page: Page, reference: str, token: str, places: dict[str, str] | None = None) -> int:
    path = "/staff" + page.path.replace("{reference}", reference)
    path = re.sub(r"\{(\w+)\}", lambda found: (places or {}).get(found[1], "1"), path)
    path = re.sub(r"\{\w+(:[^}]+)?\}", "1", path)
    if page.method == "GET":
        return browser.get(path).status_code
    return browser.post(path, token=token).status_code


def guarded() -> Iterator[Page]:
    """Every page that needs signing in; signing out comes elsewhere."""
    for page in every():
        if page.permission != PUBLIC and page.path not in ("/sign-out", "/account/sessions"):
            yield page


def names_more(page: Page) -> bool:
    """Whether the path names something besides a record (a file, a person), which need not be there."""
    return bool(set(re.findall(r"\{(\w+)", page.path)) - {"reference"})


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_organisation_is_reached_by_its_number(
    house: House, theirs: dict[str, dict[str, str]], staff_of: dict[tuple[str, str], Browser], role: str
) -> None:
    """Every route that names something besides a record, with what there really is elsewhere."""
    wrong = []
    for number, own in enumerate(ORGANISATIONS):
        browser = staff_of[own, role]
        token, user = browser.token(), User(0, own, "", frozenset({role}))
        for turn, page in enumerate(one for one in guarded() if not one.about_a_record and names_more(one)):
            other = ORGANISATIONS[(number + 1 + turn % (len(ORGANISATIONS) - 1)) % len(ORGANISATIONS)]
            names = set(re.findall(r"\{(\w+)\}", page.path))
            assert names <= PLACES.keys() | NOT_OWNED, page.path
            if not names & PLACES.keys():
                continue
            found = ask(browser, page, "", token, theirs[other])
            if found != (404 if may(user, page.permission) else 403):
                wrong.append(f"{role} of {own}: {page.method} {page.path} of {other} answered {found}")
    assert not wrong, "\n".join(wrong)


def test_what_is_reached_by_a_number_is_there(
    house: House, theirs: dict[str, dict[str, str]], staff_of: dict[tuple[str, str], Browser]
) -> None:
    """The numbers of the test before are real: whoever may see what they name sees it."""
    for name in ORGANISATIONS:
        for page in every():
            names = set(re.findall(r"\{(\w+)\}", page.path))
            if page.method != "GET" or page.fresh or page.permission == PUBLIC or not names or names - PLACES.keys():
                continue
            role = "administrator" if page.permission == "staff.manage" else "complaints"
            assert ask(staff_of[name, role], page, "", "", theirs[name]) in ALLOWED, (name, page.path)


def test_nobody_who_is_not_signed_in_reads_anything(house: House, records: dict[str, str]) -> None:
    browser = house.browser()
    token = browser.token("/staff/sign-in")
    for page in guarded():
        if page.method == "GET":
            path = "/staff" + re.sub(r"\{\w+\}", records["dudley"], page.path)
            answer = browser.get(path)
            assert answer.status_code == 303 and "/staff/sign-in" in answer.headers["Location"], page.path
        else:
            assert ask(browser, page, records["dudley"], token) == 401, page.path


def test_a_route_that_forgets_its_permission_cannot_be_declared() -> None:
    for page in every():
        assert page.permission in (PUBLIC, SIGNED_IN) or page.permission in PERMISSIONS
    public = {page.path for page in every() if page.permission == PUBLIC}
    assert public == {
        "/begin", "/welcome/{token}", "/sign-in", "/sign-in/provider", "/sign-in/return", "/code", "/set-up",
        "/set-up/qr.svg", "/alarm/{alarm}", "/tour", "/tour/{organisation}/{part}",
    }  # fmt: skip


# The judge itself -------------------------------------------------------------------------------

NOBODY = About("dudley")


def user(*roles: str, services: frozenset[str] = frozenset(), organisation: str = "dudley") -> User:
    return User(7, organisation, "Jo", frozenset(roles), services)


def test_the_table_of_roles_is_whole() -> None:
    assert {one for role in ROLES.values() for one in role.may} == set(PERMISSIONS)
    assert {role.reach for role in ROLES.values()} == set(REACHES)
    administrator = ROLES["administrator"].may
    assert not any(one.startswith(("record", "referral", "alerts", "compliments")) for one in administrator)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_nothing_crosses_to_another_organisation(role: str, permission: str) -> None:
    everything = About(
        "sandwell",
        frozenset({"fostering"}),
        True,
        referred=frozenset({7}),
        shown=frozenset({7}),
        assigned=frozenset({7}),
    )
    assert not may(user(role, services=frozenset({"fostering"})), permission, everything)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_whoever_a_record_is_about_may_do_nothing_with_it(role: str, permission: str) -> None:
    record = About("dudley", frozenset({"fostering"}), True, named=frozenset({7}), referred=frozenset({7}))
    assert not may(user(role, services=frozenset({"fostering"})), permission, record)
    agreed = About("dudley", frozenset(), False, named=frozenset({7}), shown=frozenset({7}))
    assert may(user(role), permission, agreed) == (permission == "record.view" and ROLES[role].reach == "all")


def test_a_team_manager_sees_their_own_services_only() -> None:
    jo = user("manager", services=frozenset({"fostering"}))
    assert may(jo, "record.view", About("dudley", frozenset({"adoption", "fostering"})))
    assert not may(jo, "record.view", About("dudley", frozenset({"adoption"})))
    assert not may(jo, "record.view", NOBODY)
    assert not may(user("manager"), "record.view", About("dudley", frozenset({"fostering"})))


def test_safeguarding_sees_danger_and_an_advocate_their_referrals() -> None:
    assert may(user("safeguarding"), "record.view", About("dudley", danger=True))
    assert not may(user("safeguarding"), "record.view", NOBODY)
    assert may(user("advocate"), "referral.work", About("dudley", referred=frozenset({7})))
    assert not may(user("advocate"), "referral.work", About("dudley", referred=frozenset({8})))
    assert not may(user("advocate"), "record.view", About("dudley", referred=frozenset({7})))


def test_a_second_role_widens_only_what_it_may_itself() -> None:
    both = user("manager", "reports", services=frozenset({"fostering"}))
    assert not may(both, "record.view", NOBODY)
    assert reach(both, "record.view").services == {"fostering"} and not reach(both, "record.view").all
    assert reach(user("administrator"), "record.view").nothing


def test_an_unknown_permission_is_a_mistake_and_an_unknown_role_gives_nothing() -> None:
    with pytest.raises(ValueError, match="no permission"):
        may(user("officer"), "record.veiw")
    assert user("emperor").permissions == frozenset()


def test_the_facts_of_a_record_are_read(house: House, records: dict[str, str]) -> None:
    number, _ = house.add("dudley", ("officer",))
    with house.store.database.reading() as db:
        before = about.about(db, "dudley", records["dudley"].lower().replace("-", " "))
        assert about.about(db, "sandwell", records["dudley"]) is None
        assert about.about(db, "dudley", "nonsense") is None
    assert before is not None and before.reference == records["dudley"] and before.named == frozenset()
    jo = house.signed_in(number)
    path = next((page.path for page in every() if page.permission == "record.view" and page.method == "GET"), "")

    def name(part: str, *who: int) -> None:
        at = datetime.now(UTC)
        house.store.writer.write(lambda db: about.set_part(db.connection(), "dudley", before.id, part, who, at)).result(
            10
        )

    seen = "/staff" + path.replace("{reference}", records["dudley"])
    assert not path or jo.get(seen).status_code == 200
    name("named", number)
    assert not path or jo.get(seen).status_code == 404
    name("shown", number)
    assert not path or jo.get(seen).status_code == 200
    name("named")
    name("shown")
    with house.store.database.reading() as db:
        assert about.about(db, "dudley", records["dudley"]) == before
        rows = db.execute(table(models.Case).select()).all()
    assert len(rows) >= len(ORGANISATIONS)
    with pytest.raises(ValueError, match="no part"):
        name("boss", number)


def test_what_was_sent_to_safeguarding_is_seen_there(house: House) -> None:
    store = house.store
    reference = Person(store.writer, organisation="sandwell", endpoint="web").complain().reference
    path = f"/staff/record/{reference}"
    worker = house.person("sandwell", "safeguarding")
    assert worker.get(path).status_code == 404
    with store.database.reading() as db:
        case = casefile.find(db, reference)
    event = CaseEvent("routed", house.clock(), "1", "An allegation against a worker.", {"route": "safeguarding"})
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(10)
    assert worker.get(path).status_code == 200


def test_a_begun_record_that_staff_work_on_can_still_be_erased_by_its_person(house: House) -> None:
    person = Person(house.store.writer, organisation="sandwell", endpoint="web")
    person.reach("story")
    person.say("I am in danger, he has a knife")
    number, _ = house.add("sandwell", ("officer",))
    before = house.count("case_staff")
    with house.store.database.reading() as db:
        case = db.execute(table(models.Case).select().order_by(table(models.Case).c.id.desc())).mappings().first()
    assert case is not None and not case["complete"]
    at = house.clock()
    house.store.writer.write(
        lambda db: about.set_part(db.connection(), "sandwell", case["id"], "assigned", (number,), at)
    ).result(10)
    assert house.count("case_staff") == before + 1
    person.say("DELETE")
    assert person.last is not None
    person.say(choice=next(one.token for one in person.last.choices if "yes" in one.token))
    assert house.count("case_staff") == before


def test_an_allegation_against_an_adult_is_hidden_from_the_whole_line(house: House) -> None:
    person = Person(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
    person.story = "My teacher keeps touching my leg under the table."
    person.reach("services")
    person.say(choice="services=fostering")
    reference = person.complain().reference
    manager = house.person("dudley", "manager", services=("fostering",))
    officer = house.person("dudley", "officer")
    assert officer.get(f"/staff/record/{reference}").status_code == 200
    assert manager.get(f"/staff/record/{reference}").status_code == 404
    assert reference not in manager.get("/staff/today").text + manager.get("/staff/records").text
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
    settled = CaseEvent("allegation_settled", datetime.now(UTC), "staff:1", "A film.", {"who": "Ann Lee"})
    deed = working.Deed(settled)
    store = house.store

    def settle(db: object) -> None:
        events = len(casefile.events(db.connection(), store.vault, case))  # type: ignore[attr-defined]  # a session
        working.do(db, store.vault, store.procedures, case, events, [deed])  # type: ignore[arg-type]

    store.writer.write(settle).result(10)
    assert manager.get(f"/staff/record/{reference}").status_code == 200
