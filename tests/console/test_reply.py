"""Writing to the person: through the store, the gate and the outbox; everything that may go wrong; in a browser."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

import locales
from bot.preview import previewer
from casework import letters
from casework.calendar import LONDON
from casework.case import fold
from casework.contact import Verdict
from casework.letters import LETTERS
from casework.procedure import load, shipped
from casework.record import CaseEvent
from console import replying
from storage import casefile, desk, models, outbox, sending, sessions, undelivered, windows
from storage.models import table
from storage.post import Inbound
from tests.console.conftest import PASSWORD, Browser, House, running
from tests.console.desk import PHONE, Desk, chromium, overflows, serious
from tests.storage.people import Person

DAY = datetime(2026, 6, 1, 10, tzinfo=LONDON)  # a Monday
OUTBOX, TASK = table(models.Outbox), table(models.Task)
_numbers = itertools.count(700_910_000)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("reply")
    with running(folder, lambda site: replace(site, preview=previewer(4.0))) as made:
        made.clock.ahead = DAY + timedelta(hours=2) - datetime.now(LONDON)
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("sandwell", "complaints")


class Speaker(Person):
    """Somebody whose phone speaks a language."""

    language = "en"

    def inbound(self, text: str = "", choice: str = "", **more: Any) -> Inbound:
        return replace(super().inbound(text, choice, **more), language=self.language)


def complained(house: House, channel: str = "sms", language: str = "") -> tuple[Person, str]:
    """Somebody whose complaint was sent two hours ago, and its reference."""
    endpoint = "+441632960000" if channel == "sms" else f"sandwell-{channel}"
    sender = f"+447{next(_numbers):09}"
    person = Speaker(house.store.writer, sender, channel=channel, organisation="sandwell", endpoint=endpoint)
    person.language = language or "en"
    person.now = house.clock() - timedelta(hours=2)
    return person, person.complain().reference


@pytest.fixture
def reference(house: House) -> str:
    return complained(house)[1]


def case_of(house: House, reference: str) -> int:
    with house.store.database.reading() as db:
        return casefile.find(db, reference)


def history(house: House, reference: str) -> tuple[CaseEvent, ...]:
    with house.store.database.reading() as db:
        return casefile.events(db, house.store.vault, casefile.find(db, reference))


def rows(house: House, reference: str) -> list[Any]:
    """What waits or was sent of ourselves about a record."""
    with house.store.database.reading() as db:
        return list(db.execute(select(OUTBOX).where(OUTBOX.c.case_id == casefile.find(db, reference))).mappings())


def open_tasks(house: House, reference: str) -> set[str]:
    with house.store.database.reading() as db:
        talk = select(desk.CASE.c.talk).where(desk.CASE.c.reference == reference).scalar_subquery()
        return set(db.execute(select(TASK.c.why).where(TASK.c.talk == talk, TASK.c.done_at.is_(None))).scalars())


def fields(page: str) -> dict[str, str]:
    """The form as it stands in a page."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.partition("data-looks")[2]))
    for name in ("what", "template", "language"):
        select_ = re.search(rf'<select id="{name}".*?</select>', page, re.DOTALL)
        assert select_ is not None
        chosen = re.search(r'value="([^"]*)" selected', select_[0])
        found[name] = chosen[1] if chosen else ""
    text = re.search(r'<textarea id="text".*?>\n(.*?)</textarea>', page, re.DOTALL)
    assert text is not None
    return {**found, "text": html.unescape(text[1])}


