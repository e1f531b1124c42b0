"""Erasing one person, or one record of several: nothing of them is left, and nothing that is counted changes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from benchmarks import desk
from bot import jobs
from bot.work import tidying
from casework.calendar import LONDON
from casework.offer import Name
from casework.procedure import load
from casework.report_where import EVERYTHING, has
from casework.retention import Keep
from storage import (
    audit,
    casefile,
    counting,
    models,
    rights,
    rights_copy,
    rights_erasing,
    rights_requests,
    rights_retention,
)
from storage.bits import Counts
from storage.cases import Cases
from storage.counting import UNCOUNTED
from storage.dues import DUE
from storage.erasing import doomed
from storage.jobs import planned
from storage.models import table
from storage.rights_copy import Names
from storage.rights_erasing import Kept
from storage.secrets import Erased
from storage.store import Store, open_store
from tests.faults.record import tried
from tests.storage import theirs
from tests.storage.conftest import Site
from tests.storage.people import Person
from tests.storage.plainworld import PROFILES

CASE = table(models.Case)
TALK = table(models.Talk)
INBOUND = table(models.Inbound)
FACT = table(models.CaseFact)
AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
SECRET = "Quillfeather the key worker laughed at me at Hollowbrook"
PLANTED = "Quillfeather-7143-wept"
#: The one whom everything is about: what they and others said.
NUMBER = "+447700900123"


def filed(store: Store, story: str = SECRET, sender: str = NUMBER, person: Person | None = None) -> tuple[Person, int]:
    """Somebody complains by text; them and their record."""
    person = person or Person(store.writer, sender, channel="sms")
    person.story, person.last = story, None
    reference = person.complain().reference
    with store.database.reading() as db:
        return person, casefile.find(db, reference)


def erase(store: Store, *cases: int, anyway: bool = True) -> None:
    store.writer.dooming(lambda db: rights_erasing.erase(db, store.vault, cases, anyway=anyway)).result(20)
    until = time.monotonic() + 20
    while doomed(store.database) and time.monotonic() < until:
        store.writer.write(lambda db: None).result(20)  # keys and files end a moment after the commit


def facts(store: Store) -> list[Any]:
    """Everything that reports count."""
    with store.database.reading() as db:
        query = select(FACT.c.case_id, FACT.c.fact, FACT.c.value).where(FACT.c.fact.not_in(UNCOUNTED))
        return sorted(db.execute(query).all())


def row(store: Store, case: int) -> Any:
    with store.database.reading() as db:
        return db.execute(select(CASE).where(CASE.c.id == case)).mappings().one()


def found(folder: Path, needles: Iterable[bytes]) -> set[bytes]:
    """Which of these bytes stand in any file of a folder."""
    contents = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return {needle for needle in needles for content in contents if needle in content}


def test_a_person_is_gone_from_every_table(site: Site) -> None:
    store = site.open()
    person, case = filed(store)
    filed(store, "Somebody else.", "+447700900999")
    reference = row(store, case)["reference"]
    before, sent = facts(store), row(store, case)["filed_at"]
    store.writer.write(lambda db: audit.note(db.connection(), "example", 1, "record", reference, AT)).result(20)
    erase(store, case)
    assert facts(store) == before, "what is counted stays as it is"
    after = row(store, case)
    assert (after["reference"], after["place"], after["receipt_hash"]) == (f"erased:{case}", "", None)
    midnight = datetime.combine(sent.astimezone(LONDON).date(), clock(), LONDON)
    assert sent != midnight and after["begun_at"] == after["filed_at"] == midnight, "of the moment the day is left"
    with store.database.reading() as db:
        moments = db.execute(select(INBOUND.c.at).where(INBOUND.c.talk == after["talk"])).scalars().all()
        assert len(moments) > 3 and set(moments) == {midnight}
        assert casefile.events(db, store.vault, case) == ()
        assert audit.entries(db, "example", audit.Asked(reference=reference)) == []
        assert [one.what for one in audit.entries(db, "example")] == ["record"], "that it was looked at stays"
        assert audit.verify(db, "example") is None
        with pytest.raises(LookupError):
            casefile.find(db, reference)
    assert person.say("Hello again").messages, "they may write again, as somebody nobody knows"
    assert person.last is not None


def test_a_sibling_on_the_same_telephone_loses_nothing(site: Site) -> None:
    store = site.open()
    person, first = filed(store, "Quillfeather shouted at me.")
    person, second = filed(store, "My sister is cold at night.", person=person)
    old = row(store, first)["key"]
    cases = Cases(store.database, store.vault)
    kept = cases.show(row(store, second)["reference"])
    erase(store, first)
    again = cases.show(row(store, second)["reference"])
    assert again["entries"] == kept["entries"]
    assert row(store, second)["key"] != old
    with store.database.reading() as db:
        assert casefile.events(db, store.vault, first) == ()
        with pytest.raises(Erased):
            store.vault.unseal("nothing", b"\x01" + old.to_bytes(8, "big") + b"\0" * 30)
    assert person.say("Anything more?").messages, "the talk goes on"
    erase(store, second)
    assert row(store, second)["place"] == ""


def test_what_is_held_or_goes_on_is_not_erased(site: Site) -> None:
    store = site.open()
    _, case = filed(store)
    with pytest.raises(Kept) as refused:
        erase(store, case, anyway=False)
    assert [one.why for one in refused.value.against] == ["clock"]
    mark = ("hold", "A court has asked for it.", "staff:1", AT)
    store.writer.write(lambda db: rights.put_mark(db, store.vault, case, *mark)).result(20)
    with pytest.raises(Kept) as refused:
        erase(store, case, anyway=True)
    assert [(one.why, one.absolute) for one in refused.value.against] == [("hold", True)]
    with store.database.reading() as db:
        assert rights.marks(db, store.vault, case)["hold"].why == "A court has asked for it."
        assert [event.kind for event in casefile.events(db, store.vault, case)][-1] == "held"
    lift = ("hold", "The court has decided.", "staff:1", AT)
    store.writer.write(lambda db: rights.lift_mark(db, store.vault, case, *lift)).result(20)
    erase(store, case, anyway=True)
    assert row(store, case)["place"] == ""


def test_a_sign_of_danger_that_nobody_has_seen_stands_against_it(site: Site) -> None:
    store = site.open()
    _, case = filed(store, "He keeps hitting me.")
    with store.database.reading() as db:
        assert [one.why for one in rights_erasing.against(db, [case])] == ["danger"]


def test_a_copy_goes_with_the_record(site: Site) -> None:
    store = site.open()
    _, case = filed(store)
    number = store.writer.write(
        lambda db: rights_requests.begin(db, store.vault, "example", "access", [case], "staff:1", AT)
    ).result(20)

    def request() -> Any:
        with store.database.reading() as db:
            return rights_requests.one(db, store.vault, "example", number)

    store.writer.write(lambda db: rights_requests.cover(db, store.vault, request(), {"Quillfeather": ""})).result(20)
    assert request().covered == {"Quillfeather": ""} and request().cases and request().due.isoformat() == "2027-01-01"
    erase(store, case)
    assert request().state == "done" and not request().covered and not request().cases


def test_a_stray_talk_goes_and_one_with_a_record_stays(site: Site) -> None:
    store = site.open()
    Person(store.writer, "+447700900777", channel="sms").say("hello")
    filed(store)
    with store.database.reading() as db:
        talks = list(db.execute(select(table(models.Talk).c.id)).scalars())
    count = store.writer.dooming(lambda db: rights_erasing.erase_stray(db, store.vault, talks)).result(20)
    assert count == 1


def test_while_somebody_reads_the_log_is_emptied_as_soon_as_they_are_done(sqlite_site: Site) -> None:
    """Readers keep what stood before; nobody waits for them, and then it goes. Also what a person erases themselves."""
    store, now = sqlite_site.open(), datetime.now(UTC)
    _, case = filed(store)
    stray = Person(store.writer, "+447700900777", channel="sms")
    stray.say("hello")
    reference = row(store, case)["reference"].encode()
    with store.database.reading() as db:
        talk = db.execute(select(TALK).where(TALK.c.id != row(store, case)["talk"])).mappings().one()
    theirs = [reference, row(store, case)["receipt_hash"], talk["session"], talk["address"]]
    assert looked(store, now) and not waits(store)
    with store.database.reading() as reader:
        assert reader.execute(select(CASE.c.reference).where(CASE.c.id == case)).scalar()
        stray.say("delete")
        stray.say("yes")
        erase(store, case)
        keys = select(TALK.c.key).where(TALK.c.id == talk["id"])
        with store.database.reading() as db:
            assert db.execute(keys).scalar() != talk["key"], "they have erased it"
        began = time.monotonic()
        assert not looked(store, now) and waits(store), "it waits for whoever reads"
        assert time.monotonic() - began < 2, "and nobody for that"
        assert found(sqlite_site.folder, theirs), "what they read is there still"
        assert stray.say("Hello again").messages
    later = now + tidying.SOON + timedelta(seconds=5)
    assert looked(store, later) and not waits(store)
    assert found(sqlite_site.folder, theirs) == set()


def looked(store: Store, now: datetime) -> bool:
    """Whether nothing is left to tidy, after the job was done where it was due."""
    jobs.work_due(store, lambda: now + timedelta(seconds=5), {tidying.KIND: tidying.run})
    return not waits(store)


def waits(store: Store) -> bool:
    with store.database.reading() as db:
        return planned(db, tidying.KIND, "")


@pytest.mark.parametrize(
    "records", [600, pytest.param(10_000, marks=pytest.mark.soak(only="the same, with more around them"))]
)
def test_no_byte_of_them_is_left_among_many(sqlite_site: Site, records: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database, log, files, keys, copies: searched for every byte that was theirs in any table; counts stay."""
    monkeypatch.setattr(desk, "ORGANISATION", "example")
    crowd, _ = desk.filled(sqlite_site.folder, records)
    with crowd.writing() as db:
        rows = db.execute(select(CASE.c.id, CASE.c.organisation, CASE.c.talk)).mappings().all()
        counting.begin(db, [dict(one) for one in rows], {})
    crowd.close()
    store = open_store(f"sqlite:///{sqlite_site.folder / 'desk.db'}", **sqlite_site.settings())
    try:
        _, other = filed(store, "Somebody else, cold at night.", "+447700900999")
        person = Person(store.writer, NUMBER, channel="sms")
        person.story = f"{SECRET}. He keeps hitting me."
        case = theirs.full(store, person, "example", PLANTED, AT)
        file = copied(store, case)
        needles, tables = theirs.needles(store, case)
        lacking = {one.name for one in theirs.tables()} - tables
        assert lacking == {"learning_case", "news_told"}, "every table has something of theirs; these hold codes only"
        needles |= {file.name.encode(), file.read_bytes()[:64]}
        assert store.database.tidy()
        before, counted = facts(store), counts(store)
        assert counted["everything"] == records + 2
        missing = needles - found(sqlite_site.folder, needles)
        assert len(needles) > 100 and not missing, "they can be found before"
        began = time.monotonic()
        erase(store, case)
        took = time.monotonic() - began
        assert took < 5
        assert looked(store, datetime.now(UTC)), "its log is emptied by the job that was planned for it"
        assert (facts(store), counts(store)) == (before, counted), "no figure of a report changes"
        copied(store, other)
        handed = json.dumps(rights_copy.gathered(store, "example", [other], Names()), ensure_ascii=False).encode()
    finally:
        store.close()
    assert not file.exists()
    words = {PLANTED.encode(), SECRET.encode(), b"Quillfeather", NUMBER.encode()}
    left = found(sqlite_site.folder, needles | words) | {one for one in needles | words if one in handed}
    note = f"{len(needles)} values from {len(tables)} tables; {took * 1000:,.0f} ms"
    tried(
        f"one person of {records:,} erased, every byte looked for (SQLite)",
        1,
        "values",
        len(needles),
        lost=len(left),
        note=note,
    )
    assert left == set()


