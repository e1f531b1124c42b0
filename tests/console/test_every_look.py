"""Every page that shows a record, a list or an export leaves one line that says who looked, at what, and which record.

Which pages need none is pinned by name in ``tests.console.test_audit_trail.NOTHING_TO_SEE``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest

from console.page import PUBLIC, Page
from console.pages import every
from storage import audit
from tests.console.conftest import House, running
from tests.console.test_alike import PRANK, came
from tests.console.test_audit_trail import filed
from tests.console.test_compliments import thanks
from tests.console.test_enter import form as entered
from tests.console.test_every_deed import Walk
from tests.console.test_referrals import asks, refer
from tests.console.test_report_texts import documents
from tests.storage.people import Person
from tests.storage.theirs import picture

#: What forms show as an example.
EXAMPLE = "HB-7K3M-2Q"
ROLES = ("complaints", "administrator", "advocate", "reports")


def looks() -> dict[str, Page]:
    """The path of every page that a line is owed for."""
    return {
        page.path: page
        for page in every()
        if page.method == "GET" and page.permission != PUBLIC and not page.quiet and (page.audit or page.about_a_record)
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("every-look"), change=documents) as made:
        yield made


@pytest.fixture(scope="module")
def walker(house: House) -> Walk:
    number, login, secret = house.ready("dudley", ROLES)
    return Walk(house, number, house.sign_in(login, secret))


@pytest.fixture(scope="module")
def addresses(house: House, walker: Walk) -> dict[str, str]:
    """Path of the table of routes -> one of something that is there, as somebody opens it."""
    me = walker
    person = Person(house.store.writer, channel="web", organisation="dudley", endpoint="web")
    person.reach("story")
    file = house.store.media.store("dudley", io.BytesIO(picture("only-me-5")), "me.png")
    person.say(media=(file,))
    reference = person.complain().reference
    referred = asks(house)
    refer(house, me.browser, referred, me.number)
    group, _ = came(house, PRANK, organisation="dudley")
    request = me.send("/rights", {"records": filed(house)}, r"request:\d+").headers["Location"].removeprefix("/staff")
    me.send(f"{request}/release", {"read": "yes"}, r"request:\d+", besides=("rights.copied",))
    owner = {"owner": str(me.number), "due": str(house.clock().date())}
    made = me.send("/learning/new", {"learned": "Calls.", "action": "A list.", **owner}, r"learning:\d+")
    me.send("/settings/integration/webhooks", {"url": "https://case.example.org/told"}, r"webhook:\d+")
    me.send("/enter", entered(house, **{"q-story": "The minibus never came."}), "HB-.*")
    places = {
        "/referral/{reference}": f"/referral/{referred}",
        "/compliment/{reference}": f"/compliment/{thanks(house)}",
        "/alike/{together}": group.removeprefix("/staff"),
        "/record/{reference}/media/{media}": f"/record/{reference}/media/{file.id}",
    }
    named = {
        "reference": reference, "request": request.rpartition("/")[2], "webhook": me.newest("webhook"),
        "learning": made.headers["Location"].rpartition("/")[2], "member": str(me.number),
    }  # fmt: skip
    return {path: places.get(path) or path.format(**named) for path in looks()}


#: Pages with references that tell nothing of the records: lines of the audit have nothing else of them.
REFERENCES_ONLY = {"/settings/audit", "/settings/audit/export", "/forms/letter"}
#: Pages that answer otherwise here: there is nothing to send yet, nothing was being typed.
ANSWERS = {"/learning/{learning}/said/send": 422, "/typed": 303}


@pytest.mark.parametrize("path", looks())
def test_a_look_leaves_one_line(walker: Walk, addresses: dict[str, str], path: str) -> None:
    """A page of one thing that lists records besides leaves a second, with those records (``audit.write``)."""
    page, address, last = looks()[path], addresses[path], walker.lines()[0].id
    answer = walker.browser.get(f"/staff{address}")
    assert answer.status_code == ANSWERS.get(path, 200), (address, answer.headers.get("Location"))
    new = walker.lines(last)
    *besides, line = (one for one in new if one.what == page.name)
    assert line.staff == walker.number and {one.staff for one in new} == {walker.number}
    assert {one.what for one in new} - {page.name} <= {"rights.copied"}, "reading a copy through copies the records"
    assert all(line.reference and one.reference.startswith(("HB-", "list:")) for one in besides) and len(besides) < 2
    if page.about_a_record:
        assert line.reference == address.split("/")[2]
    shown = set(re.findall(r"HB-\w{4}-\w\w", answer.text)) - {EXAMPLE} if path not in REFERENCES_ONLY else set()
    assert {one for one in shown if not seen(walker, one, last)} == set(), address


def seen(walker: Walk, reference: str, after: int) -> bool:
    """Whether the audit says so of this record since that line."""
    with walker.house.store.database.reading() as db:
        return any(one.id > after for one in audit.entries(db, "dudley", audit.Asked(reference=reference)))