def errors(page: str) -> str:
    found = re.search(r'<div class="summary".*?</div>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def send(browser: Browser, reference: str, do: str = "send", **given: str) -> Any:
    """Open the page, change some of it and press a button."""
    path = f"/staff/record/{reference}/reply"
    drawn = fields(browser.get(path).text)
    return browser.post(path, {**drawn, "do": do, **given}, token=drawn["token"])


def do(house: House, reference: str, kind: str, **data: Any) -> None:
    case, store = case_of(house, reference), house.store
    event = CaseEvent(kind, house.clock(), "staff:1", str(data.pop("why", "")), data)
    store.writer.write(lambda db: casefile.append(db, store.vault, store.procedures, case, event)).result(30)


def deliver(house: House) -> list[tuple[str, ...]]:
    """What may leave now, in turn: the lines of each message."""
    store, gone = house.store, []
    while parcels := store.writer.write(lambda db: outbox.claim(db, store.vault, "sms", house.clock())).result(30):
        gone += [parcel.outgoing.message.lines for parcel in parcels]
        done = [(parcel.id, "SM1") for parcel in parcels]
        store.writer.write(lambda db, done=done: outbox.sent(db, done, house.clock())).result(30)
    return gone


# The ordinary way -------------------------------------------------------------------------------


def test_the_acknowledgement_is_written_sent_and_recorded_at_once(house: House, jo: Browser, reference: str) -> None:
    number, _ = house.add("sandwell", ("manager",), ("fostering",))
    given = {"events": str(len(history(house, reference))), "event": "role", "role-role": "manager"}
    assert jo.post(f"/staff/record/{reference}/assign", {**given, "role-staff": str(number)}).status_code == 303
    assert "tell_who" in open_tasks(house, reference)
    page = jo.get(f"/staff/record/{reference}/reply").text
    drawn = fields(page)
    assert drawn["what"] == "acknowledge" and drawn["template"] == "acknowledge_who"
    assert "Jo Brown will look into it and answer you by Monday 15 June 2026." in drawn["text"]
    assert "It goes at once." in page and "2 segments" in page and "about 8p" in page
    answer = send(jo, reference, text=drawn["text"] + "\n\nI rang your house.")
    assert answer.status_code == 303 and answer.headers["Location"] == f"/staff/record/{reference}#done"
    written, acknowledged = history(house, reference)[-2:]
    assert (written.kind, acknowledged.kind) == ("replied", "acknowledged")
    assert written.data["what"] == "acknowledge" and written.data["text"].endswith("I rang your house.")
    (row,) = rows(house, reference)
    assert (row["purpose"], row["state"], row["id"], row["seq"]) == (
        "reply", "due", written.data["outbox"], written.data["seq"],
    )  # fmt: skip
    assert "tell_who" not in open_tasks(house, reference)
    record = jo.get(f"/staff/record/{reference}").text
    assert "On its way" in record and "In time" in record and "I rang your house." in record
    gone = deliver(house)
    assert any("I rang your house." in lines for lines in gone)
    assert "Sent Monday 1 June 2026" in jo.get(f"/staff/record/{reference}/reply").text
    report = lambda db: undelivered.reported(  # noqa: E731
        db, "sandwell", "+441632960000", row["id"], "delivered", "", house.clock()
    )
    assert house.store.writer.write(report).result(30)
    assert "Delivered" in jo.get(f"/staff/record/{reference}").text


def test_the_answer_moves_the_stage_with_the_message(house: House, jo: Browser, reference: str) -> None:
    do(house, reference, "stage1.begun")
    path = f"/staff/record/{reference}/reply?what=answer"
    drawn = fields(jo.get(path).text)
    assert drawn["template"] == "upheld" and "go on: Stage 2: investigation" in drawn["text"]
    text = re.sub(r"\[[^\]]+\]", "we did not ring you", drawn["text"])
    answer = send(jo, reference, what="answer", template="upheld", text=text)
    assert answer.status_code == 422 and "Before this answer somebody talks with the person" in errors(answer.text)
    assert "we did not ring you" in answer.text and not rows(house, reference), "nothing was sent"
    do(house, reference, "talked", who="Jo")
    assert send(jo, reference, what="answer", template="upheld", text=text).status_code == 303
    assert [one.kind for one in history(house, reference)[-2:]] == ["replied", "stage1.answered"]
    assert len(rows(house, reference)) == 1
    drawn = fields(jo.get(f"/staff/record/{reference}/reply?what=way_on").text)
    assert drawn["template"] == "way_on" and "by Monday 29 June 2026" in drawn["text"]


def test_asking_for_more_needs_the_day_to_look_again(house: House, jo: Browser, reference: str) -> None:
    answer = send(jo, reference, what="more", template="", text="Which bus was it?")
    assert answer.status_code == 422 and "Write the day on which somebody looks again" in errors(answer.text)
    assert send(jo, reference, what="more", template="", text="Which bus?", until="2026-06-20").status_code == 303
    asked = history(house, reference)[-1]
    assert asked.kind == "asked_more" and asked.data == {"what": "Which bus?", "until": "2026-06-20"}
    filled = send(jo, reference, what="more", template="", text="Which bus, for {reference}?", until="2026-06-20")
    assert filled.status_code == 303
    assert history(house, reference)[-1].said("what") == f"Which bus, for {reference}?"


def test_a_page_is_written_on_at_once(house: House, jo: Browser) -> None:
    _, reference = complained(house, "web")
    assert "It is written on their page at once." in jo.get(f"/staff/record/{reference}/reply").text
    assert send(jo, reference, what="reply", text="We are looking into it.").status_code == 303
    page = jo.get(f"/staff/record/{reference}").text
    assert "Written on their page" in page and "Whether it was read is not known." in page
    assert not rows(house, reference) and history(house, reference)[-1].data["seq"]


def test_in_their_language_first_and_an_interpreter_is_a_task(house: House, jo: Browser) -> None:
    _, reference = complained(house, language="ar")
    page = jo.get(f"/staff/record/{reference}/reply").text
    drawn = fields(page)
    assert drawn["language"] == "ar" and "شكرًا لأنك أخبرتنا" in drawn["text"] and 'dir="rtl"' in page
    assert "The same wording in English" in page and "We have your complaint" in page
    page = send(jo, reference, "draw", language="en").text
    assert "We have your complaint" in fields(page)["text"] and "They write in Arabic" in page
    answer = send(jo, reference, language="en", what="reply", template="", text="Hello.", interpreter="yes")
    assert answer.status_code == 303 and "interpreter" in open_tasks(house, reference)


# What may not go --------------------------------------------------------------------------------


def test_at_night_it_waits_until_the_morning(house: House, jo: Browser, reference: str) -> None:
    before = house.clock.ahead
    house.clock.ahead += timedelta(hours=10)
    try:
        jo = house.person("sandwell", "complaints")
        page = jo.get(f"/staff/record/{reference}/reply").text
        assert "It waits until Tuesday 2 June 2026, 08:00." in page and "Send it when it may go" in page
        assert send(jo, reference, what="reply", text="Good morning.").status_code == 303
        (row,) = rows(house, reference)
        assert row["next_at"] == datetime(2026, 6, 2, 8, tzinfo=LONDON)
        assert ("Good morning.",) not in deliver(house)
        assert "Waits until Tuesday 2 June 2026, 08:00" in jo.get(f"/staff/record/{reference}").text
    finally:
        house.clock.ahead = before


def test_where_they_must_write_first_it_says_so(house: House, jo: Browser, reference: str) -> None:
    assert send(jo, reference, what="reply", text="We rang the office.").status_code == 303
    (row,) = rows(house, reference)
    wait = windows.Wait(windows.ASKED, None)
    house.store.writer.write(lambda db: windows.hold(db, row["id"], wait, house.clock())).result(30)
    page = jo.get(f"/staff/record/{reference}").text
    assert "Waits until they write" in page and "window" not in page


def stop(person: Person, house: House, reference: str) -> None:
    person.say("STOP")


def unsafe(person: Person, house: House, reference: str) -> None:
    person.say("He has a knife and wants to kill me")
    assert person.last is not None and person.last.step == "!safe"
    person.say(choice="!safe=no")


def plan(person: Person, house: House, reference: str) -> None:
    do(house, reference, "contact_warned", why="Forty calls a day")
    days = {"until": "2026-09-01", "review": "2026-08-01"}
    option = next(iter(house.site.profiles["sandwell"].listed("contact_options")))
    do(house, reference, "contact_planned", why="Forty calls a day", plan=option, **days)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (stop, "They sent STOP"),
        (unsafe, "It was said that an answer here is not safe"),
        (plan, "A contact plan is in force"),
    ],
)
def test_what_the_person_forbade_is_never_sent(
    house: House, jo: Browser, happens: Callable[[Person, House, str], None], said: str
) -> None:
    person, reference = complained(house)
    happens(person, house, reference)
    page = jo.get(f"/staff/record/{reference}/reply").text
    assert said in page and "Record what you wrote another way" in page
    seen = len(history(house, reference))
    answer = send(jo, reference, what="reply", template="", text="Five lines that nobody types twice.")
    assert answer.status_code == 422 and "Nothing was sent." in errors(answer.text) and said in errors(answer.text)
    assert "Five lines that nobody types twice." in answer.text
    assert not rows(house, reference) and len(history(house, reference)) == seen


