"""The record: what it shows, what can be done, what is refused in words, and two people at once."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from sqlalchemy import select

from console import deeds
from storage import desk, staff
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, overflows, sent, serious
from tests.storage.people import Person
from tests.webchat.conftest import PNG

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("record")) as made:
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("sandwell", "complaints")


@pytest.fixture
def reference(house: House) -> str:
    return sent(house, "sandwell", datetime.now(UTC) - timedelta(days=1), "The minibus never came.")


def events(house: House, reference: str) -> int:
    with house.store.database.reading() as db:
        return int(db.execute(select(desk.CASE.c.events).where(desk.CASE.c.reference == reference)).scalar_one())


def facts(house: House, reference: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = select(desk.FACT.c.fact, desk.FACT.c.value).join(desk.CASE, desk.CASE.c.id == desk.FACT.c.case_id)
    with house.store.database.reading() as db:
        for fact, value in db.execute(query.where(desk.CASE.c.reference == reference)):
            found.setdefault(fact, set()).add(value)
    return found


def do(browser: Browser, reference: str, event: str, seen: int, *, path: str = "", **values: Any) -> Any:
    """Send the form of a deed, as it was drawn when ``seen`` things had happened."""
    name = event.replace(".", "-")
    given = {f"{name}-{key}": value for key, value in values.items()}
    where = path or {"record.work": "work", "record.assign": "assign", "record.route": "route"}.get(
        deeds.permission(event), "decide"
    )
    return browser.post(f"/staff/record/{reference}/{where}", {"event": event, "events": str(seen), **given})


def test_it_shows_what_was_asked_and_said_in_their_words(house: House, jo: Browser, reference: str) -> None:
    page = jo.get(f"/staff/record/{reference}").text
    assert "The minibus never came." in page and "What happened? Tell us in your own words" in page
    assert "The talk as it happened" in page and "Acknowledge it" in page and "Text message" in page
    assert "record" in house.audited()


def test_everything_a_procedure_allows_has_a_form(house: House) -> None:
    for profile in house.site.profiles.values():
        from console.codes import Codes

        codes = Codes(profile, "en", lambda text, **places: text.format(**places) if places else text)
        for move in profile.moves:
            form = deeds.deed(move, profile, codes)
            if move.event in deeds.NOT_OURS:
                assert form is None
                continue
            assert form is not None and form.label and form.group in deeds.GROUPS
            names = {deeds.RENAMED.get(field.name, field.name) for field in form.fields} | {"by"}
            for need in move.needs:
                wanted = set(need.partition("[")[0].split("|"))
                assert wanted & names, f"{profile.id}: {move.event} has no field for {need}"


def test_what_is_done_is_on_the_record_and_counted(house: House, jo: Browser, reference: str) -> None:
    seen = events(house, reference)
    assert do(jo, reference, "acknowledged", seen).status_code == 303
    assert do(jo, reference, "themed", seen + 1, themes=["communication", "support"]).status_code == 303
    assert do(jo, reference, "services", seen + 2, services=["fostering", "adoption"]).status_code == 303
    assert do(jo, reference, "flagged", seen + 3, flag="staff_safety", note="Two people go").status_code == 303
    found = facts(house, reference)
    assert found["theme"] == {"communication", "support"} and found["services"] == {"fostering", "adoption"}
    page = jo.get(f"/staff/record/{reference}").text
    assert "Two people go" in page and "Poor Communication" in page and "Staff safety" in page
    assert reference in house.person("sandwell", "manager", services=("adoption",)).get("/staff/records").text


def test_a_refusal_is_shown_and_what_was_typed_stays(house: House, jo: Browser, reference: str) -> None:
    seen = events(house, reference)
    do(jo, reference, "stage1.begun", seen)
    answer = do(jo, reference, "stage1.answered", seen + 1, note="It was sent by post.")
    assert answer.status_code == 422 and "Before this answer somebody talks with the person" in answer.text
    assert "“talked”" not in answer.text, "staff know it by the name of its form, not by its code"
    assert "It was sent by post." in answer.text and events(house, reference) == seen + 1
    answer = do(jo, reference, "talked", seen + 1, who="Jo", on="2031-01-01")
    assert answer.status_code == 422 and "has not come yet" in answer.text
    answer = do(jo, reference, "paused", seen + 1, clocks=["stage1.response"], why="court", review="soon")
    assert answer.status_code == 422 and "write a day" in answer.text
    answer = do(jo, reference, "cost", seen + 1, amount="lots", what="An investigator")
    assert answer.status_code == 422 and "write an amount" in answer.text and "An investigator" in answer.text


def test_two_people_never_overwrite_each_other(house: House, jo: Browser, reference: str) -> None:
    seen = events(house, reference)
    sam = house.person("sandwell", "officer")
    assert do(sam, reference, "talked", seen, who="Sam", note="They would like a visit.").status_code == 303
    answer = do(jo, reference, "informed", seen, note="Five lines that nobody wants to type again.")
    assert answer.status_code == 409 and events(house, reference) == seen + 1
    assert "They would like a visit." in answer.text and "Five lines that nobody wants to type again." in answer.text
    again = re.findall(r'name="events" value="(\d+)"', answer.text)
    assert set(again) == {str(seen + 1)}
    watched = jo.get(f"/staff/record/{reference}/changes").json()
    assert watched["events"] == seen + 1
    assert do(jo, reference, "informed", seen + 1, note="Five lines.").status_code == 303
    once, twice = (do(jo, reference, "acknowledged", seen + 2) for _ in range(2))
    assert (once.status_code, twice.status_code) == (303, 409)


def test_it_is_never_given_to_somebody_it_is_about(house: House, jo: Browser, reference: str) -> None:
    number, _ = house.add("sandwell", ("officer",))
    other, _ = house.add("sandwell", ("officer",))
    rename = lambda db: staff.change(db.connection(), house.site.sealer, number, name="Ursula Finch")  # noqa: E731
    house.store.writer.write(rename).result(10)
    seen = events(house, reference)
    answer = do(jo, reference, "named_settled", seen, staff=[str(number)], why="The child told us.")
    assert answer.status_code == 303
    answer = do(jo, reference, "role", seen + 1, role="manager", staff=[str(number)])
    assert answer.status_code == 422 and "The record is about them" in answer.text
    assert house.signed_in(number).get(f"/staff/record/{reference}").status_code == 404
    assert do(jo, reference, "role", seen + 1, role="manager", staff=[str(other)]).status_code == 303
    page = jo.get(f"/staff/record/{reference}").text
    assert "Tell the person who answers" in page
    assert reference in house.signed_in(other).get("/staff/today?list=mine").text


def test_a_link_tells_nothing_of_records_elsewhere(house: House, jo: Browser, reference: str) -> None:
    theirs, ours = sent(house, "dudley", NOW), sent(house, "sandwell", NOW)
    seen = events(house, reference)
    for other in (theirs, "HB-2222-22", reference, "nonsense"):
        answer = do(jo, reference, "linked", seen, case=other)
        assert answer.status_code == 422 and "There is no other record" in answer.text
    assert do(jo, reference, "linked", seen, case=ours).status_code == 303
    assert f"/staff/record/{ours}" in jo.get(f"/staff/record/{reference}").text
    for path in (f"/staff/record/{theirs}", f"/staff/record/{theirs}/changes", f"/staff/record/{theirs}/media/x"):
        assert jo.get(path).status_code == 404
    assert do(jo, theirs, "acknowledged", 1).status_code == 404


def test_only_whoever_may_decides(house: House, reference: str) -> None:
    sam, seen = house.person("sandwell", "participation"), events(house, reference)
    assert "Extend a limit" not in sam.get(f"/staff/record/{reference}").text
    values = {"clock": "stage1.response", "why": "complex"}
    assert do(sam, reference, "extended", seen, **values).status_code == 404
    assert do(sam, reference, "extended", seen, path="work", **values).status_code == 422
    assert events(house, reference) == seen


def test_signs_of_danger_and_tasks_are_acknowledged(house: House, jo: Browser) -> None:
    reference = sent(house, "sandwell", NOW, "My carer hits me with a belt.")
    page = jo.get(f"/staff/record/{reference}").text
    number = re.findall(r"/alert/(\d+)", page)[0]
    assert reference in jo.get("/staff/today?list=alerts").text
    assert jo.post(f"/staff/record/{reference}/alert/{number}").status_code == 303
    page = jo.get(f"/staff/record/{reference}").text
    assert f"/alert/{number}" not in page
    assert "acknowledged by Jo Brown" in page
    assert reference not in jo.get("/staff/today?list=alerts").text
    reader = house.person("sandwell", "manager", services=("assessment",))
    assert reader.post(f"/staff/record/{reference}/alert/{number}").status_code == 404


def test_a_picture_is_opened_on_purpose_and_that_is_written_down(house: House, jo: Browser) -> None:
    person = Person(house.store.writer, organisation="sandwell", endpoint="web")
    person.now = datetime.now(UTC)
    person.reach("story")
    photo = house.store.media.store("sandwell", io.BytesIO(PNG), "room.png")
    person.say("Look at my room.", media=(photo,))
    reference = person.complain().reference
    page = jo.get(f"/staff/record/{reference}").text
    path = f"/staff/record/{reference}/media/{photo.id}"
    assert path in page and '<img src="/staff/record' not in page
    before = house.audited().count("record.media")
    answer = jo.get(path)
    assert answer.content == PNG and answer.headers["Content-Type"] == "image/png"
    assert house.audited().count("record.media") == before + 1
    assert jo.get(f"/staff/record/{sent(house, 'sandwell', NOW)}/media/{photo.id}").status_code == 404


def test_asking_for_more_waits_for_the_person_and_their_answer_ends_it(
    house: House, jo: Browser, reference: str
) -> None:
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    seen = events(house, reference)
    assert do(jo, reference, "asked_more", seen, what="Which day was it?", until=until).status_code == 303
    assert reference in jo.get("/staff/today?list=waiting").text
    assert do(jo, reference, "added", seen + 1, note="On Tuesday.").status_code == 303
    assert reference not in jo.get("/staff/today?list=waiting").text


def test_a_paste_of_five_megabytes_is_an_error_in_words(house: House, jo: Browser, reference: str) -> None:
    seen = events(house, reference)
    answer = do(jo, reference, "informed", seen, note="long " * 1_000_000)
    assert answer.status_code in (413, 422) and events(house, reference) == seen
    assert len(answer.text) < 12_000_000


def test_it_is_read_in_welsh(house: House, reference: str) -> None:
    number, _ = house.add("sandwell", ("complaints",))
    change = lambda db: staff.change(db.connection(), house.site.sealer, number, language="cy")  # noqa: E731
    house.store.writer.write(change).result(10)
    page = house.signed_in(number).get(f"/staff/record/{reference}").text
    assert "Beth y gellir ei wneud nawr" in page and "The minibus never came." in page


def test_what_is_erased_is_found_by_nobody(house: House, jo: Browser) -> None:
    reference = sent(house, "sandwell", datetime.now(UTC), "A zanzibarian umbrella.")
    assert reference in jo.get("/staff/records?q=zanzibarian").text
    with house.store.database.reading() as db:
        talk = db.execute(select(desk.CASE.c.talk).where(desk.CASE.c.reference == reference)).scalar_one()
    house.store.writer.erase(talk).result(10)
    assert reference not in jo.get("/staff/records?q=zanzibarian").text
    assert "has been erased" in jo.get(f"/staff/record/{reference}").text


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_a_record(house: House, browser: Chromium, size: dict[str, int]) -> None:
    reference = sent(house, "sandwell", datetime.now(UTC) - timedelta(days=30), "My carer hits me with a belt.")
    seen = Desk(house, browser, house.add("sandwell", ("complaints",))[0], size)
    page = seen.open(f"/record/{reference}")
    assert serious(page) == [] and not overflows(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert serious(page) == [] and not overflows(page)
    seen.do("extended", clock="stage1.response", refused="Why")
    assert serious(page) == [] and not overflows(page)
    assert not seen.wrong


def test_what_others_do_is_seen_without_loading_again(house: House, browser: Chromium, reference: str) -> None:
    seen = Desk(house, browser, house.add("sandwell", ("complaints",))[0])
    page = seen.open(f"/record/{reference}")
    page.evaluate("document.querySelector('[data-watch]').dataset.every")
    do(house.person("sandwell", "officer"), reference, "informed", events(house, reference))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#others")).to_be_visible()
    assert not seen.wrong


def test_it_is_worked_without_javascript(house: House, browser: Chromium, reference: str) -> None:
    number, _ = house.add("sandwell", ("complaints",))
    seen = Desk(house, browser, number)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(seen.context.cookies())  # type: ignore[arg-type]  # what it gave
    page = context.new_page()
    page.goto(f"{house.url}/staff/record/{reference}")
    page.locator("#do-acknowledged > summary").click()
    page.locator("#do-acknowledged button").click()
    expect(page.locator(".note.done")).to_contain_text("Acknowledge it")


@pytest.mark.parametrize("language", ["ar", "cy"])
def test_whatever_the_person_said_stands_in_their_language(house: House, language: str) -> None:
    """So that a screen reader says it right and a browser lays it out right: WCAG 2.2, 3.1.2."""
    story = {"ar": "أبي يضربني كل ليلة", "cy": "mae dad yn fy nharo i bob nos"}[language]
    person = Person(house.store.writer, organisation="dudley", endpoint="web", language=language)
    person.story = story
    reference = person.complain().reference
    page = house.person("dudley", "complaints").get(f"/staff/record/{reference}").text
    shown = html.fromstring(page).xpath(f"//main//*[self::q or self::p][contains(text(), '{story.split()[1]}')]")
    assert {one.tag for one in shown} >= {"q", "p"}, "the sign quotes it, the account and the talk tell it"
    for one in shown:
        assert one.xpath("string(ancestor-or-self::*[@lang][1]/@lang)") == language, one.tag
        assert one.xpath("boolean(ancestor-or-self::*[@dir='auto'])"), one.tag
