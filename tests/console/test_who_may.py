"""Every route × every role × every organisation, and every kind of record × every role, against tables written by hand.

``who_may.toml`` says who may; ``console.roles`` is not asked, so that a mistake there is seen here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlmodel
from sqlalchemy import delete, insert

from casework.record import CaseEvent
from console.page import PUBLIC, SIGNED_IN, Page
from console.pages import every
from storage import casefile, models
from storage.models import table
from tests.console.conftest import Browser, House, running
from tests.console.test_permissions import ALLOWED, ORGANISATIONS, ask, guarded, names_more
from tests.console.test_referrals import refer
from tests.storage.people import Person

TABLE = tomllib.loads(Path(__file__).with_name("who_may.toml").read_text("utf-8"))
#: Letter of the table -> role.
LETTERS = {
    "P": "participation", "O": "officer", "M": "manager", "C": "complaints", "S": "safeguarding", "A": "advocate",
    "R": "reports", "N": "administrator",
}  # fmt: skip
#: "METHOD path" -> roles that may.
WHO = {
    route: {LETTERS[letter] for letter in letters if letter != "."}
    for letters, routes in TABLE["routes"].items()
    for route in routes
}


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("who-may")) as made:
        yield made


@pytest.fixture(scope="module")
def staff_of(house: House) -> dict[tuple[str, str], tuple[int, Browser]]:
    """Somebody of every role at every organisation; a manager has all its services."""
    found = {}
    for name in ORGANISATIONS:
        for role in LETTERS.values():
            number, _ = house.add(name, (role,), services=house.site.profiles[name].services)
            found[name, role] = number, house.signed_in(number)
    return found


class Records:
    """Records of one house, made as wide or as narrow as a test needs them."""

    def __init__(self, house: House) -> None:
        self.house = house

    def make(self, name: str, *kinds: str, advocate: int = 0) -> str:
        """A complaint.

        kinds  "service": of all services that they have, "danger", "accused", "safeguarding": sent there, "conduct":
               restricted because it is about the conduct of staff
        """
        store = self.house.store
        person = Person(store.writer, organisation=name, endpoint="web")
        reference = person.complain().reference
        if "danger" in kinds:
            person.say("he hit me with a belt last night")
        if "accused" in kinds:
            person.say("my teacher keeps touching my leg under the table")
        with store.database.reading() as db:
            case = casefile.find(db, reference)
        rows = [
            {"case_id": case, "fact": "services", "value": value, "organisation": name}
            for value in (self.house.site.profiles[name].services if "service" in kinds else ())
        ]
        at = self.house.clock()

        def more(db: sqlmodel.Session) -> None:
            fact = table(models.CaseFact)
            db.connection().execute(delete(fact).where(fact.c.case_id == case, fact.c.fact == "services"))
            if rows:
                db.connection().execute(insert(fact), rows)
            if "safeguarding" in kinds:
                sent = CaseEvent("routed", at, "1", "An allegation.", {"route": "safeguarding"})
                casefile.append(db, store.vault, store.procedures, case, sent)

        store.writer.write(more).result(10)
        keeper = self.house.person(name, "complaints")
        if advocate:
            refer(self.house, keeper, reference, advocate, event="advocate_referred")
        if "conduct" in kinds:
            answer = keeper.post(f"/staff/record/{reference}/restrict", {"restriction": "conduct"})
            assert answer.status_code == 303
        return reference


@pytest.fixture(scope="module")
def records(house: House) -> Records:
    return Records(house)


@pytest.fixture(scope="module")
def wide(records: Records, staff_of: dict[tuple[str, str], tuple[int, Browser]]) -> dict[str, str]:
    """Organisation -> a record that every role that reaches any reaches: of its services, in danger, referred."""
    return {
        name: records.make(name, "service", "danger", advocate=staff_of[name, "advocate"][0]) for name in ORGANISATIONS
    }


def test_the_table_names_every_page_once() -> None:
    routes = [route for routes in TABLE["routes"].values() for route in routes]
    assert sorted(routes) == sorted(named(page) for page in every() if page.permission != PUBLIC)
    everybody = {named(page) for page in every() if page.permission == SIGNED_IN}
    assert {route for route, who in WHO.items() if len(who) == len(LETTERS)} == everybody


@pytest.mark.parametrize("role", LETTERS.values())
def test_every_route_for_every_role_and_organisation(
    wide: dict[str, str], staff_of: dict[tuple[str, str], tuple[int, Browser]], role: str
) -> None:
    """A page about a record is asked of one's own and of another organisation, another one for the next page."""
    wrong, crossed = [], set()
    for number, own in enumerate(ORGANISATIONS):
        _, browser = staff_of[own, role]
        token = browser.token()
        for turn, page in enumerate(guarded()):
            other = ORGANISATIONS[(number + 1 + turn % (len(ORGANISATIONS) - 1)) % len(ORGANISATIONS)]
            crossed |= {(own, other)} if page.about_a_record else set()
            for organisation in (own, other) if page.about_a_record else (own,):
                found = ask(browser, page, wide[organisation], token)
                if found not in answers(page, role in WHO[named(page)] and organisation == own):
                    wrong.append(f"{role} of {own}: {named(page)} of {organisation} answered {found}")
    assert not wrong, "\n".join(wrong)
    assert len(crossed) == len(ORGANISATIONS) * (len(ORGANISATIONS) - 1), "every one crossed to every other one"


def answers(page: Page, may: bool) -> set[int]:
    """What a page may answer to somebody who may, or may not, for a record that is there."""
    if not may:
        return {404} if page.about_a_record else {403}
    return ALLOWED | ({401} if page.fresh else set()) | ({404} if names_more(page) else set())


#: Kinds of a record -> who opens it; in lower case: told that it is for few, and may open it in an emergency.
OPENED = {
    (): "POC",
    ("service",): "POMC",
    ("danger",): "POCS",
    ("service", "danger"): "POMCS",
    ("service", "accused"): "POCS",
    ("service", "conduct"): "pomC",
    ("service", "danger", "conduct"): "pomCS",
    ("service", "safeguarding"): "pomCS",
    ("service", "accused", "conduct"): "poCS",
}


@pytest.mark.parametrize("kinds", OPENED, ids=lambda kinds: "-".join(kinds) or "plain")
def test_every_kind_of_record_for_every_role(
    records: Records, staff_of: dict[tuple[str, str], tuple[int, Browser]], kinds: tuple[str, ...]
) -> None:
    """Every page about a record answers as the record itself does: closed to whoever it is closed to."""
    name = "dudley"
    reference, wrong = records.make(name, *kinds), []
    for letter, role in LETTERS.items():
        _, browser = staff_of[name, role]
        token = browser.token()
        wanted = 200 if letter in OPENED[kinds] else 403 if letter.lower() in OPENED[kinds] else 404
        found = browser.get(f"/staff/record/{reference}").status_code
        if found != wanted:
            wrong.append(f"{role} opens it: {found}")
        for page in guarded():
            if not page.about_a_record or wanted == 200 or page.path.endswith("/glass"):
                continue
            if wanted == 403 and page.path.endswith("/alert/{alert}") and role in WHO[named(page)]:
                continue  # somebody in danger is everybody's business, of a restricted record too
            found = ask(browser, page, reference, token)
            if found not in {403, 404}:
                wrong.append(f"{role}: {named(page)} answered {found}")
    assert not wrong, "\n".join(wrong)