def test_they_change_their_mind_before_it_leaves(house: House, jo: Browser) -> None:
    person, reference = complained(house)
    assert send(jo, reference, what="reply", template="", text="We are looking into it.").status_code == 303
    person.say("STOP")
    assert ("We are looking into it.",) not in deliver(house)
    page = jo.get(f"/staff/record/{reference}").text
    assert "Not sent" in page or "Not delivered" in page


def test_where_others_read_the_phone_only_that_there_is_a_message_is_sent(
    house: House, jo: Browser, reference: str
) -> None:
    do(house, reference, "contact_settled", why="They said so", neutral=True, safe=True)
    assert "Only “There is a message for you” is sent" in jo.get(f"/staff/record/{reference}/reply").text
    assert send(jo, reference, what="reply", template="", text="About your placement.").status_code == 303
    assert not any("placement" in line for lines in deliver(house) for line in lines)
    with house.store.database.reading() as db:
        assert sending.kept(db, house.store.vault, case_of(house, reference)) == ("About your placement.",)
    assert "About your placement." in jo.get(f"/staff/record/{reference}/reply").text


# Bad input --------------------------------------------------------------------------------------


def test_an_unknown_place_is_named_and_the_known_ones_listed(house: House, jo: Browser, reference: str) -> None:
    text = "Dear {first_name}, about {reference}."
    answer = send(jo, reference, what="reply", template="", text=text)
    assert answer.status_code == 422 and "Nothing is called {first_name}." in errors(answer.text)
    assert "{reference}" in errors(answer.text) and "{answer_by}" in errors(answer.text)
    assert fields(answer.text)["text"] == text and not rows(house, reference)
    answer = send(jo, reference, what="reply", template="", text="{look_again}: wait")
    assert "The record does not say {look_again} yet" in errors(answer.text)
    assert send(jo, reference, what="reply", template="", text="About {reference}.").status_code == 303
    assert history(house, reference)[-1].data["text"] == f"About {reference}."


