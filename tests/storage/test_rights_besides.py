"""What is kept besides records: it goes when its rule says, names of staff only when no record needs them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select, update

from casework.offer import Name
from casework.retention import Keep
from console.roles import Reach
from storage import audit, learning, rights_besides, rights_requests, sessions, staff, tokens, webhooks
from storage.learning import Action, Desk
from storage.rights_besides import ALWAYS, DELIVERY, LEARNING, STAFF, TOKEN, WEBHOOK
from storage.sealer import Sealer
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.people import Person
from tests.storage.plainworld import PROFILES

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
#: The day on which six years are over, and the moment before.
OVER = datetime(2032, 3, 1, 9, tzinfo=UTC)
EARLY = datetime(2032, 2, 29, 20, tzinfo=UTC)
ALL = Reach("example", 1, all=True, knows="all")


def rules() -> dict[str, Keep]:
    kinds = ("staff", "tokens", "learning", "requests")
    return {one: Keep(id=one, name=Name({"en": one}), basis="a law", of=one, years=6) for one in kinds}


def opened(site: Site) -> Store:
    return site.open(profiles={**PROFILES, "example": replace(PROFILES["example"], retention=rules())})


def hired(store: Store, login: str, *, left: bool = True) -> int:
    sealer = Sealer(store.vault.ring)

    def write(db: object) -> int:
        connection = db.connection()  # type: ignore[attr-defined]  # the writer's session
        number, _ = staff.add(connection, sealer, "example", login, f"Quillfeather {login}", ("officer",), at=AT)
        sessions.begin(connection, sealer, step="in", at=AT, organisation="example", staff=number)
        staff.change(connection, sealer, number, disabled=left)
        return number

    return int(store.writer.write(write).result(10))


def names(store: Store) -> set[str]:
    with store.database.reading() as db:
        return {one.login for one in staff.everyone(db, Sealer(store.vault.ring), ("example",))}


def counted(store: Store) -> dict[str, int]:
    with store.database.reading() as db:
        found = rights_besides.over(db, store.procedures.now("example"), OVER)
        assert not any(one.rows for one in rights_besides.over(db, store.procedures.now("example"), EARLY))
    return {one.table.name: len(one.rows) for one in found}


def test_a_name_goes_when_no_record_says_what_they_did(site: Site) -> None:
    store = opened(site)
    gone, here, kept = hired(store, "gone"), hired(store, "here", left=False), hired(store, "kept")
    reference = Person(store.writer, channel="sms").complain().reference
    about = {"case_id": _case(store, reference), "organisation": "example", "part": "named", "at": AT, "staff": kept}
    store.writer.write(lambda db: db.connection().execute(rights_besides.CASE_STAFF.insert(), about)).result(10)
    for member in (gone, here, kept):
        note = ("example", member, "record", reference, AT)
        store.writer.write(lambda db, note=note: audit.note(db.connection(), *note)).result(10)
    assert counted(store)["staff"] == 1
    assert rights_besides.let_go(store, "example", OVER, by=here) == 1 and names(store) == {"here", "kept"}
    with store.database.reading() as db:
        lines = audit.entries(db, "example", audit.Asked(reference=reference))
        assert {one.staff for one in lines} == {gone, here, kept}, "the audit still knows a number"
        assert audit.entries(db, "example", audit.Asked(what="retention"))[0].reference == "rows:1 staff"
        assert audit.verify(db, "example") is None
        assert staff.member(db, Sealer(store.vault.ring), gone) is None
        assert staff.by_login(db, Sealer(store.vault.ring), "gone") is None
        assert db.execute(select(STAFF.c.name).where(STAFF.c.id == gone)).scalar_one() == b""
    assert hired(store, "gone") != gone, "their login is free again"
    assert rights_besides.let_go(store, "example", OVER) == 1, "the second of that login, who did nothing"


def _case(store: Store, reference: str) -> int:
    from storage import casefile

    with store.database.reading() as db:
        return casefile.find(db, reference)


def test_what_somebody_did_in_a_record_keeps_their_name(site: Site) -> None:
    store = opened(site)
    did = hired(store, "did")
    case = _case(store, Person(store.writer, channel="sms").complain().reference)
    event = rights_besides.EVENT
    latest = select(func.max(event.c.seq)).where(event.c.case_id == case).scalar_subquery()
    values = update(event).where(event.c.case_id == case, event.c.seq == latest).values(who=f"staff:{did}")
    store.writer.write(lambda db: db.connection().execute(values)).result(10)
    assert counted(store)["staff"] == 0 and rights_besides.let_go(store, "example", OVER) == 0
    assert names(store) == {"did"}


def test_whoever_is_let_in_again_meanwhile_stays(site: Site) -> None:
    store = opened(site)
    back = hired(store, "back")
    with store.database.reading() as db:
        (found, *_) = rights_besides.over(db, store.procedures.now("example"), OVER)
    again = update(STAFF).where(STAFF.c.id == back).values(disabled=False)
    store.writer.write(lambda db: db.connection().execute(again)).result(10)
    go = lambda db: rights_besides._go("example", found, found.rows, OVER, None, db)  # noqa: E731 - one write
    assert found.rows == (back,) and store.writer.write(go).result(10) == 0 and names(store) == {"back"}


def test_tokens_webhooks_requests_and_sessions_go_by_night(site: Site) -> None:
    store = opened(site)
    sealer = Sealer(store.vault.ring)

    def write(db: object) -> None:
        connection = db.connection()  # type: ignore[attr-defined]  # the writer's session
        life = timedelta(days=1)
        ended, _ = tokens.make(connection, "example", "old", ("records", "webhooks"), "staff:1", AT - life, life)
        tokens.make(connection, "example", "new", ("records",), "staff:1", OVER, life)
        hook = webhooks.add(connection, sealer, "example", "https://example.org/x", (), False, "staff:1", AT, ended.id)
        row = {"id": 5, "organisation": "example", "webhook": hook.id, "case_id": 1, "seq": 1, "type": "filed"}
        row |= {"at": AT, "state": "sent", "attempts": 1, "next_at": AT, "answer": "200", "sent_at": AT}
        connection.execute(DELIVERY.insert(), row)
        webhooks.end(connection, "example", hook.id, AT)
        for state in ("done", "refused", "open"):
            rights_requests.noted(connection, "example", "erasure", 1, "staff:1", AT, state=state)
        sessions.begin(connection, sealer, step="in", at=AT, organisation="example")

    store.writer.write(write).result(10)
    assert counted(store) == {"staff": 0, "api_token": 0, "webhook": 1, "learning": 0, "rights_request": 2}
    rights_besides.nightly(store, "example", OVER)
    rights_besides.nightly(store, "example", OVER)  # the token only after its webhook
    with store.database.reading() as db:
        assert [one.name for one in tokens.every(db, "example")] == ["new"]
        assert [one.state for one in rights_requests.listed(db, "example")] == ["open"]
        for one in (WEBHOOK, DELIVERY, sessions._SESSION):
            assert db.execute(select(func.count()).select_from(one)).scalar_one() == 0, one.name
        assert db.execute(select(func.count()).select_from(TOKEN)).scalar_one() == 1
        assert audit.verify(db, "example") is None
    assert ALWAYS == ("tokens", "requests")


def test_the_words_of_learning_go_and_what_is_counted_stays(sqlite_site: Site) -> None:
    store = opened(sqlite_site)
    sealer = Sealer(store.vault.ring)
    desk = Desk(sealer, store.vault, store.procedures, "Ann", "staff:1", AT)
    one = Action(7, "example", "Nobody rang back.", "Ring back.", 1, date(2026, 3, 1), ("youth",))
    store.writer.write(lambda db: learning.add(db, desk, one, ())).result(10)
    store.writer.write(lambda db: learning.add(db, desk, replace(one, id=8), ())).result(10)
    store.writer.write(lambda db: learning.done(db, desk, one, date(2026, 3, 1), "They do.")).result(10)
    with store.database.reading() as db:
        body = bytes(
            db.execute(select(rights_besides.LEARNING.c.body).where(rights_besides.LEARNING.c.id == 7)).scalar_one()
        )
    assert counted(store)["learning"] == 1 and rights_besides.let_go(store, "example", OVER) == 1
    with store.database.reading() as db:
        assert [found.id for found in learning.every(db, sealer, ALL)] == [8], "what is not done stays"
        assert learning.find(db, sealer, ALL, 7) is None and learning.action(db, sealer, 7) is None
        row = db.execute(select(LEARNING).where(LEARNING.c.id == 7)).mappings().one()
    assert (row["state"], row["services"], row["done_on"]) == ("done", "youth", date(2026, 3, 1))
    store.close()
    with sqlite3.connect(sqlite_site.file) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert body[:40] not in sqlite_site.file.read_bytes()
