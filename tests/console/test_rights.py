"""Data rights at the console: a copy read through and covered, an answer put right, a hold, a limit, erasure."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from casework.record import CaseEvent
from storage import about, audit, casefile, consents, rights, rights_copy, rights_requests
from storage.dues import CASE, DUE
from storage.rights_besides import STAFF
from tests.console.conftest import Browser, House, running
from tests.storage.people import Person
from tests.storage.test_sending import change
from tests.storage.theirs import picture, recording

STORY = "Quillfeather laughed at me. My friend Kyle Morton saw it. Ring Kyle on 07700 900555."
NUMBER = "+447700900123"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("rights")) as made:
        yield made


def sent(house: House, story: str = STORY, sender: str = "") -> str:
    person = Person(house.store.writer, sender, channel="sms", organisation="dudley", endpoint="+441632960000")
    person.now = house.clock() - timedelta(days=2)
    person.story = story
    return person.complain().reference


@pytest.fixture
def jo(house: House) -> Browser:
    """The complaints manager, who has just given the second factor."""
    return proved(house, "complaints")


def proved(house: House, *roles: str) -> Browser:
    _, login, secret = house.ready("dudley", roles)
    return house.sign_in(login, secret)


def shown(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.headers)
    return answer.text


def audited(house: House, reference: str = "") -> list[str]:
    with house.store.database.reading() as db:
        assert audit.verify(db, "dudley") is None
        return [one.what for one in audit.entries(db, "dudley", audit.Asked(reference=reference))]


def begun(jo: Browser, *references: str) -> str:
    answer = jo.post("/staff/rights", {"records": "\n".join(references)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_copy_is_read_through_covered_and_released(house: House, jo: Browser) -> None:
    reference = sent(house, sender=NUMBER)
    path = begun(jo, reference.lower())
    page = shown(jo, path)
    for word in ("Quillfeather", "Kyle", "07700 900555"):
        assert f'value="{word}"' in page, f"{word} is proposed to be covered"
    read = page.partition('id="h-read"')[2]
    assert "laughed at me" in read and "Quillfeather" not in read and "█" in read
    words = re.findall(r'name="cover" value="([^"]+)"', page)
    form: dict[str, Any] = {"shown": words, "cover": [one for one in words if one != "Quillfeather"], "more": "friend"}
    answer = jo.post(f"{path}/cover", form)
    assert answer.status_code == 422 and "Write why" in answer.text
    form["why Quillfeather"] = "The person's own key worker, known to them"
    assert jo.post(f"{path}/cover", form).status_code == 303
    read = shown(jo, path).partition('id="h-read"')[2]
    assert "Quillfeather" in read and "Kyle" not in read and "friend" not in read
    assert jo.post(f"{path}/release", {}).status_code == 422
    assert jo.post(f"{path}/release", {"read": "yes"}).status_code == 303
    assert "Released" in shown(jo, path)
    body = jo.get(f"{path}/file")
    assert body.headers["Content-Type"] == "application/zip" and "attachment" in body.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(body.content)) as archive:
        html, data = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
    text = json.dumps(data, ensure_ascii=False) + html
    assert "Quillfeather laughed at me" in text and "Kyle" not in text and "900555" not in text
    assert NUMBER in html and "<script" not in html and "Everything we keep about you" in html
    assert [one["what"] for one in data["records"][0]["seen"]], "who has looked at it is in it"
    assert "rights.copied" in audited(house, reference)
    house.clock.ahead += timedelta(days=15)
    assert jo.get(f"{path}/file").status_code in (303, 401, 404), "after two weeks there is nothing to fetch"
    house.clock.ahead -= timedelta(days=15)
    assert proved(house, "complaints").post(f"{path}/end", {"state": "done"}).status_code == 303
    assert "This is over" in jo.get(path).text


def test_a_file_is_left_out_with_a_reason(house: House, jo: Browser) -> None:
    person = Person(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
    person.now = house.clock() - timedelta(days=2)
    files = [
        house.store.media.store("dudley", io.BytesIO(content), name)
        for content, name in ((picture("only-me-5"), "me.png"), (recording("Kyle-is-heard-6"), "us.wav"))
    ]
    person.reach("story")
    for file in files:
        person.say(media=(file,))
    path = begun(jo, person.complain().reference)
    page = shown(jo, path)
    mine, ours = files[0].id, files[1].id
    assert (
        f'name="leave" value="{ours}"' in page
        and "Open file 2" in page
        and "checked" not in page.partition("leave-1")[2]
    )
    form: dict[str, Any] = {"shown": [mine, ours], "leave": [ours, "none-of-these"]}
    answer = jo.post(f"{path}/files", form)
    assert answer.status_code == 422 and "Write why this file is left out" in answer.text
    why = "Kyle Morton is heard in it"
    assert jo.post(f"{path}/files", form | {f"leave {ours}": why}).status_code == 303
    page = shown(jo, path)
    assert why in page and len(re.findall(r'name="leave" value="\w+" checked', page)) == 1
    words = re.findall(r'name="cover" value="([^"]+)"', page)
    assert jo.post(f"{path}/cover", {"shown": words, "cover": words}).status_code == 303, "one does not undo the other"
    assert jo.post(f"{path}/release", {"read": "yes"}).status_code == 303
    with zipfile.ZipFile(io.BytesIO(jo.get(f"{path}/file").content)) as archive:
        contents, data = [archive.read(name) for name in archive.namelist()], json.loads(archive.read("data.json"))
    assert any(b"only-me-5" in content for content in contents)
    assert not any(b"Kyle" in content for content in contents), "neither the file nor the reason"
    assert data["left_out"] == [ours] and list(data["files"]) == [mine]


def entry(page: str, words: str) -> str:
    """The id of the entry of the copy in which these words stand, as its tick has it."""
    item = next(one for one in page.split("<li") if words in one and 'name="apart"' in one)
    return re.findall(r'name="apart" value="([^"]+)"', item)[0]


def test_an_entry_is_left_out_with_a_reason_wherever_its_words_stand(house: House, jo: Browser) -> None:
    person = Person(house.store.writer, channel="sms", organisation="dudley", endpoint="+441632960000")
    person.now = house.clock() - timedelta(days=2)
    file = house.store.media.store("dudley", io.BytesIO(picture("sister-7")), "her.png")
    person.reach("story")
    person.say("My sister wept about Quillfeather.", media=(file,))
    path = begun(jo, person.complain().reference)
    page = shown(jo, path)
    told = entry(page, "My sister wept")
    safe = entry(page, "How is it safe to reach you")
    assert told != safe and page.count("My sister wept") >= 2
    form: dict[str, Any] = {"apart": [told, "none-of-these"]}
    answer = jo.post(f"{path}/withhold", form)
    assert answer.status_code == 422 and "Choose why it is left out" in answer.text and "Write why, so" in answer.text
    assert f'value="{told}" checked' in answer.text
    form |= {"reason": "third", "words": "Her sister told her in confidence"}
    assert jo.post(f"{path}/withhold", form).status_code == 303
    harm = {"apart": [safe], "reason": "harm", "words": "A doctor said so"}
    assert jo.post(f"{path}/withhold", harm).status_code == 303, "a page drawn before keeps what was left out since"
    page = shown(jo, path)
    assert "told her in confidence" in page and "A doctor said so" in page
    assert "It has the same words as something that is left out" in page and "It came with something" in page
    assert len(re.findall(r'name="apart" value="[^"]+" checked', page)) == 2
    assert jo.post(f"{path}/release", {"read": "yes"}).status_code == 303
    with zipfile.ZipFile(io.BytesIO(jo.get(f"{path}/file").content)) as archive:
        inside = {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    data, html = json.loads(inside["data.json"]), inside["index.html"]
    for gone in ("My sister wept", "sister-7", "in confidence", "A doctor said", "How is it safe to reach you</b>"):
        assert not any(gone in one for one in inside.values()), gone
    assert "Left out here: something about somebody else" in html and "0303 123 1113" in html
    assert "Left out here: the law says that we may not show it" in html and "A file is left out here" in html
    lines = [one for part in ("answers", "talk") for one in data["records"][0][part] if one.get("left_out")]
    assert {one["left_out"] for one in lines} == {"left_out.other", "left_out.law"} and data["left_out"] == [file.id]
    assert jo.post(f"{path}/end", {"state": "done"}).status_code == 303


def test_more_time_is_taken_once_and_said_before_it_is_due(house: House, jo: Browser) -> None:
    path, now = begun(jo, sent(house)), house.clock()
    number = int(path.rpartition("/")[2])

    tile = re.findall(
        r'href="/staff/rights" class="tile"><span class="number">(\d+)</span> <span>([^<]+)', shown(jo, "/staff/today")
    )
    assert len(tile) == 1 and int(tile[0][0]) >= 1 and tile[0][1].startswith("Data rights, by ")
    assert 'href="/staff/rights"' not in shown(house.person("dudley", "officer"), "/staff/today")

    def night(days: int) -> int:
        at = now + timedelta(days=days)
        return house.store.writer.write(lambda db: rights_requests.remind(db.connection(), "dudley", at)).result(20)

    assert [night(days) for days in (0, 20, 25, 26)] == [0, 0, 1, 0], "a week before, and once"
    assert "somebody waits for an answer" in shown(jo, "/staff/today?list=tasks")
    assert jo.post(f"{path}/longer", {"longer": ""}).status_code == 422
    assert jo.post(f"{path}/longer", {"longer": "Nine records, with much about others."}).status_code == 303
    page = shown(jo, path)
    assert "More time was taken" in page and "with much about others" in page and "Take two months more" not in page
    assert "somebody waits for an answer" not in shown(jo, "/staff/today?list=tasks")
    again = jo.post(f"{path}/longer", {"longer": "Once more."})
    assert again.status_code == 422 and "More time was taken before" in again.text
    with house.store.database.reading() as db:
        one = rights_requests.one(db, house.store.vault, "dudley", number)
    assert one is not None and 89 <= (one.due - now.date()).days <= 92
    late = replace(one, due=rights_requests.months_later(one.at.date(), 1))
    assert late.extends_to(now + timedelta(days=33)) is None, "not when the month is over"
    assert [night(days) for days in (60, 88)] == [0, 1]
    assert jo.post(f"{path}/end", {"state": "refused"}).status_code == 303
    assert "somebody waits for an answer" not in shown(jo, "/staff/today?list=tasks")
    days = [rights_requests.months_later(date(2026, 1, 31), months) for months in (1, 3, 12)]
    assert days == [date(2026, 2, 28), date(2026, 4, 30), date(2027, 1, 31)]


def test_nobody_copies_what_they_may_not_see(house: House, jo: Browser) -> None:
    reference = sent(house)
    other = Person(house.store.writer, organisation="sandwell", endpoint="web").complain().reference
    answer = jo.post("/staff/rights", {"records": f"{reference} {other} nonsense"})
    assert answer.status_code == 422 and "no record" in answer.text and other in answer.text
    path = begun(jo, reference)
    sandwell = house.person("sandwell", "complaints")
    assert sandwell.get(path).status_code == 404
    assert house.person("dudley", "officer").get(path).status_code == 403
    number, login, secret = house.ready("dudley", ("complaints",))
    named = house.sign_in(login, secret)
    assert named.get(path).status_code == 200
    assert jo.post(f"{path}/release", {"read": "yes"}).status_code == 303
    name_staff(house, reference, number)
    assert [named.get(one).status_code for one in (path, f"{path}/file")] == [404, 404], "it is about them"
    assert jo.get(f"{path}/file").status_code == 200
    house.clock.ahead += timedelta(minutes=11)
    assert jo.get(f"{path}/file").status_code == 401, "not without the second factor of just now"
    house.clock.ahead -= timedelta(minutes=11)


def name_staff(house: House, reference: str, number: int) -> None:
    """The record is about this member of staff."""
    with house.store.database.reading() as db:
        case, now = casefile.find(db, reference), house.clock()
    put = lambda db: about.set_part(db.connection(), "dudley", case, "named", (number,), now)  # noqa: E731 - one write
    house.store.writer.write(put).result(10)


def test_an_answer_is_put_right_and_the_old_one_kept(house: House, jo: Browser) -> None:
    reference = sent(house)
    path = f"/staff/record/{reference}/rights"
    assert "Quillfeather" in shown(jo, path)
    new = {"step": "story", "words": "Quillfaether laughed at me.", "because": "Spelt out by the person on the phone"}
    assert jo.post(f"{path}/correct", {**new, "because": ""}).status_code == 422
    assert jo.post(f"{path}/correct", new).status_code == 303
    page = shown(jo, f"/staff/record/{reference}")
    account = page.partition('id="h-account"')[2].partition("</section>")[0]
    assert "Quillfaether" in account and "Quillfeather" not in account
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
        said = [entry for one in rights.said(db, house.store.vault, case) for entry in one["entries"]]
    assert any("Quillfeather" in " ".join(one.get("words", ())) for one in said), "the history has both"
    assert reference in shown(jo, "/staff/records?q=Quillfaether")


def test_a_limited_record_is_seen_and_not_worked_with(house: House, jo: Browser) -> None:
    reference = sent(house)
    path = f"/staff/record/{reference}/rights"
    assert reference in shown(jo, "/staff/today?list=new")
    assert jo.post(f"{path}/mark", {"mark": "limited", "why": ""}).status_code == 422
    assert jo.post(f"{path}/mark", {"mark": "limited", "why": "They dispute what stands there."}).status_code == 303
    assert "Its use is limited" in shown(jo, f"/staff/record/{reference}")
    assert reference not in shown(jo, "/staff/today?list=new") and reference in shown(jo, "/staff/today?list=limited")
    events = re.findall(r'name="events" value="(\d+)"', shown(jo, f"/staff/record/{reference}"))[0]
    answer = jo.post(f"/staff/record/{reference}/work", {"event": "acknowledged", "events": events})
    assert answer.status_code == 422 and "limited" in answer.text
    assert jo.post(f"{path}/mark", {"mark": "limited", "lift": "yes", "why": "Settled."}).status_code == 303
    assert reference in shown(jo, "/staff/today?list=new")


def test_erasing_needs_a_ground_and_stops_at_a_hold(house: House, jo: Browser) -> None:
    reference = sent(house)
    path = f"/staff/record/{reference}/rights"
    assert jo.post(f"{path}/mark", {"mark": "hold", "why": "A court."}).status_code == 303
    assert "It is held" in shown(jo, f"{path}/erase")
    assert reference in jo.get("/staff/export?list=all").text
    sure: dict[str, Any] = {"ground": "asked", "sure": "yes", "anyway": "mistake"}
    assert jo.post(f"{path}/erase", sure).status_code == 422
    assert jo.post(f"{path}/mark", {"mark": "hold", "lift": "yes", "why": "Over."}).status_code == 303
    assert "A time limit runs" in shown(jo, f"{path}/erase")
    assert jo.post(f"{path}/erase", {"sure": "yes", "ground": "asked"}).status_code == 422
    assert jo.post(f"{path}/erase", sure).status_code == 303
    assert "Erased for good" in jo.get("/staff/rights").text
    assert jo.get(f"/staff/record/{reference}").status_code == 404
    assert audited(house, reference) == [] and "rights.erase" in audited(house)
    assert reference not in shown(jo, "/staff/settings/audit")
    exports = ("/staff/export?list=all", "/staff/reports/file?level=internal", "/staff/settings/audit/export")
    for one in exports:
        answer = jo.get(one)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv"), one
        assert reference not in answer.text and "Quillfeather laughed" not in answer.text, one


def test_what_was_agreed_to_is_shown_on_the_record(house: House) -> None:
    reference = sent(house)
    officer = house.person("dudley", "officer")
    page = shown(officer, f"/staff/record/{reference}/agreed")
    assert "How is it safe to reach you" in page
    assert officer.get(f"/staff/record/{reference}/rights").status_code == 404


def test_how_long_papers_are_kept_is_seen_before_they_go(house: House, jo: Browser) -> None:
    reference = sent(house, "Long ago.", "+447700900321")
    store = house.store
    with store.database.reading() as db:
        case = casefile.find(db, reference)
    at = datetime(2019, 1, 2, 10).astimezone()
    old = CaseEvent("closed", at, "staff:1")

    def make_old(db: Any) -> None:
        db.connection().execute(update(casefile.EVENT).where(casefile.EVENT.c.case_id == case).values(at=old.at))
        db.connection().execute(
            update(CASE).where(CASE.c.id == case).values(place="closed", begun_at=old.at, filed_at=old.at)
        )
        db.connection().execute(DUE.delete().where(DUE.c.case_id == case))

    store.writer.write(make_old).result(10)
    gone, *_ = house.ready("dudley", ("officer",))

    def left(db: Any) -> None:
        values = {"disabled": True, "seen_at": None, "created_at": old.at}
        db.connection().execute(update(STAFF).where(STAFF.c.id == gone).values(values))

    store.writer.write(left).result(10)
    page = shown(jo, "/staff/settings/retention")
    assert re.search(r"Names of staff who have left</th>.*?May go now\"><span>1<span[^>]*>Jo Brown<", page)
    assert reference in page and "Limitation Act 1980" in page and "Goes" in page
    assert jo.post("/staff/settings/retention", {}).status_code == 422
    number, login, secret = house.ready("dudley", ("complaints",))
    named = house.sign_in(login, secret)
    name_staff(house, reference, number)
    assert reference not in shown(named, "/staff/settings/retention")
    assert named.post("/staff/settings/retention", {"sure": "yes"}).status_code == 303
    assert reference in shown(jo, "/staff/settings/retention"), "nothing goes unseen"
    assert jo.post("/staff/settings/retention", {"sure": "yes"}).status_code == 303
    page = shown(jo, "/staff/settings/retention")
    assert reference not in page and re.search(r"Names of staff who have left</th>.*?May go now\"><span>0</span>", page)
    with store.database.reading() as db:
        assert db.execute(select(STAFF.c.name).where(STAFF.c.id == gone)).scalar_one() == b""
    assert "retention.let_go" in audited(house) and "1 staff" in shown(jo, "/staff/settings/audit")


def test_what_somebody_chose_and_when_they_changed_it_is_seen_copied_and_erased(house: House, jo: Browser) -> None:
    store = house.store
    person = Person(store.writer, "+447700900124", channel="sms", organisation="dudley", endpoint="+441632960000")
    person.now = house.clock() - timedelta(days=3)
    reference = person.complain().reference
    with store.database.reading() as db:
        case = casefile.find(db, reference)

    def log() -> list[consents.Agreed]:
        with store.database.reading() as db:
            return [one for one in consents.log(db, store.vault, case) if one.step == "contact"]

    (first,) = log()
    person.now = first.at + timedelta(days=1)
    assert change(person, "letter", "times"), person.last
    assert len(log()) == 2, (first, person.last)
    before, after = log()
    assert (before, before.now, after.now) == (replace(first, now=False), False, True)
    assert before.answer != after.answer and before.question and after.who == "person"
    page = re.sub(r"\s+", " ", shown(jo, f"/staff/record/{reference}/agreed"))
    said = [page.index(one) for agreed in (before, after) for one in (html.escape(agreed.answer[0]),)]
    assert said == sorted(said) and page.count(html.escape(before.question)) >= 2
    copied = rights_copy.gathered(store, "dudley", [case], rights_copy.Names())[0]["agreed"]
    there = [(one["at"], one["answer"]) for one in copied if one["answer"] in (list(before.answer), list(after.answer))]
    assert len(there) == 2, copied
    sure = {"ground": "asked", "anyway": "mistake", "sure": "yes"}
    assert jo.post(f"/staff/record/{reference}/rights/erase", sure).status_code == 303
    assert log() == []