def test_what_only_a_person_can_know_is_not_left_out(house: House, jo: Browser, reference: str) -> None:
    drawn = fields(send(jo, reference, "draw", what="meeting", template="visit").text)
    answer = send(jo, reference, **{name: drawn[name] for name in ("what", "template", "text")})
    assert "Write what is still missing: [day, time and place]" in errors(answer.text)
    text = drawn["text"].replace("[day, time and place]", "[sic] Friday at four")
    assert send(jo, reference, what="meeting", template="visit", text=text).status_code == 303


def test_two_people_who_reply_at_once_see_each_other(house: House, jo: Browser, reference: str) -> None:
    path = f"/staff/record/{reference}/reply"
    sam = house.person("sandwell", "officer")
    drawn = fields(sam.get(path).text)
    assert send(jo, reference, what="reply", template="", text="This is from Jo.").status_code == 303
    mine = {**drawn, "what": "reply", "template": "", "text": "This is from Sam, and long.", "do": "send"}
    answer = sam.post(path, mine)
    assert answer.status_code == 409 and "something else happened first" in errors(answer.text)
    assert "This is from Jo." in answer.text and fields(answer.text)["text"] == "This is from Sam, and long."
    assert len(rows(house, reference)) == 1
    again = {**mine, "events": fields(answer.text)["events"]}
    assert sam.post(path, again).status_code == 303 and len(rows(house, reference)) == 2
    assert sam.post(path, again).status_code == 409, "pressed twice, it is sent once"


def test_five_megabytes_are_refused_and_kept(house: House, jo: Browser, reference: str) -> None:
    answer = send(jo, reference, what="reply", template="", text="a sentence. " * 450_000)
    assert answer.status_code == 422 and "Shorten this to 12000 characters; it has 53" in errors(answer.text)
    assert len(fields(answer.text)["text"]) > 5_000_000 and not rows(house, reference)
    answer = send(jo, reference, what="reply", template="", text="a sentence. " * 800_000)
    assert answer.status_code == 413 and "This is too big" in answer.text


