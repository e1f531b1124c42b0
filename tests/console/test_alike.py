"""Messages with nearly the same words at the console: a task, a list, one page; closed as pranks, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from console.codes import TASKS
from storage import casefile, models
from storage.models import table
from tests.console.conftest import Browser, House, running
from tests.console.desk import sent

NOW = datetime.now(UTC)
PRANK = "Mister Broccoli has stolen the school again!!"
CASE, TASK = table(models.Case), table(models.Task)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("alike")) as made:
        yield made


def came(house: House, story: str, count: int = 5, organisation: str = "sandwell") -> tuple[str, list[str]]:
    """So many send it; the path of their page, and the records."""
    references = [sent(house, organisation, NOW - timedelta(minutes=90 - n), story) for n in range(count)]
    with house.store.database.reading() as db:
        group = db.execute(select(TASK.c.id).where(TASK.c.why == "alike").order_by(TASK.c.id.desc())).scalars().first()
    return f"/staff/alike/{group}", references


def ticked(page: str) -> list[str]:
    return re.findall(r'name="record" value="([^"]+)" checked', page)


def places(house: House, references: list[str]) -> list[str]:
    with house.store.database.reading() as db:
        found = dict(db.execute(select(CASE.c.reference, CASE.c.place).where(CASE.c.reference.in_(references))).all())
    return [found[one] for one in references]


def pranks(jo: Browser, path: str, records: list[str], why: str = "ICT lesson, said their teacher.") -> str:
    """Close these together; what the next page says."""
    answer = jo.post(f"{path}/pranks", {"record": records, "why": why, "sure": "yes"})
    assert answer.status_code == 303, answer.text
    return jo.get(path).text


def test_a_person_sees_them_together_closes_them_with_a_reason_and_takes_one_back(house: House) -> None:
    path, references = came(house, PRANK)
    jo = house.person("sandwell", "complaints")
    today = jo.get("/staff/today?list=tasks").text
    assert path in today and "5 messages with nearly the same words came since" in today
    listed = jo.get("/staff/today?list=alike").text
    assert path in listed and all(one in listed for one in references)
    page = jo.get(path).text
    assert "Mister Broccoli has stolen the school again!!" in page and "Many may say the same" in page
    assert len(ticked(page)) == 5
    without = jo.post(f"{path}/pranks", {"record": ticked(page)[:2], "why": " "})
    assert without.status_code == 422 and "Write why these are pranks" in without.text
    assert len(ticked(without.text)) == 2, "what was ticked stays so"
    assert places(house, references) == ["new"] * 5, "nothing was closed"
    before = len(house.audited())
    after = pranks(jo, path, ticked(page)[:3])
    assert "Records closed: 3" in after and places(house, references) == ["closed"] * 3 + ["new"] * 2
    assert house.audited()[before:].count("record.prank") == 3 and "records.pranks" in house.audited()[before:]
    history = jo.get(f"/staff/record/{references[0]}").text
    assert "Prank, seen by a person: ICT lesson, said their teacher." in history
    events = re.findall(rf'/record/{references[0]}/prank/undo".*?name="events" value="(\d+)"', after, re.DOTALL)[0]
    group = path.rpartition("/")[2]
    back = jo.post(f"/staff/record/{references[0]}/prank/undo", {"events": events, "group": group})
    assert back.status_code == 303 and back.headers["Location"] == path
    assert f"{references[0]} is open again." in jo.get(path).text
    assert places(house, references) == ["new", "closed", "closed", "new", "new"]
    stale = jo.post(f"/staff/record/{references[0]}/prank/undo", {"events": events, "group": group})
    assert stale.status_code == 303 and "Nothing was changed" in jo.get(path).text
    pranks(jo, path, ticked(jo.get(path).text))
    assert TASKS["alike"] not in jo.get("/staff/today?list=tasks").text
    assert path not in jo.get("/staff/today?list=tasks").text, "nothing is left to look at"


def test_a_sign_of_danger_is_never_closed_with_others_whatever_is_sent(house: House) -> None:
    path, references = came(
        house, "Miss Turnip eats all our homework. My dad hits me every day.", organisation="dudley"
    )
    jo = house.person("dudley", "complaints")
    page = jo.get(path).text
    assert not ticked(page) and page.count("Sign of danger</strong>") >= 5
    with house.store.database.reading() as db:
        events = len(casefile.events(db, house.store.vault, casefile.find(db, references[0])))
    said = pranks(jo, path, [f"{references[0]}.{events}", "HB-0000-00.1", "nonsense"])
    assert "Records closed: 0" in said and "Left as they are: 1 (Sign of danger)" in said
    assert "Left as they are: 2 (Something happened to it just now)" in said
    assert places(house, references) == ["new"] * 5


def test_who_may_not_decide_sees_them_and_closes_none(house: House) -> None:
    path, references = came(house, "The moon cheese in our canteen is green and angry.", organisation="childrens-links")
    worker = house.person("childrens-links", "participation")
    page = worker.get(path)
    assert page.status_code == 200 and not ticked(page.text) and "Whoever may close records" in page.text
    assert worker.post(f"{path}/pranks", {"record": references, "why": "x", "sure": "yes"}).status_code == 403
    seen = worker.post(f"/staff/task/{path.rpartition('/')[2]}/done")
    assert seen.status_code == 303 and path not in worker.get("/staff/today?list=tasks").text
    assert "Seen: they stay as they are" not in worker.get(path).text and places(house, references) == ["new"] * 5
    for other in (house.person("dudley", "complaints"), house.person("childrens-links", "safeguarding")):
        assert other.get(path).status_code == 404
    assert worker.get("/staff/alike/1").status_code == worker.get("/staff/alike/x").status_code == 404
