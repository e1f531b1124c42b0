"""Learning from the record to the public page: who may, what is refused, what is counted, what is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from sqlalchemy import insert

import locales
from bot import jobs
from bot.preview import previewer
from casework.learning import CHECKLIST, SEGMENTS
from console import guard
from flows.session import Voice
from storage import casefile, models, news, news_page
from storage.models import table
from storage.news import Words
from tests.console.conftest import Browser, House, running
from tests.console.desk import DESKTOP, PHONE, chromium, overflows, serious
from tests.locales.identify_figures import CHECK
from tests.storage.people import Person

THEME = "delay"
WORDS = {"language": "en", "title": "Ringing back", "said": "Nobody rings us back.", "did": "A person now rings back."}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("learning")) as made:
        yield made


@pytest.fixture(scope="module")
def boss(house: House) -> Browser:
    return house.person("dudley", "complaints")


def complaint(house: House, organisation: str = "dudley", channel: str = "web") -> str:
    """The reference of a complaint with the theme, from somebody who may be told."""
    person = Person(house.store.writer, organisation=organisation, channel=channel, endpoint="web")
    person.now = house.clock() - timedelta(minutes=5)
    reference = person.complain().reference
    with house.store.database.reading() as db:
        case = casefile.find(db, reference)
    row = {"case_id": case, "fact": "theme", "value": THEME, "organisation": organisation}
    house.store.writer.write(lambda db: db.connection().execute(insert(table(models.CaseFact)), row)).result(10)
    return reference


def form(house: House, **more: Any) -> dict[str, Any]:
    day = house.clock().date()
    owner = house.add("dudley", ["officer"])[0]
    return {
        "learned": "Calls were forgotten.\nAgain and again.", "action": "A list of calls.", "owner": str(owner),
        "due": (day + timedelta(days=30)).isoformat(), "themes": THEME, **more,
    }  # fmt: skip


def added(house: House, who: Browser, **more: Any) -> str:
    """The path of a new action."""
    answer = who.post("/staff/learning/new", form(house, **more))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def done(who: Browser, path: str) -> None:
    assert who.post(f"{path}/done", {"evidence": "Looked at the list."}).status_code == 303


def ready(house: House, who: Browser, **more: Any) -> str:
    path = added(house, who, **more)
    done(who, path)
    assert who.post(f"{path}/said", WORDS).status_code == 303
    return path


def kinds(house: House, reference: str) -> list[str]:
    with house.store.database.reading() as db:
        return [one.kind for one in casefile.events(db, house.store.vault, casefile.find(db, reference))]


def test_from_a_record_to_whether_it_lasted(house: House, boss: Browser) -> None:
    reference, other = complaint(house), complaint(house)
    shown = boss.get(f"/staff/record/{reference}").text
    assert "do-learned" not in shown, "there is one way of doing it"
    page = boss.get(f"/staff/learning/new?record={reference}").text
    assert f'value="{reference}"' in page
    path = added(house, boss, records=reference)
    assert kinds(house, reference)[-1] == "learned"
    assert boss.post(f"{path}/link", {"records": f"{other}, {reference}"}).status_code == 303
    page = boss.get(path).text
    assert reference in page and other in page and "Calls were forgotten." in page
    todo = boss.get(f"/staff/record/{other}").text
    assert f"/staff/learning?record={other}" in todo
    assert "Calls were forgotten." in boss.get(f"/staff/learning?record={other}&state=open").text
    done(boss, path)
    assert kinds(house, other)[-1] == "learning_done" == kinds(house, reference)[-1]
    answer = boss.post(f"{path}/check", {"lasted": "no", "note": "Forgotten again"})
    assert answer.status_code == 422 and "done again" in answer.text
    later = (house.clock().date() + timedelta(days=60)).isoformat()
    assert boss.post(f"{path}/check", {"lasted": "no", "note": "Forgotten again", "due": later}).status_code == 303
    done(boss, path)
    assert boss.post(f"{path}/check", {"lasted": "yes", "note": "Kept since"}).status_code == 303
    assert "Lasted" in boss.get(path).text
    assert "learning.done" in house.audited()


def test_what_is_wrong_with_the_form_is_said_and_nothing_typed_is_lost(house: House, boss: Browser) -> None:
    answer = boss.post("/staff/learning/new", {"learned": "Kept words", "records": "HB-2222-22 nonsense"})
    assert answer.status_code == 422
    for text in ("Kept words", "There is no record HB-2222-22", "Choose who owns it", "Write what is done about it"):
        assert text in answer.text
    path = added(house, boss)
    stale = form(house, version="7", action="Another")
    answer = boss.post(f"{path}/change", stale)
    assert (
        answer.status_code == 422 and "Somebody has changed this meanwhile" in answer.text and "Another" in answer.text
    )
    assert boss.post(f"{path}/change", {**stale, "version": "1"}).status_code == 303
    assert boss.post(f"{path}/done", {}).status_code == 422
    assert boss.post(f"{path}/link", {"records": " ".join(["HB-2222-22"] * 11)}).status_code == 422


def test_it_is_overdue_in_today(house: House, boss: Browser) -> None:
    path = added(house, boss, learned="Late learning", due=house.clock().date().isoformat())
    assert "Late learning" not in boss.get("/staff/today").text
    ahead = house.clock.ahead
    house.clock.ahead += timedelta(days=2)
    try:
        mine = house.person("dudley", "complaints")
        assert "Late learning" in mine.get("/staff/today").text
        assert "Late learning" in mine.get("/staff/learning?state=overdue").text
        done(mine, path)
        assert "Late learning" not in mine.get("/staff/today").text
    finally:
        house.clock.ahead = ahead


def test_a_team_manager_has_their_own_services_only(house: House, boss: Browser) -> None:
    own, other = list(house.site.profiles["dudley"].services)[1:3]
    manager = house.person("dudley", "manager", services=[own])
    mine, theirs = added(house, boss, services=own), added(house, boss, services=other)
    assert manager.get(mine).status_code == 200 and manager.get(theirs).status_code == 404
    assert manager.post(f"{theirs}/done", {"evidence": "x"}).status_code == 404
    answer = manager.post("/staff/learning/new", form(house))
    assert answer.status_code == 422 and "Choose at least one of your services" in answer.text
    assert added(house, manager, services=own)
    elsewhere = complaint(house)
    answer = manager.post("/staff/learning/new", form(house, services=own, records=elsewhere))
    assert answer.status_code == 422 and elsewhere in answer.text
    stranger = house.person("sandwell", "complaints")
    assert stranger.get(mine).status_code == 404
    assert house.person("dudley", "reports").get("/staff/learning").status_code == 403


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("HB-7K3M-2Q was right.", "number of a record"),
        ("hb 7k3m 2q was right.", "number of a record"),
        ("Keep 1234 5678 9012 3456.", "looks like a receipt"),
        ("Keep ١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦.", "looks like a receipt"),
        ("Write to jo@example.org.", "is an address"),
        ("Jo Brown now rings back.", "names somebody who works here"),
        ("At Maple House we ring back.", "names a small home"),
    ],
)
def test_words_that_lead_to_somebody_are_refused(house: House, boss: Browser, text: str, why: str) -> None:
    path = added(house, boss)
    answer = boss.post(f"{path}/said", {**WORDS, "did": text})
    assert answer.status_code == 422 and why in answer.text and text in answer.text
    assert boss.post(f"{path}/said", {**WORDS, "did": "We ring 12 families in 2026, by 16:30."}).status_code == 303


def test_publishing_is_confirmed_by_a_person_and_new_words_take_it_off(house: House, boss: Browser) -> None:
    path = added(house, boss)
    assert boss.post(f"{path}/said", WORDS).status_code == 303
    every = {"confirmed": list(CHECKLIST)}
    answer = boss.post(f"{path}/said/publish", every)
    assert answer.status_code == 422 and "Record first that it was done" in answer.text
    done(boss, path)
    answer = boss.post(f"{path}/said/publish", {"confirmed": list(CHECKLIST)[:2]})
    assert answer.status_code == 422 and "Tick each of these" in answer.text
    assert boss.post(f"{path}/said/publish", every).status_code == 303

    def there() -> int:
        with house.store.database.reading() as db:
            return len(news_page.published(db, "dudley"))

    assert there() == 1 and "Take it off the page" in boss.get(f"{path}/said").text
    worker = house.person("dudley", "participation")
    assert worker.post(f"{path}/said/withdraw").status_code == 403
    assert worker.post(f"{path}/said", {**WORDS, "did": "Something else."}).status_code == 303
    assert there() == 0
    assert boss.post(f"{path}/said/publish", every).status_code == 303
    assert boss.post(f"{path}/said/withdraw").status_code == 303 and there() == 0


def test_it_is_counted_sent_and_seen(house: House, boss: Browser) -> None:
    complaint(house)
    path = ready(house, boss)
    page = boss.get(f"{path}/said/send").text
    assert "Count them" in page and "may be told now" not in page
    page = boss.get(f"{path}/said/send?count=1").text
    found = re.search(r"<strong>(\d+)</strong>may be told now", page)
    assert found and int(found[1]) >= 1
    day = house.clock().date().isoformat()
    assert boss.post(f"{path}/said/send", {"since": day, "until": "soon"}).status_code == 422
    worker = house.person("dudley", "participation")
    assert worker.post(f"{path}/said/send", {"since": day, "until": day}).status_code == 403
    sent = boss.post(f"{path}/said/send", {"since": date(2026, 1, 1).isoformat(), "until": day})
    assert sent.status_code == 303
    jobs.work_due(house.store, house.clock)
    page = boss.get(f"{path}/said").text
    assert "Everybody was dealt with" in page and f"<strong>{found[1]}</strong>people told" in page
    assert "There is nobody to tell now." in boss.get(f"{path}/said/send?count=1").text


#: Two sentences as an organisation would write them; in other languages two of about that length.
SENTENCES = {
    **{
        entry.code: tuple((CHECK / f"{entry.code}.txt").read_text("utf-8").splitlines()[:2])
        for entry in locales.offered()
    },
    "en": ("Nobody rings us back when we leave a message.", "Every call is written down now, and a person rings back."),
    "cy": ("Does neb yn ffonio'n ôl pan adawn ni neges.", "Mae rhywun yn ffonio'n ôl nawr o fewn diwrnod."),
    "ar": ("لا أحد يعاود الاتصال بنا.", "نكتب كل مكالمة الآن، ويتصل شخص خلال يوم."),
    "pl": ("Nikt do nas nie oddzwania.", "Zapisujemy teraz każdy telefon i ktoś oddzwania."),
}


def test_what_is_sent_fits_a_text_message_in_every_language(house: House) -> None:
    preview = previewer(4)
    for code, (said, did) in SENTENCES.items():
        for register in ("", "young", "child"):
            world = house.store.worlds("dudley")
            message = news.compose(world, Words(code, "", said, did), Voice(code, register))
            assert message.language == code and said in message.lines[1] and did in message.lines[2]
            found = preview("sms", "\n\n".join(message.lines), code)
            most = max(SEGMENTS[part["alphabet"]] for part in found["parts"])
            assert found["segments"] <= most, (code, register, found)


def test_the_pages_look_right_and_work_for_everybody(house: House, boss: Browser) -> None:
    path = ready(house, boss, learned="Calls were forgotten. " * 6, records=complaint(house))
    with chromium() as browser:
        for size, dark in ((DESKTOP, False), (PHONE, True), ({"width": 320, "height": 700}, False)):
            look(house, browser, boss, path, size, dark)


def look(house: House, browser: Chromium, boss: Browser, path: str, size: dict[str, int], dark: bool) -> None:
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]  # a size
    held = boss.cookie(guard.SESSION)
    context.add_cookies([{"name": guard.SESSION, "value": held, "url": house.url}])
    page = context.new_page()
    for shown in ("/staff/learning", "/staff/learning/new", path, f"{path}/change", f"{path}/said",
                  f"{path}/said?lang=ar", f"{path}/said/send?count=1", "/staff/today"):  # fmt: skip
        page.goto(house.url + shown)
        assert page.locator("h1").count() == 1 and serious(page) == [] and not overflows(page), shown
    context.close()