def test_a_session_that_ends_in_a_long_reply_loses_nothing(house: House) -> None:
    _, reference = complained(house)
    number, login, secret = house.ready("sandwell", ("complaints",))
    jo = house.signed_in(number)
    path = f"/staff/record/{reference}/reply"
    drawn = fields(jo.get(path).text)
    words = "Dear Sam,\n\n" + "thank you for telling us. " * 40
    before = house.clock.ahead
    house.clock.ahead += sessions.IDLE + timedelta(minutes=1)
    try:
        mine = {**drawn, "what": "reply", "template": "", "text": words, "do": "send"}
        answer = jo.post(path, mine, token=drawn["token"])
        assert answer.status_code == 401 and not rows(house, reference)
        carried = re.findall(r'name="typed" value="([^"]+)"', answer.text)[0]
        token = jo.token("/staff/sign-in")
        jo.post("/staff/sign-in", {"login": login, "password": PASSWORD, "typed": carried}, token=token)
        done = jo.post("/staff/code", {"code": house.code(secret)}, token=jo.token("/staff/code"))
        page = jo.get(done.headers["Location"]).text
        assert words.strip() in html.unescape(page) and f'action="{path}"' in page
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert jo.post(path, {**hidden, "text": words}, token=hidden["token"]).status_code == 303
        assert history(house, reference)[-1].data["text"] == words.strip()
    finally:
        house.clock.ahead = before


# Wordings ---------------------------------------------------------------------------------------


def test_another_wording_never_takes_away_what_was_typed(house: House, jo: Browser, reference: str) -> None:
    page = send(jo, reference, "draw", what="meeting", text="My own words.").text
    assert fields(page)["text"] == "My own words." and "What you typed has stayed" in page
    assert "Would this suit you" in page and fields(page)["template"] == "visit"
    page = send(jo, reference, "replace", what="meeting", template="visit", text="My own words.").text
    assert "Would this suit you" in fields(page)["text"]


def test_an_organisations_own_wording_comes_first_and_a_change_is_said(house: House, reference: str) -> None:
    jo, boss = house.person("sandwell", "officer"), house.person("sandwell", "complaints")
    path = "/staff/settings/templates/closing/en"
    assert jo.post(path, {"text": "x"}).status_code == 403
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', boss.get(path).text))
    answer = boss.post(path, {"row": hidden["row"], "text": "Bye {nobody}"})
    assert answer.status_code == 422 and "Nothing is called {nobody}." in errors(answer.text)
    assert boss.post(path, {"row": hidden["row"], "text": "Goodbye, {reference}."}).status_code == 303
    answer = boss.post(path, {"row": hidden["row"], "text": "Mine, which I typed."})
    assert (
        answer.status_code == 409 and "Mine, which I typed." in answer.text and "Goodbye, {reference}." in answer.text
    )
    reply = f"/staff/record/{reference}/reply"
    drawn = fields(send(jo, reference, "draw", what="reply", template="closing", text="").text)
    assert drawn["text"] == f"Goodbye, {reference}."
    row = re.findall(r'name="row" value="(\d+)"', boss.get(path).text)[0]
    assert boss.post(path, {"row": row, "text": "So long, {reference}."}).status_code == 303
    answer = jo.post(reply, {**drawn, "do": "send"})
    assert answer.status_code == 422 and "was changed meanwhile" in errors(answer.text)
    assert f"So long, {reference}." in answer.text and fields(answer.text)["text"] == f"Goodbye, {reference}."
    again = fields(answer.text)
    assert jo.post(reply, {**again, "do": "send"}).status_code == 303
    row = re.findall(r'name="row" value="(\d+)"', boss.get(path).text)[0]
    assert boss.post(f"{path}/retire", {"row": row}).status_code == 303
    assert "We now close" in boss.get(path).text


def test_one_of_their_own_is_offered_in_english_where_a_language_has_none(house: House) -> None:
    boss = house.person("sandwell", "complaints")
    where = boss.post("/staff/settings/templates", {"title": "Bus passes"}).headers["Location"]
    assert where == "/staff/settings/templates/own-bus-passes/en"
    given = {"row": "0", "title": "Bus passes", "text": "Your pass is on its way."}
    assert boss.post(where, given).status_code == 303
    listed = boss.get("/staff/settings/templates").text
    assert "Bus passes" in listed and "Missing" in listed
    _, reference = complained(house, language="ar")
    page = send(boss, reference, "draw", what="reply", template="own-bus-passes", text="").text
    assert "There is no wording in Arabic: this is the one in English." in page
    assert fields(page)["language"] == "en" and fields(page)["text"] == "Your pass is on its way."
    assert boss.get("/staff/settings/templates/own-bus-passes/xx").status_code == 404