def counts(store: Store) -> dict[str, int]:
    """What reports count."""
    wheres = {"everything": EVERYTHING, "complaints": has("kind", "complaint"), "parents": has("who", "parent")}
    with store.database.reading() as db:
        bits = Counts(db, "example")
        people = {"people": bits.people(bits.mask(EVERYTHING))}
        return {name: bits.mask(where).bit_count() for name, where in wheres.items()} | people


def copied(store: Store, case: int) -> Path:
    """A copy of theirs that was released; where it lies."""
    begin = (store.vault, "example", "access", [case], "staff:1", AT)
    number = store.writer.write(lambda db: rights_requests.begin(db, *begin)).result(20)
    with store.database.reading() as db:
        request = rights_requests.one(db, store.vault, "example", number)
    assert request is not None
    records = rights_copy.gathered(store, "example", [case], Names())
    name = rights_copy.keep(store, request, rights_copy.packed(store, "example", records, lambda *_: "page", AT))
    store.writer.write(lambda db: rights_requests.release(db, request, name, "staff:1", AT)).result(20)
    return store.media.folder / name[:2] / name


def test_what_is_kept_long_enough_goes_and_the_rest_stays(sqlite_site: Site) -> None:
    rule = Keep(id="complaints", name=Name({"en": "Complaints"}), basis="a law", kinds=("complaint",), years=6)
    decide = replace(rule, id="danger", danger=True, kinds=(), years=10, decide=True)
    stray = Keep(id="stray", name=Name({"en": "Stray"}), basis="a law", stray=True, days=30)
    profile = replace(PROFILES["example"], retention={"complaints": rule, "danger": decide, "stray": stray})
    store = sqlite_site.open(profiles={"example": profile})
    _, old = filed(store, "Long ago.", "+447700900001")
    _, held = filed(store, "Long ago too.", "+447700900002")
    _, still = filed(store, "Not closed.", "+447700900003")
    Person(store.writer, "+447700900777", channel="sms").say("hello")
    for case in (old, held):
        store.writer.write(lambda db, c=case: ended(db.connection(), c)).result(20)
    mark = ("hold", "A court.", "staff:1", AT)
    store.writer.write(lambda db: rights.put_mark(db, store.vault, held, *mark)).result(20)
    last = datetime.now(UTC)

    def ripe(now: datetime) -> dict[int, str]:
        with store.database.reading() as db:
            return {one.case: one.why for one in rights_retention.every(db, profile, now)}

    assert ripe(last + timedelta(days=365 * 5)) == {}
    later = last + timedelta(days=365 * 7)
    assert ripe(later) == {old: "", held: "hold"}
    assert rights_retention.sweep(store, "example", later) == 1, "who only said hello"
    assert rights_retention.run(store, "example", later) == 1
    assert row(store, old)["place"] == "" and row(store, held)["place"] == "closed" and row(store, still)["place"]
    with store.database.reading() as db:
        assert [one.what for one in audit.entries(db, "example")] == ["retention.erased"]
        assert audit.verify(db, "example") is None


