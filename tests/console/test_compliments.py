"""Compliments: read, passed on, celebrated and counted, each as far as the person agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import about, casefile
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.console.test_record import events, facts
from tests.console.test_referrals import Young

STORY = "Sam listened to me when nobody did."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("compliments")) as made:
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("dudley", "participation")


def thanks(
    house: House, share: str = "both", *, story: str = STORY, days: int = 0, organisation: str = "dudley"
) -> str:
    """A compliment; its reference."""
    person = Young(house.store.writer, channel="web", organisation=organisation, endpoint="web")
    person.now = datetime.now(UTC) - timedelta(days=days, hours=1)
    person.answers = {
        "kind": "kind=compliment", "about": "Sam Hill, the night team", "story": story, "share": f"share={share}",
        "name": "Amara",
    }  # fmt: skip
    return person.complain().reference


def act(house: House, browser: Browser, reference: str, last: str, *, seen: int = 0, **values: Any) -> Any:
    event = {"pass": "passed_on", "celebrate": "celebrated", "agreed": "sharing", "down": "taken_down"}[last]
    given = {f"{event}-{key}": value for key, value in values.items()}
    drawn = str(seen or events(house, reference))
    return browser.post(f"/staff/compliment/{reference}/{last}", {"events": drawn, **given})


def test_the_newest_first_in_their_words_and_what_may_be_done(house: House, jo: Browser) -> None:
    old, new = thanks(house, "tell", days=2), thanks(house, "both", story="Diolch am wrando!")
    page = jo.get("/staff/compliments").text
    assert page.index(new) < page.index(old) and "Diolch am wrando!" in page and "Sam Hill, the night team" in page
    assert "Only the worker may be told" in page and "May be shared, without a name" in page
    assert {"compliments.list"} <= set(house.audited())
    assert house.person("dudley", "advocate").get("/staff/compliments").status_code == 403
    assert new not in house.person("sandwell", "participation").get("/staff/compliments").text
    assert house.person("sandwell", "participation").get(f"/staff/compliment/{new}").status_code == 404
    assert house.person("dudley", "manager", services=("fostering",)).get(f"/staff/compliment/{new}").status_code == 404


def test_passed_on_to_the_worker_who_may_then_read_it(house: House, jo: Browser) -> None:
    reference = thanks(house)
    worker, _ = house.add("dudley", ("officer",))
    answer = act(house, jo, reference, "pass", to="Sam and Ms Reed", staff=[str(worker)], services=["home1"])
    assert answer.status_code == 303
    page = jo.get(f"/staff/compliment/{reference}").text
    assert "Passed on" in page and "Sam and Ms Reed" in page and "do-passed_on" not in page
    assert facts(house, reference)["services"] == {"home1"}
    with house.store.database.reading() as db:
        found = about.about(db, "dudley", reference)
    assert found is not None and found.shown == {worker}
    sam = house.signed_in(worker)
    assert "It is about you" in sam.get("/staff/compliments").text
    assert reference not in jo.get("/staff/compliments?passed=no").text
    for narrowed in ("passed=yes", "service=home1", f"month={datetime.now(UTC) - timedelta(hours=1):%Y-%m}"):
        assert reference in jo.get(f"/staff/compliments?{narrowed}").text
    assert "This cannot be recorded any more" in act(house, jo, reference, "pass", to="Again").text


def test_nobody_is_told_where_they_said_so_until_they_say_otherwise(house: House, jo: Browser) -> None:
    reference = thanks(house, "no")
    assert "They asked us to tell nobody" in jo.get(f"/staff/compliment/{reference}").text
    answer = act(house, jo, reference, "pass", to="Sam")
    assert answer.status_code == 422 and "asked us to tell nobody" in answer.text
    answer = act(house, jo, reference, "celebrate", words="Sam listened.")
    assert answer.status_code == 422 and "has not agreed that it is shared" in answer.text
    assert act(house, jo, reference, "agreed", answer="perhaps", how="By phone").status_code == 422
    assert act(house, jo, reference, "agreed", answer="tell", how="By phone").status_code == 303
    assert facts(house, reference)["share"] == {"tell"}
    assert act(house, jo, reference, "pass", to="Sam").status_code == 303
    assert act(house, jo, reference, "celebrate", words="Sam listened.").status_code == 422


def test_celebrated_without_a_name_unless_agreed_and_taken_down_again(house: House, jo: Browser) -> None:
    reference = thanks(house, story="Sam Hill is a star.")
    assert act(house, jo, reference, "celebrate", words="").status_code == 422
    assert act(house, jo, reference, "celebrate", words="You are a star.").status_code == 303
    poster = jo.get("/staff/compliments/poster").text
    assert "You are a star." in poster and "Sam Hill" not in poster and "Amara" not in poster
    assert reference in jo.get("/staff/compliments?board=1").text
    act(house, jo, reference, "agreed", answer="named", how="She said so.")
    assert "Amara" in jo.get("/staff/compliments/poster").text
    act(house, jo, reference, "agreed", answer="tell", how="She thought about it again.")
    assert "You are a star." not in jo.get("/staff/compliments/poster").text
    assert reference not in jo.get("/staff/compliments?board=1").text
    act(house, jo, reference, "agreed", answer="both", how="And again.")
    assert "You are a star." in jo.get("/staff/compliments/poster").text
    assert act(house, jo, reference, "down").status_code == 303
    assert "You are a star." not in jo.get("/staff/compliments/poster").text


def test_two_people_at_once_and_a_record_that_is_no_compliment(house: House, jo: Browser) -> None:
    reference = thanks(house)
    seen = events(house, reference)
    assert act(house, jo, reference, "agreed", answer="tell", how="By phone").status_code == 303
    answer = act(house, jo, reference, "pass", seen=seen, to="Sam")
    assert answer.status_code == 409 and "something else happened first" in answer.text and 'value="Sam"' in answer.text
    other = Young(house.store.writer, organisation="dudley", endpoint="web").complain().reference
    answer = jo.get(f"/staff/compliment/{other}")
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/record/{other}")
    assert act(house, jo, other, "pass", to="Sam").status_code == 303
    with house.store.database.reading() as db:
        kinds = [one.kind for one in casefile.events(db, house.store.vault, casefile.find(db, other))]
    assert "passed_on" not in kinds


def test_they_are_counted_by_service_and_month(house: House) -> None:
    worker = house.person("together-for-children", "participation")
    for days in (0, 0, 40):
        reference = thanks(house, days=days, organisation="together-for-children")
    service = next(iter(house.site.profiles["together-for-children"].services))
    act(house, worker, reference, "pass", to="Sam", services=[service])
    page = worker.get("/staff/compliments").text
    table = page[page.index("How many, by service and month") :]
    name = house.site.profiles["together-for-children"].services[service].name.said("en")
    assert name in table and ">3<" in table[table.index("Every compliment") :]
    assert "Nothing here under these filters." in worker.get("/staff/compliments?month=2019-01").text
    assert worker.get("/staff/compliments?month=soon&service=nowhere&passed=x&page=0").status_code == 200
    assert worker.get("/staff/compliments?month=9999-12").status_code == 200


def test_nothing_that_axe_finds_on_desktop_and_phone(house: House, jo: Browser) -> None:
    number, _ = house.add("dudley", ("complaints",))
    long = thanks(house, story="They came every single evening to look after us. " * 20)
    act(house, jo, long, "celebrate", words="They came every single evening. " * 10)
    with chromium() as browser:
        for size in (DESKTOP, PHONE):
            desk = Desk(house, browser, number, size)
            for path in ("/compliments", f"/compliment/{long}", "/compliments/poster", "/compliments?month=2019-01"):
                page = desk.open(path)
                assert serious(page) == [] and not overflows(page), path
            desk.context.close()