@pytest.mark.parametrize("code", LETTERS)
def test_every_shipped_wording_is_whole_in_every_language(code: str) -> None:
    for entry in locales.offered():
        for register in ("", "young", "child"):
            which = LETTERS[code].wording(register)
            said = replying.shipped(code, entry.code, which)
            assert not letters.unknown(said)
            assert len(letters.gaps(said)) == len(letters.gaps(which[1])), f"{entry.code} {code}"
            assert set(letters.places(said)) == set(letters.places(which[1]))
    assert code in replying.TITLES


def test_every_purpose_has_its_words_in_every_procedure() -> None:
    at = DAY - timedelta(hours=2)
    for name in shipped():
        profile = load(name)
        for kind in profile.kinds:
            state = fold(profile, [CaseEvent("filed", at, "person", data={"kind": kind}, id="1")])
            can = replying.offered(profile, state, ("record.work", "record.decide", "record.route"))
            assert "reply" in can and replying.usual(state, can) in can
            for what in can:
                code = replying.likeliest(replying.PURPOSES[what], state, {}, "en", ())
                assert not code or code in LETTERS


def test_each_channel_has_its_own_look() -> None:
    preview = previewer(4.0)
    two = preview("sms", "Hello.\n\nWe are sorry.", "en")
    assert [part["text"] for part in two["parts"]] == ["Hello.\nWe are sorry."] and two["pence"] == 4
    assert two["parts"][0]["alphabet"] == "gsm7" and two["strange"] == ""
    sad = preview("sms", "We are sorry 😔", "en")
    assert sad["strange"] == "😔" and sad["parts"][0]["alphabet"] == "ucs2"
    arabic = preview("sms", "شكرًا لأنك أخبرتنا.", "ar")
    assert (arabic["direction"], arabic["strange"]) == ("rtl", "")
    assert preview("telegram", "Hello.\n\nSorry.", "en")["parts"] == [{"text": "Hello.\n\nSorry."}]
    assert preview("web", "Hello.", "en")["pence"] == 0 and preview("sms", " ", "en")["parts"] == []


def test_what_would_leave_after_the_last_day_is_said() -> None:
    profile = load("sandwell")
    state = fold(profile, [CaseEvent("filed", DAY, "person", data={"kind": "complaint"}, id="1")])
    limit = state.clocks["acknowledgement"].deadline
    assert limit is not None
    after, before = (Verdict(False, until=limit.moment + timedelta(hours=hours)) for hours in (1, -1))
    assert replying.late(profile, state, "acknowledged", after)
    assert not replying.late(profile, state, "acknowledged", before)
    assert not replying.late(profile, state, "acknowledged", Verdict(True))


# In a browser -----------------------------------------------------------------------------------


def test_in_a_browser_it_is_seen_as_they_will_see_it(house: House, tmp_path: Path) -> None:
    _, reference = complained(house, language="ar")
    number, _ = house.add("sandwell", ("complaints",))
    with chromium() as browser:
        desk_ = Desk(house, browser, number)
        page = desk_.open(f"/record/{reference}/reply")
        assert serious(page) == [] and not overflows(page)
        expect(page.locator(".phone")).to_have_attribute("dir", "rtl")
        page.select_option("#language", "en")
        page.click("[data-draw]")
        page.fill("#text", "x" * 170)
        expect(page.locator(".price")).to_contain_text("2 segments")
        page.fill("#text", "Hello {nobody} 😀")
        expect(page.locator(".looks")).to_contain_text("Unknown")
        expect(page.locator(".looks")).to_contain_text("😀")
        page.set_viewport_size({"width": 320, "height": 700})
        assert serious(page) == [] and not overflows(page)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
        page.click(".send .button:has-text('Send it')")
        expect(page.locator(".summary")).to_contain_text("Nothing is called {nobody}")
        assert serious(page) == []
        page.fill("#text", "We are looking into it, and ring you on Friday.")
        page.locator("#text").press("Tab")
        page.click(".send .button:has-text('Send it')")
        expect(page.locator(".note.done")).to_contain_text("Written to the person")
        page = desk_.open("/settings/templates")
        assert serious(page) == [] and not overflows(page)
        page = desk_.open("/settings/templates/upheld/ar")
        assert serious(page) == [] and not overflows(page)
        assert not desk_.wrong
