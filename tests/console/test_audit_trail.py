"""What is done is written down with the deed, refusals too, and a list names every record that it showed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from console.entering_form import name as form_field
from console.page import PUBLIC
from console.pages import every
from storage import about, audit
from tests.console.conftest import Browser, House, running
from tests.refusing import refusing
from tests.storage.people import Person

#: Pages that nobody needs to answer for having looked at, and why.
NOTHING_TO_SEE = {
    "home": "it leads on",
    "prove": "it asks for a code",
    "recovery-codes": "one's own, once",
    "account": "one's own",
    "record.changes": "asked again and again by a page that was noted: a number, nothing of the record",
    "settings": "what there is to be set",
    "settings.procedure": "the procedure, which is public",
    "settings.services": "the services and how many cases each held",
    "settings.campaigns": "campaigns, which are public, and counts",
    "settings.campaigns.qr.svg": "printed",
    "settings.campaigns.poster": "printed",
    "settings.templates": "wordings",
    "settings.holidays": "days",
    "settings.holidays.look": "days, and counts",
    "settings.integration.qr.svg": "printed",
    "settings.integration.poster": "printed",
    "settings.integration.poster.pdf": "printed",
    "enter": "an empty form",
    "forms": "which forms can be printed",
    "learning.new": "an empty form",
    "settings.staff.add": "an empty form",
    "settings.campaigns.add": "an empty form",
    "settings.campaigns.change": "a campaign, which is public",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("trail")) as made:
        yield made


@pytest.fixture
def jo(house: House) -> Browser:
    return house.person("dudley", "complaints", "administrator", "participation")


def filed(house: House, organisation: str = "dudley", story: str = "") -> str:
    person = Person(house.store.writer, organisation=organisation, endpoint="web")
    person.story = story or person.story
    return person.complain().reference


def lines(house: House, reference: str) -> list[str]:
    """What the audit says of a record, the oldest first."""
    with house.store.database.reading() as db:
        found = audit.entries(db, "dudley", audit.Asked(reference=reference))
    return [one.what for one in reversed(found)]


# With the deed ------------------------------------------------------------------------------------


#: Path, form, what the audit calls it, the table that it writes to.
DEEDS: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("/record/{reference}/interpreter", {}, "record.interpreter", "task"),
    ("/record/{reference}/rights/mark", {"mark": "hold", "why": "A court has asked"}, "rights.mark", "case_mark"),
    ("/record/{reference}/restrict", {"restriction": "conduct"}, "record.restrict", "restriction"),
    ("/rights", {"records": "{reference}"}, "rights.begin", "rights_request"),
    ("/settings/campaigns/add", {"name": "Summer", "code": "summer26"}, "campaign.add", "campaign"),
    ("/settings/integration/webhooks", {"url": "https://case.example.org/told"}, "integration.webhook", "webhook"),
    (
        "/settings/alerts",
        {"label": "Duty", "address": "jsons://example.org/x", "tier": "duty", "names": ""},
        "alerts.add",
        "alert_route",
    ),
    (
        "/settings/staff/add",
        {"login": "new@example.org", "name": "Ann New", "roles": "officer"},
        "staff.add",
        "staff",
    ),
    ("/enter", {"kind": "complaint", "drawn": "a" * 32, "channel": "phone", "day": "{day}", "language": "en"}
     | {form_field("story"): "The minibus never came."}, "enter", "cases"),
    ("/record/{other}/rights/erase", {"ground": "asked", "anyway": "mistake", "sure": "yes"}, "rights.erase",
     "case_event"),
)  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=[one[2] for one in DEEDS])
def test_a_deed_and_its_line_are_one_transaction(
    house: House, jo: Browser, monkeypatch: pytest.MonkeyPatch, deed: tuple[str, dict[str, str], str, str]
) -> None:
    path, form, what, table = deed
    places = {"reference": filed(house), "other": filed(house), "day": house.clock().date().isoformat()}
    given = {name: value.format(**places) for name, value in form.items()}
    address, token = "/staff" + path.format(**places), jo.token()

    def state() -> tuple[int, int]:
        return house.count(table), house.audited().count(what)

    before = state()
    with refusing(house.store, 0):
        answer = jo.post(address, given, token=token)
    assert answer.status_code == 503 and "Nothing was saved" in answer.text and state() == before
    with monkeypatch.context() as broken:
        broken.setattr(audit, "note", _away)
        assert jo.post(address, given, token=token).status_code == 500
    assert state() == before, "without its line the deed is not done"
    with refusing(house.store, 1):
        answer = jo.post(address, given, token=token)
    assert answer.status_code in (200, 303), "what came after the one transaction takes nothing back"
    after = state()
    assert after[0] != before[0] and after[1] == before[1] + 1 and house.audited()[-1] == what


def _away(*_: Any) -> int:
    raise RuntimeError("no line")


def test_a_line_of_what_saved_nothing_is_not_mistaken_for_the_deed(house: House) -> None:
    """A look is not shown without its line; what is typed again after a save that failed half is not said lost."""
    jo, reference = house.person("dudley", "complaints"), filed(house)
    token = jo.token()
    with refusing(house.store, 0):
        assert jo.get(f"/staff/record/{reference}").status_code == 503
        drawn = jo.post(f"/staff/record/{reference}/reply", {"do": "preview", "text": "Dear Sam"}, token=token)
    assert drawn.status_code == 503 and "Dear Sam" in drawn.text
    with refusing(house.store, 1):
        assert jo.get(f"/staff/record/{reference}").status_code == 200
    assert lines(house, reference) == ["record"]


def test_a_try_that_was_wrong_is_not_written_down_as_done(house: House) -> None:
    jo = house.signed_in(house.ready()[0])
    before = house.audited()
    assert jo.post("/staff/prove", {"code": "000000"}).status_code == 422
    assert jo.post("/staff/account/password", {"password": "x", "new_password": "y"}).status_code == 422
    manager = house.person("dudley", "complaints")
    assert manager.post("/staff/settings/rota/7/remove").status_code == 404
    assert house.audited() == [*before, "refused.rota.remove"]


# Refused ------------------------------------------------------------------------------------------


def test_a_refusal_is_written_down_once_a_minute_and_tells_of_no_record(house: House) -> None:
    theirs, mine = filed(house, "sandwell"), filed(house)
    number, _ = house.add("dudley", ("officer",))
    jo = house.signed_in(number)

    def refused() -> list[tuple[str, str]]:
        with house.store.database.reading() as db:
            return [
                (one.what, one.reference)
                for one in audit.entries(db, "dudley", audit.Asked(staff=number, what=audit.REFUSED))
            ]

    for reference in (theirs, "HB-2222-22", theirs, "nonsense"):
        assert jo.get(f"/staff/record/{reference}").status_code == 404
    assert refused() == [("refused.record", "")], "once, and the same whether there is a record or not"
    assert jo.get("/staff/settings/staff").status_code == 403
    assert jo.post(f"/staff/record/{mine}/restrict", {"restriction": "conduct"}).status_code == 404
    assert (
        jo.post("/staff/account/language", {"language": "cy"}, headers={"Origin": "https://evil.example"}).status_code
        == 403
    )
    assert refused()[:-1] == [
        ("refused.account.language", ""), ("refused.record.restrict", ""), ("refused.staff.list", ""),
    ]  # fmt: skip
    keeper = house.person("dudley", "complaints")
    assert keeper.post(f"/staff/record/{mine}/restrict", {"restriction": "conduct"}).status_code == 303
    house.clock.ahead += timedelta(minutes=1)
    assert jo.get(f"/staff/record/{mine}").status_code == 403
    assert refused()[0] == ("refused.record", "") and len(refused()) == 5
    assert jo.get("/staff/nothing/here").status_code == 404 and len(refused()) == 5, "that is no page"
    page = keeper.get("/staff/settings/audit?what=refused").text
    assert "Was refused: Read a record" in page and theirs not in page


def test_a_refusal_is_answered_though_nothing_can_be_written(house: House) -> None:
    jo = house.person("dudley", "officer")
    with refusing(house.store, 0):
        assert jo.get("/staff/settings/staff").status_code == 403


# Looked at ----------------------------------------------------------------------------------------


def test_every_page_is_written_down_or_says_why_not() -> None:
    unseen = {
        page.name
        for page in every()
        if page.method == "GET" and page.permission != PUBLIC
        if page.quiet or not (page.audit or page.about_a_record)
    }  # fmt: skip
    assert unseen == set(NOTHING_TO_SEE)


def test_a_list_names_every_record_that_it_showed_and_is_one_line(house: House) -> None:
    references = [filed(house, story="A man with a knife waits for me.") for _ in range(3)]
    number, _ = house.add("dudley", ("complaints",))
    jo = house.signed_in(number)
    looks = {
        "/staff/today?list=new": "records.list",
        "/staff/records": "records.search",
        "/staff/export": "records.export",
        "/staff/weekly": "records.week",
        "/staff/alerts": "alerts.list",
    }
    for path, what in looks.items():
        before = house.count("audit")
        answer = jo.get(path)
        assert answer.status_code == 200 and house.count("audit") == before + 1
        for reference in references:
            assert lines(house, reference).count(what) == (reference in answer.text), (path, reference)
        assert references[0] in answer.text, path
    assert jo.get(f"/staff/records?q={references[1]}").status_code == 303
    assert lines(house, references[1])[-1] == "records.search" != lines(house, references[0])[-1]
    ids = [str(one) for one in _signs(house, references[:2])]
    before = house.count("audit")
    assert jo.post("/staff/alerts", {"alert": ids}).status_code == 303
    assert house.count("audit") == before + 1
    assert [lines(house, one)[-1] for one in references] == ["alerts.acknowledge", "alerts.acknowledge", "alerts.list"]
    page = jo.get(f"/staff/record/{references[0]}/seen").text
    assert "Exported a list of records" in page and "Looked at the weekly list" in page and "Records: " in page
    with house.store.database.reading() as db:
        assert audit.verify(db, "dudley") is None
        hidden = audit.Asked(reference=references[0], unnamed=number)
        assert "records.export" in [one.what for one in audit.entries(db, "dudley", hidden)]


def _signs(house: House, references: list[str]) -> list[int]:
    with house.store.database.reading() as db:
        asked = ", ".join(f"'{one}'" for one in references)
        query = "SELECT alert.id FROM alert JOIN cases ON cases.talk = alert.talk WHERE cases.reference IN"
        return [row[0] for row in db.exec_driver_sql(f"{query} ({asked})")]


def test_whoever_a_record_names_does_not_see_that_it_was_in_a_list(house: House) -> None:
    reference, other = filed(house), filed(house)
    number, _ = house.add("dudley", ("complaints",))
    house.person("dudley", "complaints").get("/staff/records")
    with house.store.database.reading() as db:
        found = about.about(db, "dudley", reference)
    at = house.clock()
    house.store.writer.write(
        lambda db: about.set_part(db.connection(), "dudley", found.id, "named", (number,), at)
    ).result(10)
    with house.store.database.reading() as db:
        assert audit.entries(db, "dudley", audit.Asked(reference=reference, unnamed=number)) == []
        assert audit.entries(db, "dudley", audit.Asked(reference=other, unnamed=number))