def ended(db: Any, case: int) -> None:
    """It is closed, and nothing is owed any more."""
    db.execute(update(CASE).where(CASE.c.id == case).values(place="closed"))
    db.execute(delete(DUE).where(DUE.c.case_id == case))


def test_an_organisation_own_rule_replaces_the_shipped_one_and_touches_nobody_else(sqlite_site: Site) -> None:
    """Preview says what goes and what is held; the run takes exactly that, of the organisation whose rule it is."""
    shipped = load("dudley")
    two = replace(shipped.retention["complaints"], years=2)
    mine = replace(shipped, retention={**shipped.retention, "complaints": two})
    other = load("sandwell")
    store = sqlite_site.open(profiles={"dudley": mine, "sandwell": other})
    cases = {}
    for key, organisation in (("goes", "dudley"), ("held", "dudley"), ("theirs", "sandwell")):
        person = Person(store.writer, f"+44770090000{len(cases)}", channel="sms", organisation=organisation)
        _, cases[key] = filed(store, "Long ago.", person=person)
        store.writer.write(lambda db, c=cases[key]: ended(db.connection(), c)).result(20)
    mark = ("hold", "A court.", "staff:1", AT)
    store.writer.write(lambda db: rights.put_mark(db, store.vault, cases["held"], *mark)).result(20)
    later = datetime.now(UTC) + timedelta(days=365 * 2 + 30)
    with store.database.reading() as db:
        preview = {one.case: one.why for one in rights_retention.every(db, mine, later)}
        assert list(rights_retention.every(db, shipped, later)) == [], "as it was shipped, nothing went yet"
        assert list(rights_retention.every(db, other, later)) == []
    assert preview == {cases["goes"]: "", cases["held"]: "hold"}
    assert [rights_retention.run(store, one, later) for one in ("dudley", "sandwell", "dudley")] == [1, 0, 0]
    places = {key: row(store, case)["place"] for key, case in cases.items()}
    assert places == {"goes": "", "held": "closed", "theirs": "closed"}
