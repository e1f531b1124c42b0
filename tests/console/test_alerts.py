"""Alerts in the console: the signed link, the list, the ways and the rota, and what the record says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bot import alarm, jobs
from bot.work import alerts
from casework.calendar import LONDON
from console.alarms import wording
from storage import alert_links, alert_ways, models, models_desk
from storage.about import about, set_part
from tests.alarms import Receiver, receiving
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.refusing import refusing
from tests.storage.looking import rows
from tests.storage.people import Person


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(
        tmp_path_factory.mktemp("alerts"), lambda site: replace(site, alarm=alarm.send_one, kind=alarm.known_kind)
    ) as made:
        yield made


def add_way(house: House, organisation: str, tier: str, address: str, **more: Any) -> int:
    label = more.pop("label", f"{tier} way")
    return house.store.writer.write(
        lambda db: alert_ways.add(
            db.connection(), house.site.sealer, organisation, tier, label, address, by="test", at=house.clock(), **more
        )
    ).result(10)


def danger(house: House, organisation: str, words: str = "he hits me with a belt", many: int = 1) -> list[str]:
    """Signs of danger by different people; the references of their records."""
    before = {row["reference"] for row in rows(house.store, models.Case)}
    for _ in range(many):
        person = Person(house.store.writer, organisation=organisation, endpoint="web")
        person.now = house.clock()
        person.reach("story")
        person.say(words)
    return [row["reference"] for row in rows(house.store, models.Case) if row["reference"] not in before]


def tell(house: House) -> None:
    teller = alerts.Teller(lambda letters: alarm.send(letters, 5), wording, house.url)
    at = house.clock() + timedelta(minutes=1)
    jobs.work_due(house.store, lambda: at, teller.kinds)


def link(receiver: Receiver, place: int = -1) -> str:
    """The path of the link in a message."""
    return re.findall(r"https?://[^/]+(/staff/alarm/\S+)", receiver.got[place][2])[0]


def press(browser: Browser, path: str, **more: Any) -> Any:
    return browser.session.post(browser.url + path, data={"token": "x"}, allow_redirects=False, timeout=30, **more)


def open_alerts(house: House, organisation: str) -> int:
    found = rows(house.store, models.Alert)
    return sum(1 for row in found if row["organisation"] == organisation and row["acknowledged_at"] is None)


@pytest.fixture
def told(place: House, receiver: Receiver) -> tuple[str, str]:
    """One sign of danger that was told to Dudley: its reference, and the path of the link."""
    here = {row["id"] for row in rows(place.store, models_desk.AlertRoute) if row["retired_at"] is None}
    if not here:
        add_way(place, "dudley", "duty", receiver.address("ok"), label="Duty phone")
        add_way(place, "dudley", "hours", receiver.address("ok"), label="Night phone")
    place.clock.ahead += timedelta(minutes=10)  # a way takes a few messages in five minutes
    (reference,) = danger(place, "dudley")
    tell(place)
    return reference, link(receiver)


# The signed link ------------------------------------------------------------------------------------


def test_the_link_shows_a_page_and_only_its_button_acknowledges(place: House, told: tuple[str, str]) -> None:
    reference, path = told
    browser = place.browser()
    for _ in range(3):
        page = browser.get(path)
        assert page.status_code == 200 and reference in page.text and "physical abuse" in page.text
        assert "belt" not in page.text and page.headers["Cache-Control"] == "no-store"
    browser.session.head(browser.url + path, timeout=30)
    assert open_alerts(place, "dudley"), "whoever opens links, changes nothing"
    assert press(place.browser(), path).status_code == 303, "without a cookie too: the address is the secret"
    assert not open_alerts(place, "dudley")
    again = browser.get(path).text
    assert "Somebody has confirmed it" in again and "phone”" in again and "<button" not in again
    assert press(browser, path).status_code == 303
    (alert, *_) = [row for row in rows(place.store, models.Alert) if row["acknowledged_at"]][-1:]
    assert alert["acknowledged_by"].startswith("route:")
    assert place.audited().count("alarm.acknowledge") >= 1


def test_a_stranger_page_cannot_press_the_button(place: House, told: tuple[str, str]) -> None:
    _, path = told
    assert press(place.browser(), path, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert press(place.browser(), path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert open_alerts(place, "dudley")
    press(place.browser(), path)


def test_somebody_who_is_signed_in_acknowledges_under_their_name(place: House, told: tuple[str, str]) -> None:
    reference, path = told
    number, _ = place.add("dudley", ("officer",))
    browser = place.signed_in(number)
    assert press(browser, path).status_code == 303
    found = [row["acknowledged_by"] for row in rows(place.store, models.Alert)]
    assert f"staff:{number}" in found
    record = browser.get(f"/staff/record/{reference}").text
    assert "Jo Brown" in record and "Who was told" in record and "phone" in record and "less than a minute" in record


def test_a_link_that_is_over_forged_or_of_an_erased_record_says_so(place: House, told: tuple[str, str]) -> None:
    _, path = told
    browser = place.browser()
    expired = f"/staff/alarm/{alert_links.make(place.store.vault.ring, 1, 1, place.clock() - alert_links.LIFE)}"
    gone = f"/staff/alarm/{alert_links.make(place.store.vault.ring, 1, 1, place.clock())}"
    for wrong, said in ((expired, "work for seven days"), (path[:-1] + "-", "cut in the message"), (gone, "not for")):
        for answer in (browser.get(wrong), press(browser, wrong)):
            assert answer.status_code == 404 and said in answer.text
    assert open_alerts(place, "dudley")
    press(browser, path)


def test_guessing_links_is_slowed(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        browser = house.browser()
        answers = [browser.get("/staff/alarm/" + "A" * 48).status_code for _ in range(23)]
        assert answers[:20] == [404] * 20 and answers[-1] == 429
        assert "Too many tries" in browser.get("/staff/alarm/" + "A" * 48).text


def test_whoever_is_named_later_sees_nothing_by_the_link(place: House, receiver: Receiver) -> None:
    number, _ = place.add("sandwell", ("officer",))
    add_way(place, "sandwell", "duty", receiver.address("ok-jo"), staff=number)
    (reference,) = danger(place, "sandwell")
    tell(place)
    path = link(receiver)
    assert place.browser().get(path).status_code == 200
    other, _ = place.add("sandwell", ("officer",))
    assert place.signed_in(other).get(path).status_code == 200
    with place.store.database.reading() as db:
        found = about(db, "sandwell", reference)
    assert found is not None
    at = place.clock()
    place.store.writer.write(lambda db: set_part(db.connection(), "sandwell", found.id, "named", (number,), at)).result(
        10
    )
    assert place.browser().get(path).status_code == 404 and press(place.browser(), path).status_code == 404
    assert open_alerts(place, "sandwell")


def test_many_signs_are_one_page_and_one_button(place: House, receiver: Receiver) -> None:
    add_way(place, "childrens-links", "wider", receiver.address("ok"), label="Everybody")
    references = danger(place, "childrens-links", many=7)
    tell(place)
    path = link(receiver)
    page = place.browser().get(path).text
    assert all(reference in page for reference in references) and "Signs of danger: 7" in page
    press(place.browser(), path)
    assert not open_alerts(place, "childrens-links")
    press_again = place.browser().get(path).text
    assert "All of these have been confirmed" in press_again


# The list -----------------------------------------------------------------------------------------


def test_the_list_shows_what_is_open_and_acknowledges_it(place: House, told: tuple[str, str]) -> None:
    reference, _ = told
    officer = place.person("dudley", "officer")
    page = officer.get("/staff/alerts").text
    assert reference in page and "Danger now" in page and "Who was told" in page
    ids = re.findall(r'name="alert" value="(\d+)"', page)
    other = place.person("sandwell", "officer")
    assert reference not in other.get("/staff/alerts").text
    assert other.post("/staff/alerts", {"alert": ids}).status_code == 303 and open_alerts(place, "dudley")
    assert officer.post("/staff/alerts", {"alert": [*ids, "nonsense"]}).status_code == 303
    assert not open_alerts(place, "dudley")
    after = officer.get("/staff/alerts", follow=True).text
    assert "Every sign of danger has been acknowledged" in after and "In the duty hours" in after
    assert place.person("dudley", "manager").get("/staff/alerts").status_code == 403


def test_the_list_says_that_nobody_is_told(place: House) -> None:
    page = place.person("together-for-children", "officer").get("/staff/alerts").text
    assert "Nobody is told of a sign of danger" in page


# The ways -----------------------------------------------------------------------------------------


def test_a_way_is_added_tested_and_taken_away(place: House, receiver: Receiver) -> None:
    manager = place.person("action-for-children", "complaints")
    empty = manager.get("/staff/settings/alerts").text
    assert "There is no way yet" in empty
    refused = manager.post("/staff/settings/alerts", {"label": "Night phone", "address": "nonsense", "tier": "hours"})
    assert refused.status_code == 422 and "Night phone" in refused.text and "No such address is known" in refused.text
    address = receiver.address("ok-secret")
    given = {"label": "Duty phone", "address": address, "tier": "duty", "names": "Oak Lodge\noak@example.org"}
    assert manager.post("/staff/settings/alerts", given).status_code == 303
    page = manager.get("/staff/settings/alerts").text
    assert "Duty phone" in page and "json://…" in page and "secret" not in page and str(receiver.port) not in page
    assert "Never tried" in page and "Oak Lodge" in page
    (way,) = re.findall(r"/settings/alerts/(\d+)/test", page)
    assert manager.post(f"/staff/settings/alerts/{way}/test").status_code == 303
    page = manager.get("/staff/settings/alerts").text
    assert "was taken" in page and "Works" in page and "Nobody is in danger" in receiver.got[-1][2]
    other = place.person("dudley", "complaints")
    assert other.post(f"/staff/settings/alerts/{way}/test").status_code == 404
    assert (
        place.person("action-for-children", "officer").post(f"/staff/settings/alerts/{way}/retire").status_code == 403
    )
    assert manager.post(f"/staff/settings/alerts/{way}/retire").status_code == 303
    assert manager.post(f"/staff/settings/alerts/{way}/retire").status_code == 404


def test_no_test_leaves_without_its_line_in_the_audit(place: House, receiver: Receiver) -> None:
    manager = place.person("action-for-children", "complaints")
    way = add_way(place, "action-for-children", "duty", receiver.address("lined"), label="Lined")
    path, token = f"/staff/settings/alerts/{way}/test", manager.token()
    before = place.audited().count("alerts.test")
    with refusing(place.store, 0):
        assert manager.post(path, token=token).status_code == 503
    assert not receiver.texts("lined") and place.audited().count("alerts.test") == before
    with refusing(place.store, 1):
        manager.post(path, token=token)
    assert len(receiver.texts("lined")) == 1, "it left, though what became of it could not be kept"
    assert place.audited().count("alerts.test") == before + 1
    manager.post(f"/staff/settings/alerts/{way}/retire")


def test_a_test_that_fails_is_said_and_kept(place: House, receiver: Receiver) -> None:
    manager = place.person("action-for-children", "complaints")
    way = add_way(place, "action-for-children", "duty", receiver.address("bad"), label="Broken")
    manager.post(f"/staff/settings/alerts/{way}/test")
    page = manager.get("/staff/settings/alerts").text
    assert "The other side answered 404" in page and "Failed" in page
    assert "Broken" in place.person("action-for-children", "officer").get("/staff/alerts").text
    manager.post(f"/staff/settings/alerts/{way}/retire")


def test_the_rota_shows_who_is_on_duty_and_where_nobody_is(place: House) -> None:
    number, _ = place.add("action-for-children", ("officer",))
    manager = place.person("action-for-children", "complaints")
    assert "No rota in the next 14 days" in manager.get("/staff/settings/rota").text
    wrong = manager.post(
        "/staff/settings/rota", {"staff": "1", "from_day": "2027-02-30", "from_time": "9", "weeks": "x"}
    )
    assert wrong.status_code == 422 and wrong.text.count('class="error"') >= 5
    day = place.clock().astimezone(LONDON).date() + timedelta(days=1)
    given = {"staff": str(number), "tier": "hours", "from_day": day.isoformat(), "from_time": "00:00",
             "to_day": (day + timedelta(days=2)).isoformat(), "to_time": "00:00", "weeks": "2"}  # fmt: skip
    backwards = manager.post("/staff/settings/rota", given | {"to_day": (day - timedelta(days=2)).isoformat()})
    assert backwards.status_code == 422 and "It ends after it begins" in backwards.text
    far = {"from_day": "9999-12-30", "to_day": "9999-12-31"}
    assert "Write a day from" in manager.post("/staff/settings/rota", given | far).text
    assert manager.post("/staff/settings/rota", given).status_code == 303
    page = manager.get("/staff/settings/rota").text
    assert "Jo Brown" in page and "Holes: " in page and "has no way of their own" in page
    (turn, *_) = re.findall(r"/settings/rota/(\d+)/remove", page)
    other = place.person("dudley", "complaints")
    assert other.post(f"/staff/settings/rota/{turn}/remove").status_code == 404
    for nothing in (f"rota/{10**19 - 1}/remove", f"alerts/{10**19 - 1}/retire", f"alerts/{10**19 - 1}/test"):
        assert manager.post(f"/staff/settings/{nothing}").status_code == 404
    assert manager.post(f"/staff/settings/rota/{turn}/remove").status_code == 303
    assert len(rows(place.store, models_desk.OnDuty)) == 1


# In a browser -------------------------------------------------------------------------------------


def test_the_pages_in_a_browser(place: House, receiver: Receiver, told: tuple[str, str]) -> None:
    _, path = told
    place.clock.ahead += timedelta(minutes=10)
    danger(place, "dudley", "I want to die")
    tell(place)
    add_way(place, "dudley", "wider", receiver.address("bad"), label="Safeguarding mailbox", names=("Oak Lodge",))
    number, _ = place.add("dudley", ("officer", "complaints"))
    at = place.clock()
    turn = alert_ways.Turn(number, "duty", at, at + timedelta(hours=30))
    place.store.writer.write(lambda db: alert_ways.put_on(db.connection(), "dudley", [turn], "test", at)).result(10)
    with chromium() as browser:
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            desk = Desk(place, browser, number, size)
            for page_name, address in (
                ("alerts", "/alerts"), ("ways", "/settings/alerts"), ("rota", "/settings/rota"),
                ("link", path.removeprefix("/staff")), ("record", f"/record/{told[0]}"),
                ("gone", "/alarm/nonsense"),
            ):  # fmt: skip
                page = desk.open(address)
                assert serious(page) == [], f"{page_name} on {name}"
                assert not overflows(page), f"{page_name} on {name}"
            assert not desk.wrong
            desk.context.close()
        desk = Desk(place, browser, number, PHONE)
        page = desk.open(path.removeprefix("/staff"))
        page.get_by_role("button", name="I have seen this and act on it").click()
        expect(page.get_by_text("Somebody has confirmed it")).to_be_visible()
