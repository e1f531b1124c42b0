"""What a webhook was told, in the console: who sees which record, what did not arrive, and telling it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from console.pages import deliveries
from storage import about, audit, jobs, webhooks
from storage.webhooks import Delivery
from tests.console.conftest import House, running
from tests.storage.people import Person

HOME = "/staff/settings/integration"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("deliveries")) as made:
        yield made


def write(house: House, fn: Any) -> Any:
    return house.store.writer.write(fn).result(10)


@pytest.fixture
def hook(house: House) -> int:
    """A webhook of Dudley that is told of restricted records too."""

    def add(db: Any) -> int:
        made = webhooks.add(
            db.connection(), house.site.sealer, "dudley", "https://cases.example.org/in?key=1", ("filed",), True,
            "staff:1", house.clock(),
        )  # fmt: skip
        return made.id

    number: int = write(house, add)
    return number


def filed(house: House) -> str:
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.now = house.clock()
    return person.complain().reference


def told(house: House, hook: int) -> list[Delivery]:
    """The newest first."""
    with house.store.database.reading() as db:
        return webhooks.deliveries(db, hook)


def mark(house: House, hook: int, one: Delivery, state: str, answer: str, times: int = 1) -> None:
    for _ in range(times):
        (now,) = (row for row in told(house, hook) if row.id == one.id)
        write(house, lambda db, now=now: webhooks.mark(db.connection(), now, state, answer, house.clock()))


def states(house: House, hook: int) -> dict[str, str]:
    return {one.reference: one.state for one in told(house, hook)}


def test_what_it_was_told_how_often_and_what_came_of_it(house: House, hook: int) -> None:
    arrived, refused, over, waits = (filed(house) for _ in range(4))
    rows = {one.reference: one for one in told(house, hook)}
    mark(house, hook, rows[arrived], "sent", "204")
    mark(house, hook, rows[refused], "failed", "503")
    mark(house, hook, rows[over], "failed", "timeout", webhooks.TRIES)
    jo = house.person("dudley", "complaints")
    path = f"{HOME}/webhooks/{hook}"
    assert path in jo.get(HOME).text
    page = jo.get(path).text
    assert "cases.example.org" in page and "key=1" not in page
    assert all(
        one in page for one in (arrived, refused, over, waits, "Sent", "Waiting", "Will be tried again", "Given up")
    )
    assert "The other side answered 503" in page and "No answer in time" in page and "next try: " in page
    assert f"<span>{webhooks.TRIES}<" in page
    open_ones = jo.get(f"{path}?show=open").text
    assert arrived not in open_ones and all(one in open_ones for one in (refused, over, waits))
    with house.store.database.reading() as db:
        seen = [one.what for one in audit.entries(db, "dudley", audit.Asked(reference=arrived))]
    assert seen == ["integration.deliveries"], "the second look did not show it"


def test_a_record_is_named_to_whom_it_may_be_shown(house: House, hook: int) -> None:
    reference = filed(house)
    path = f"{HOME}/webhooks/{hook}"
    administrator, manager = house.person("dudley", "administrator"), house.add("dudley", ("complaints",))[0]
    page = administrator.get(path).text
    assert reference not in page and "not shown to you" in page and "Tell again" in page
    jo = house.signed_in(manager)
    assert reference in jo.get(path).text
    with house.store.database.reading() as db:
        found = about.about(db, "dudley", reference)
    assert found is not None
    write(house, lambda db: about.set_part(db.connection(), "dudley", found.id, "named", (manager,), house.clock()))
    assert reference not in jo.get(path).text, "whoever it is about"
    assert house.person("dudley", "officer").get(path).status_code == 403
    assert house.person("sandwell", "complaints").get(path).status_code == 404


def test_one_the_ticked_ones_or_all_since_a_day_are_told_again(house: House, hook: int) -> None:
    first, second, third = (filed(house) for _ in range(3))
    rows = {one.reference: one for one in told(house, hook)}
    mark(house, hook, rows[first], "sent", "204")
    mark(house, hook, rows[second], "failed", "503", webhooks.TRIES)
    mark(house, hook, rows[third], "kept", "")
    jo, path = house.person("dudley", "administrator"), f"{HOME}/webhooks/{hook}/replay"
    nothing = jo.post(path, {"do": "chosen"})
    assert nothing.status_code == 422 and "Tick what is to be told again" in nothing.text
    one = jo.post(path, {"one": str(rows[first].id), "delivery": str(rows[second].id), "show": "open"})
    assert one.status_code == 303 and one.headers["Location"].endswith(f"/webhooks/{hook}?show=open")
    assert states(house, hook) == {first: "due", second: "failed", third: "kept"}
    (job,) = write(house, lambda db: jobs.claim(db, house.clock(), (webhooks.KIND,)))
    assert job.key == str(hook), "it is told now"
    both = [str(rows[name].id) for name in (second, third)]
    assert "1 are told" in jo.get(jo.post(path, {"do": "chosen", "delivery": both}).headers["Location"]).text
    assert states(house, hook) == {first: "due", second: "due", third: "kept"}, "what it may not be told stays untold"
    mark(house, hook, rows[first], "sent", "204")
    for day in ("", "soon", (house.clock() + timedelta(days=2)).date().isoformat(), "2020-01-01"):
        assert jo.post(path, {"do": "since", "since": day}).status_code == 422, day
    assert jo.post(path, {"do": "since", "since": house.clock().date().isoformat()}).status_code == 303
    assert states(house, hook) == {first: "due", second: "due", third: "kept"}
    assert house.audited().count("integration.replay") == 3
    assert house.person("sandwell", "administrator").post(path, {"do": "chosen"}).status_code == 404


def test_nothing_of_another_webhook_is_told_again(house: House, hook: int) -> None:
    reference = filed(house)
    jo = house.person("dudley", "administrator")
    assert jo.post(f"{HOME}/webhooks", {"url": "https://other.example.org/"}).status_code == 303
    other = max(re.findall(r"webhooks/(\d+)/end", jo.get(HOME).text), key=int)
    (mine,) = (one for one in told(house, hook) if one.reference == reference)
    mark(house, hook, mine, "sent", "204")
    answer = jo.post(f"{HOME}/webhooks/{other}/replay", {"do": "chosen", "delivery": str(mine.id)})
    assert answer.status_code == 303 and states(house, hook)[reference] == "sent"
    assert "Nothing was told to it yet" in jo.get(f"{HOME}/webhooks/{other}").text
    assert "Everything has arrived" in jo.get(f"{HOME}/webhooks/{other}?show=open").text


def test_a_long_list_is_read_page_by_page(house: House, hook: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PAGE", 2)
    references = [filed(house) for _ in range(5)]
    jo, path, seen = house.person("dudley", "complaints"), f"{HOME}/webhooks/{hook}?show=open", []
    while path:
        page = jo.get(path).text
        seen += re.findall(r'class="reference"[^>]*>([^<]+)<', page)
        later = re.findall(r'rel="next" href="([^"]+)"', page)
        path = later[0].replace("&amp;", "&") if later else ""
    assert seen == references[::-1] and "The newest" in page
