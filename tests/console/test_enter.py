"""Records that staff enter: filed as if the person had talked to Hearback, and nothing typed is ever lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

import locales
from casework.calendar import LONDON
from flows.message import Message
from flows.scripts import menu
from storage import about, asked, desk, entered, models
from storage.asked import Question, Voice
from storage.cases import Cases
from storage.entered import Entered, Given
from storage.models import table
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, Desk, chromium, overflows, serious
from tests.storage.people import Person
from tests.webchat.conftest import PNG

KINDS = tuple(flow.id for flow in menu.OFFERED if flow.kind and flow.offered is None)
INBOUND, TALK, OUTBOX = table(models.Inbound), table(models.Talk), table(models.Outbox)
#: What a child says to the questions, in order of preference; other questions take their first option or these words.
CHOSEN = {"who": "child", "age": "12to15", "alone": "alone", "services": "unsure", "advocate": "have", "visit": "yes"}
WORDS = {"story": "The minibus never came.", "when": "12/03/2025", "worker": "Sam Wheeler", "details": "07700 900123"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("enter")) as made:
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("sandwell", "officer")


def whole(house: House, reference: str) -> dict[str, Any]:
    return Cases(house.store.database, house.store.vault).show(reference)


def questions(house: House, kind: str) -> tuple[Question, ...]:
    return asked.questions(house.store.worlds("sandwell"), kind, Voice("en"))


def form(house: House, kind: str = "complaint", **more: Any) -> dict[str, Any]:
    """A form as a browser sends it, with only what is needed."""
    today = house.clock().astimezone(LONDON).date().isoformat()
    drawn = f"{house.count('cases'):032x}"
    return {"kind": kind, "drawn": drawn, "channel": "phone", "day": today, "language": "en"} | more


def reference_in(answer: Any, browser: Browser) -> str:
    assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[:3000]
    return re.findall(r"HB-\w{4}-\w\w", browser.get("/staff/enter/done").text)[0]


# The same as a talk ------------------------------------------------------------------------------


def answer_of(message: Message) -> tuple[str, str]:
    """(choice, text) with which the person of this test answers the question that is open."""
    step, tokens = message.step, [choice.token for choice in message.choices]
    if step == "story" and "story=done" in tokens:
        return "story=done", ""
    if step in WORDS:
        return "", WORDS[step]
    if step == "contact":
        return "contact=call\ncontact=times", ""
    if step == "halfway":
        return "halfway=yes", ""
    wanted = f"{step}={CHOSEN.get(step, '')}"
    if wanted in tokens:
        return wanted, ""
    return (tokens[0], "") if tokens else ("", "In their own words.")


def talk(house: House, kind: str, at: datetime) -> tuple[str, dict[str, Given]]:
    """Somebody talks to the web chat until everything is asked: the record, and what they answered."""
    person = Person(house.store.writer, organisation="sandwell", endpoint="web")
    person.now = at
    reply, given, reference = person.say(event="open"), {}, ""
    for _ in range(60):
        message = reply.messages[-1][1]
        if message.step in ("next", ""):
            break
        choice, text = (f"kind={kind}", "") if message.step == "kind" else answer_of(message)
        values = tuple(token.partition("=")[2] for token in choice.splitlines())
        if message.step not in ("kind", "check", "halfway", "more") and choice != "story=done":
            given[message.step] = Given(values, text)
        reply = person.say(text, choice)
        reference = reply.reference or reference
    assert reference
    return reference, given


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_entered_is_the_record_of_a_talk_with_the_same_answers(house: House, kind: str) -> None:
    at = datetime.now(UTC) - timedelta(days=3)
    reference, given = talk(house, kind, at)
    same = Entered("sandwell", kind, given, "letter", at, house.clock(), 7, f"same {kind}")
    ours, theirs = whole(house, entered.enter(house.store, same).reference), whole(house, reference)

    def said(record: Mapping[str, Any]) -> list[Any]:
        left_out = ("added_at", "event")
        found = [{k: v for k, v in one.items() if k not in left_out} for one in record["entries"]]
        return sorted((one for one in found if one["step"] not in asked.ONLY_IN_A_TALK), key=lambda one: one["step"])

    def facts(record: Mapping[str, Any]) -> dict[str, Any]:
        left_out = ("channel", "entered", "halfway")
        return {fact: sorted(values) for fact, values in record["facts"].items() if fact not in left_out}

    assert said(ours) == said(theirs)
    assert facts(ours) == facts(theirs)
    assert (ours["kind"], ours["place"], ours["dues"], ours["language"]) == (
        theirs["kind"], theirs["place"], theirs["dues"], theirs["language"],
    )  # fmt: skip
    assert (ours["channel"], ours["facts"]["channel"], ours["facts"]["entered"]) == ("letter", ["letter"], ["staff"])
    events = [event["type"] for event in ours["events"]]
    assert events.pop() == "entered" and events[0] == "filed" and set(events[1:]) <= {"added", "picture_chosen"}
    assert ours["events"][-1]["who"] == "staff:7"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_entered_with_only_what_is_needed(house: House, jo: Browser, kind: str) -> None:
    page = jo.get(f"/staff/enter?kind={kind}").text
    for one in questions(house, kind):
        assert f'name="q-{one.id}"' in page
    reference = reference_in(jo.post("/staff/enter", form(house, kind, **{"q-story": "She stayed late."})), jo)
    record = whole(house, reference)
    assert record["kind"] == kind and record["complete"]
    assert [e["words"] for e in record["entries"] if e["step"] == "story"] == [["She stayed late."]]
    assert jo.get(f"/staff/record/{reference}").status_code == 200


def test_no_question_of_a_form_speaks_of_sending_or_skipping(house: House) -> None:
    for organisation in house.site.profiles:
        world = house.store.worlds(organisation)
        for kind in KINDS:
            for register, easy in (("", False), ("child", False), ("", True)):
                for one in asked.questions(world, kind, Voice("en", register, easy)):
                    text = " ".join((one.asked, one.more, *(choice.name for choice in one.choices)))
                    assert not re.search(r"SKIP|\bsend\b|message,|messages|for example 1", text), (kind, one.id, text)


def test_every_question_can_be_told_for_whom_it_is(house: House) -> None:
    for kind in KINDS:
        known = {one.id for one in questions(house, kind)}
        for one in questions(house, kind):
            assert bool(one.only) == (one.when is not None), one.id
            assert set(re.findall(r"'step': '(\w+)'", str(one.when))) <= known


# What follows ------------------------------------------------------------------------------------


def test_clocks_start_on_the_day_it_came(house: House, jo: Browser) -> None:
    came = (house.clock() - timedelta(days=9)).astimezone(LONDON).date()
    given = form(house, day=came.isoformat(), time="09:15", **{"q-story": "It was a letter."}, channel="letter")
    record = whole(house, reference_in(jo.post("/staff/enter", given), jo))
    filed = datetime.fromisoformat(record["filed_at"]).astimezone(LONDON)
    assert (filed.date(), f"{filed:%H:%M}") == (came, "09:15")
    assert record["dues"]["acknowledge_by"] < house.clock().date().isoformat()


def test_words_of_danger_raise_an_alert_now(house: House, jo: Browser) -> None:
    early = (house.clock() - timedelta(days=2)).astimezone(LONDON).date().isoformat()
    given = form(house, day=early, **{"q-story": "I want to kill myself."}, channel="suggestion_box")
    answer = jo.post("/staff/enter", given)
    page = jo.get("/staff/enter/done").text
    assert answer.status_code == 303 and "An alert was raised" in page
    record = whole(house, re.findall(r"HB-\w{4}-\w\w", page)[0])
    assert [alert["level"] for alert in record["alerts"]] == ["red"]
    assert house.clock() - datetime.fromisoformat(record["alerts"][0]["at"]) < timedelta(minutes=1)
    assert any(value.startswith(("danger", "accused")) for value in record["facts"]["consider"])


def test_a_worry_of_the_worker_and_a_word_in_the_summary_raise_one_too(house: House, jo: Browser) -> None:
    worried = form(house, **{"q-story": "He draws monsters.", "worried": "yes"})
    alerts = whole(house, reference_in(jo.post("/staff/enter", worried), jo))["alerts"]
    assert [(one["level"], one["categories"]) for one in alerts] == [("red", [entered.SEEN])]
    only = form(house, summary="She says she was raped.")
    record = whole(house, reference_in(jo.post("/staff/enter", only), jo))
    assert record["alerts"] and record["facts"]["story"] == ["skipped"]
    assert [e["words"] for e in record["entries"] if e["step"] == "summary"] == [["She says she was raped."]]


def test_the_number_is_shown_once_and_opens_the_record(house: House, jo: Browser) -> None:
    answer = jo.post("/staff/enter", form(house, **{"q-story": "The taxi was late."}))
    page = jo.get(answer.headers["Location"].removeprefix(house.url)).text
    receipt = re.findall(r"\d{4} \d{4} \d{4} \d{4}", page)[0]
    assert receipt not in jo.get("/staff/enter/done").text
    child = Person(house.store.writer, organisation="sandwell", endpoint="web")
    child.say(event="open")
    child.say(choice="kind=progress")
    reply = child.say(receipt)
    assert "Yes, we have it" in " ".join(line for _, message in reply.messages for line in message.lines)


def test_pressed_twice_it_is_filed_once(house: House, jo: Browser) -> None:
    given, token = form(house, **{"q-story": "Twice."}), jo.token()
    before = house.count("cases")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: jo.post("/staff/enter", given, token=token), range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    assert house.count("cases") == before + 1
    one = jo.post("/staff/enter", given)
    receipts = {re.findall(r"\d{4} \d{4} \d{4} \d{4}", jo.get("/staff/enter/done").text)[0] for _ in (one,)}
    jo.post("/staff/enter", given)
    assert receipts == set(re.findall(r"\d{4} \d{4} \d{4} \d{4}", jo.get("/staff/enter/done").text))
    assert reference_in(jo.post("/staff/enter", given | {"q-story": "Another child, the same sheet."}), jo)
    assert house.count("cases") == before + 2


def test_where_they_may_be_reached_binds(house: House, jo: Browser) -> None:
    given = form(
        house, **{"q-story": "Ring me.", "q-contact": ["call", "times"], "q-details": "07700 900123, evenings"}
    )
    record = whole(house, reference_in(jo.post("/staff/enter", given), jo))
    assert record["facts"]["contact"] == ["call", "times"] and record["facts"]["details"] == ["said"]
    with house.store.database.reading() as db:
        talks = select(TALK).join(desk.CASE, desk.CASE.c.talk == TALK.c.id)
        found = db.execute(talks.where(desk.CASE.c.reference == record["reference"])).mappings().one()
        assert (found["channel"], found["address"]) == ("staff", None)
        assert not db.execute(select(OUTBOX.c.id).where(OUTBOX.c.talk == found["id"])).all()


def test_what_surrounds_it_is_kept_and_found_again(house: House, jo: Browser) -> None:
    given = form(
        house, channel="group_meeting", language="other", tongue="Lingala", took="Ann Lee", present="Two carers",
        easy="yes", **{"q-story": "We want the hall back, says Zebedee."},
    )  # fmt: skip
    reference = reference_in(jo.post("/staff/enter", given), jo)
    record = whole(house, reference)
    event = record["events"][-1]
    assert event["data"] == {"took": "Ann Lee", "present": "Two carers", "tongue": "Lingala"}
    assert [(one["why"], one["words"]) for one in record["tasks"]] == [("interpreter", ["Lingala"])]
    assert record["facts"]["easy"] == ["yes"] and record["channel"] == "group_meeting"
    shown = jo.get(f"/staff/record/{reference}").text
    assert "Entered by staff" in shown and "Group meeting" in shown and "Two carers" in shown
    assert reference in jo.get("/staff/records?q=Zebedee", follow=True).text
    again = re.findall(r'href="(/staff/enter\?[^"]+)"', jo_done(jo, given | {"drawn": "9" * 32}))[0]
    kept = jo.get(again.replace("&amp;", "&")).text
    assert 'value="group_meeting" selected' in kept and 'value="Lingala"' in kept and "Zebedee" not in kept


def jo_done(browser: Browser, given: dict[str, Any]) -> str:
    assert browser.post("/staff/enter", given).status_code == 303
    return browser.get("/staff/enter/done").text


# Who it is about ---------------------------------------------------------------------------------


def test_a_record_about_somebody_on_staff_is_kept_from_them(house: House, jo: Browser) -> None:
    number, _ = house.add("sandwell", ("officer",))
    sam = house.signed_in(number)
    given = form(house, **{"q-story": "One of them shouts.", "named": str(number)})
    reference = reference_in(jo.post("/staff/enter", given), jo)
    with house.store.database.reading() as db:
        found = about.about(db, "sandwell", reference)
    assert found is not None and number in found.named
    assert sam.get(f"/staff/record/{reference}").status_code == 404


def test_whoever_enters_a_record_about_themselves_is_warned_first(house: House) -> None:
    number, _ = house.add("sandwell", ("officer",))
    me = house.signed_in(number)
    given = form(house, **{"q-story": "Never on time.", "q-worker": "Jo Brown, the tall one"})
    answer = me.post("/staff/enter", given)
    assert answer.status_code == 422 and "This record is about you" in answer.text and "Never on time." in answer.text
    assert me.post("/staff/enter", given | {"about-me": "yes"}).status_code == 303
    page = me.get("/staff/enter/done").text
    assert "You cannot open this record yourself" in page and "/staff/record/" not in page


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"q-story": ""}, "Write what they said"),
        ({"channel": ""}, "Choose how it came"),
        ({"channel": "pigeon"}, "Choose how it came"),
        ({"day": "31/12"}, "like 27/03/2026"),
        ({"day": "2999-01-01"}, "cannot be in the future"),
        ({"day": "1999-01-01"}, "Check the year"),
        ({"time": "25:99"}, "like 14:30"),
        ({"language": "other"}, "which language"),
        ({"q-behalf_who": "Ali, 7"}, "is not asked here"),
        ({"q-want": "x" * 5001}, "Shorten this"),
    ],
)
def test_what_is_wrong_is_said_and_everything_stays(
    house: House, jo: Browser, wrong: dict[str, str], said: str
) -> None:
    before = house.count("cases")
    given = form(house, **{"q-story": "Keep me.", "took": "Ann Lee", "q-services": "unsure"}) | wrong
    answer = jo.post("/staff/enter", given)
    assert answer.status_code == 422 and said in answer.text
    assert ("Keep me." in answer.text) == bool(given["q-story"]) and 'value="Ann Lee"' in answer.text
    assert re.search(r'name="q-services" value="unsure" checked', answer.text)
    assert house.count("cases") == before


def test_a_huge_paste_is_refused_and_kept(house: House, jo: Browser) -> None:
    huge = "It went on and on. " * 270_000
    answer = jo.post("/staff/enter", form(house, **{"q-story": huge}), files={"file-1": ("", b"")})
    assert answer.status_code == 422 and "Shorten this to 50000 characters" in answer.text
    assert huge.strip() in answer.text


def test_another_kind_is_drawn_with_what_was_typed(house: House, jo: Browser) -> None:
    given = form(
        house, **{"q-story": "She sang to us.", "q-want": "Again!", "switch": "compliment", "channel": "event"}
    )
    answer = jo.post("/staff/enter", given)
    assert answer.status_code == 200 and "She sang to us." in answer.text and 'name="q-share"' in answer.text
    assert 'value="event" selected' in answer.text and 'name="kind" value="compliment"' in answer.text
    assert 'type="hidden" name="q-want" value="Again!"' in answer.text


def test_a_session_that_ended_keeps_what_was_typed(house: House) -> None:
    me = house.person("sandwell", "officer")
    token = me.token()
    me.session.cookies.clear()
    given = form(house, **{"q-story": "A long letter, typed off for an hour and more: " + "word " * 30})
    answer = me.post("/staff/enter", given, token=token)
    assert answer.status_code == 401 and re.search(r'name="typed" value="[^"]{200,}"', answer.text)


# Files -------------------------------------------------------------------------------------------


def test_a_scan_belongs_to_the_record_and_survives_a_mistake(house: House, jo: Browser) -> None:
    given = form(house, channel="letter") | {"day": "nonsense"}
    answer = jo.post("/staff/enter", given, files={"file-1": ("letter.png", PNG, "image/png")})
    held = re.findall(r'name="media" value="(\w+)"', answer.text)
    assert answer.status_code == 422 and len(held) == 1 and "Write what they said" not in answer.text
    reference = reference_in(jo.post("/staff/enter", form(house, channel="letter", media=held)), jo)
    record = whole(house, reference)
    assert [one["id"] for one in record["media"]] == held and record["facts"]["story"] == ["media"]
    assert jo.get(f"/staff/record/{reference}/media/{held[0]}").content == PNG
    taken = jo.post("/staff/enter", form(house, media=held, **{"q-story": "Somebody else's letter."}))
    assert whole(house, reference_in(taken, jo))["media"] == []


@pytest.mark.parametrize(("content", "said"), [(b"", "empty"), (b"MZ\x90\x00" * 50, "cannot be taken")])
def test_a_file_that_is_none_is_refused_in_words(house: House, jo: Browser, content: bytes, said: str) -> None:
    given = form(house, **{"q-story": "With a file."})
    answer = jo.post("/staff/enter", given, files={"file-1": ("a.exe", content, "image/png")})
    assert answer.status_code == 422 and said in answer.text and "With a file." in answer.text


# Who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("safeguarding", 403), ("reports", 403)])
def test_only_who_may_enter_records_sees_the_form(house: House, role: str, status: int) -> None:
    browser = house.person("sandwell", role)
    assert [browser.get(f"/staff{path}").status_code for path in ("/enter", "/forms", "/forms/form")] == [status] * 3


def test_a_manager_of_another_service_enters_what_they_cannot_open(house: House) -> None:
    browser = house.person("sandwell", "manager")
    page = jo_done(browser, form(house, **{"q-story": "For somebody else."}))
    assert "You cannot open this record yourself" in page


# In a browser ------------------------------------------------------------------------------------


def test_by_keyboard_alone_and_nothing_for_axe(house: House) -> None:
    with chromium() as browser:
        desk_ = Desk(house, browser, house.add("dudley", ("participation",))[0])
        page = desk_.open("/enter")
        assert serious(page) == [] and not overflows(page)
        expect(page.locator("#channel")).to_be_focused()
        expect(page.locator("[data-step=age]")).to_be_hidden()
        page.keyboard.type("Tele")
        for _ in range(30):
            if page.evaluate("document.activeElement.id") == "q-who-none":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("1")
        expect(page.locator("#q-who")).to_be_checked()
        expect(page.locator("#q-age-none")).to_be_focused()
        page.keyboard.press("3")
        expect(page.locator("#q-alone-none")).to_be_focused()
        page.keyboard.press("1")
        expect(page.locator("#q-story")).to_be_focused()
        page.keyboard.type("They took my phone. 1 2 3")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # in a line Enter goes on and sends nothing
        assert page.url.endswith("/enter")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".slip .digits")).to_be_visible()
        assert serious(page) == [] and desk_.wrong == []
        reference = re.findall(r"HB-\w{4}-\w\w", page.content())[0]
        assert whole(house, reference)["facts"]["age"] == ["12to15"]
        page.get_by_role("link", name="Enter another").press("Enter")
        expect(page.locator("#channel")).to_have_value("phone")
        expect(page.locator("#q-who-none")).to_be_focused()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
        assert serious(page) == [] and not overflows(page)
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a size


def test_a_blank_form_is_whole_in_every_language(house: House, jo: Browser) -> None:
    for kind in KINDS:
        for code, name in house.store.worlds("sandwell").languages:
            for wording in ("plain", "child", "easy"):
                page = jo.get(f"/staff/forms/form?kind={kind}&language={code}&wording={wording}").text
                found = asked.questions(house.store.worlds("sandwell"), kind, Voice(code, "", False))
                assert page.count('class="asked') == len(found), (kind, name)
                assert (
                    ('dir="rtl"' in page) == (locales.LANGUAGES[code].direction == "rtl")
                    and "SKIP" not in page
                    and "{" not in page
                )
    with chromium() as browser:
        page_ = Desk(house, browser, house.add("dudley", ("officer",))[0]).open("/forms/form?language=ar&wording=easy")
        assert serious(page_) == [] and not overflows(page_)
        page_.goto(f"{house.url}/staff/forms/letter?code=upheld&language=cy")
        assert serious(page_) == [] and not overflows(page_)


def test_every_letter_is_printed_in_every_language(house: House, jo: Browser) -> None:
    listed = "".join(jo.get(f"/staff/forms?language={one.code}").text for one in locales.offered())
    for path in set(re.findall(r'href="(/staff/forms/letter[^"]+)"', listed)):
        page = jo.get(path.replace("&amp;", "&")).text
        letter = page.partition('class="words"')[2]
        assert "contenteditable" in page and len(re.sub("<[^>]+>", "", letter)) > 80 and "{" not in letter, path
