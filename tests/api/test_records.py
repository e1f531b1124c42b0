"""Records for other programs: what they see, what they file, and what they are never told."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import sqlalchemy

import locales
from bot.api import records
from storage import alerting, audit
from storage.changes import CASE
from tests.api.conftest import House, running
from tests.api.test_webhooks import acknowledge

SCARED = "He hits me with a belt every night and I want to die."
FILING = {
    "kind": "complaint",
    "answers": {"story": {"words": "Nobody rings me back."}, "who": {"values": ["parent"]}},
    "channel": "portal",
}


def test_a_list_page_by_page(api_house: House) -> None:
    sent = [api_house.complaint("sandwell") for _ in range(5)]
    program = api_house.token("sandwell", "records")
    seen, after = [], None
    while True:
        page = program.get("/records", limit=2, **({"after": after} if after else {}))
        seen += page["records"]
        if (after := page["next"]) is None:
            break
    assert [one["reference"] for one in seen][:5] == sent[::-1]
    assert {one["kind"] for one in seen} == {"complaint"} and len(seen) == len({one["reference"] for one in seen})
    assert program.get("/records", kind="compliment")["records"] == []
    assert program.get("/records", until="2000-01-01")["records"] == []
    first = program.get("/records", since="2020-01-01", kind="complaint", channel="web", limit=1)["records"][0]
    assert "Nobody" not in str(first) and first["href"].endswith(first["reference"])


def test_one_record_its_events_and_its_words(api_house: House) -> None:
    reference = api_house.complaint(story="The taxi never comes.")
    program, blind = api_house.token(), api_house.token("dudley", "records")
    one = program.get(f"/records/{reference}")
    assert one["reference"] == reference and one["facts"]["kind"] == ["complaint"] and not one["erased"]
    assert one["clocks"] and one["clocks"][0]["status"] in ("running", "soon")
    assert "taxi" not in str(one)
    events = program.get(f"/records/{reference}/events")["events"]
    assert "filed" in [event["type"] for event in events] and events[0]["details"] is not None
    plain = blind.get(f"/records/{reference}/events")["events"]
    assert all(event["why"] is None and event["details"] is None for event in plain)
    said = program.get(f"/records/{reference}/answers")
    assert ["The taxi never comes."] in [answer["words"] for answer in said["answers"]]
    assert blind.ask("GET", f"/records/{reference}/answers").status_code == 403


def test_a_list_for_a_spreadsheet(api_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    program = api_house.token("together-for-children", "records")
    scared, plain = (api_house.complaint("together-for-children", story) for story in (SCARED, "=1+1"))
    answer = program.ask("GET", "/records.csv", params={"kind": "complaint"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    listed = program.get("/records", kind="complaint", limit=200)["records"]
    assert [one["reference"] for one in lines] == [one["reference"] for one in listed]
    assert plain in answer.text and scared not in answer.text and "=1+1" not in answer.text
    first = next(one for one in lines if one["reference"] == plain)
    told = next(one for one in listed if one["reference"] == plain)
    assert (
        first.keys() == told.keys() and first["due"] == told["due"] and first["services"] == " ".join(told["services"])
    )
    with api_house.store.database.reading() as db:
        last = audit.entries(db, "together-for-children", audit.Asked(staff=program.known.id))[1]
    assert last.what == "api.records_csv"
    monkeypatch.setattr(records, "MOST_LINES", 0)
    assert program.ask("GET", "/records.csv").status_code == 422
    assert program.ask("GET", "/records.csv", params={"limit": "5"}).status_code == 400


def test_what_changed_is_found_however_long_ago_it_happened(api_house: House) -> None:
    program, asked = api_house.token("childrens-links"), {"changed_since": "2026-01-01T00:00:00Z"}
    still, older, scared, empty = (api_house.complaint("childrens-links", story) for story in ("", "", SCARED, ""))
    long_ago = sqlalchemy.update(CASE).values(changed_at=datetime(2020, 1, 1, tzinfo=UTC))
    before = long_ago.where(CASE.c.reference == empty).values(changed_at=None)

    def write(db: Any) -> None:
        db.connection().execute(long_ago)
        db.connection().execute(before)

    def changed() -> set[str]:
        return {one["reference"] for one in program.get("/records", limit=200, **asked)["records"]}

    api_house.store.writer.write(write).result(10)
    assert changed() == {empty}, "of what the release before wrote nobody knows when"
    came = (api_house.clock() - timedelta(days=7)).isoformat(timespec="seconds")
    late = program.post("/records", FILING | {"came_at": came})["reference"]
    today = api_house.clock().date().isoformat()
    assert late not in {one["reference"] for one in program.get("/records", since=today, limit=200)["records"]}
    assert changed() == {empty, late}
    acknowledge(api_house, older)
    assert changed() == {empty, late, older}

    def seen(db: Any) -> None:
        connection = db.connection()
        signs = (
            connection.exec_driver_sql("SELECT id FROM alert WHERE organisation = 'childrens-links'").scalars().all()
        )
        alerting.acknowledge(connection, "childrens-links", signs, "staff:1", api_house.clock())

    api_house.store.writer.write(seen).result(10)
    assert changed() == {empty, late, older, scared} and still not in changed()
    for wrong in ("yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z"):
        assert program.ask("GET", "/records", params={"changed_since": wrong}).status_code == 400
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert program.ask("GET", "/records", params={"changed_since": far}).status_code == 200


def test_what_has_not_changed_is_not_sent_again(api_house: House) -> None:
    reference = api_house.complaint()
    program = api_house.token("dudley", "records")
    first = program.ask("GET", f"/records/{reference}")
    again = program.ask("GET", f"/records/{reference}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_restricted_records_are_not_there_without_the_scope(api_house: House) -> None:
    reference = api_house.complaint("childrens-links", SCARED)
    whole, narrow = api_house.token("childrens-links"), api_house.token("childrens-links", "records", "words")
    assert reference in [one["reference"] for one in whole.get("/records")["records"]]
    assert reference not in [one["reference"] for one in narrow.get("/records")["records"]]
    for path in ("", "/events", "/answers"):
        assert whole.ask("GET", f"/records/{reference}{path}").status_code == 200
        assert narrow.ask("GET", f"/records/{reference}{path}").status_code == 404


def test_every_view_is_audited_in_the_name_of_the_token(api_house: House) -> None:
    reference = api_house.complaint()
    program = api_house.token()
    program.get(f"/records/{reference}")
    program.get(f"/records/{reference}/answers")
    program.get("/records")
    with api_house.store.database.reading() as db:
        found = audit.entries(db, "dudley", audit.Asked(staff=program.known.id))
    told = [(one.what, one.reference.partition(":")[0]) for one in found[::-1]]
    assert told == [("api.record", reference), ("api.answers", reference), ("api.records", "list")]


# Filing -------------------------------------------------------------------------------------------


def test_a_record_is_filed_once_however_often_it_is_sent(api_house: House) -> None:
    program = api_house.token("dudley", "file", "records")
    first = program.post("/records", FILING, key="portal-4711-first")
    again = program.post("/records", FILING, key="portal-4711-first")
    assert not first["again"] and again["again"]
    assert {name: first[name] for name in ("reference", "receipt")} == {n: again[n] for n in ("reference", "receipt")}
    assert len(first["receipt"].replace(" ", "")) == 16
    other = FILING | {"summary": "Another thing"}
    assert program.post("/records", other, key="portal-4711-first", status=409)["type"].endswith("#key-used")
    one = program.get(f"/records/{first['reference']}")
    assert (one["channel"], one["facts"]["who"], one["complete"]) == ("portal", ["parent"], True)
    events = program.get(f"/records/{first['reference']}/events")["events"]
    assert ("entered", "api:Mosaic") in [(event["type"], event["who"]) for event in events]


def test_every_language_that_is_offered_can_be_asked_filed_and_listed(api_house: House) -> None:
    program = api_house.token("dudley")
    offered = program.get("/forms")["languages"]
    assert offered == [entry.code for entry in locales.offered()] and {"zh_Hans", "fa_AF"} <= set(offered)
    for language in offered:
        assert {one["language"] for one in program.get("/records", language=language)["records"]} <= {language}
    for language in ("zh_Hans", "zh_Hant", "fa_AF"):
        assert program.get("/forms", language=language)["language"] == language
        filed = program.post("/records", FILING | {"language": language})
        assert [filed["reference"]] == [
            one["reference"] for one in program.get("/records", language=language)["records"]
        ]


def test_a_key_from_which_nothing_came_is_free_again(api_house: House) -> None:
    program = api_house.token("dudley", "file")
    body = FILING | {"answers": {**FILING["answers"], "age": {"values": ["8to11"]}}}
    wrong = program.post("/records", body, key="portal-4712-first", status=422)
    assert [one["where"] for one in wrong["errors"]] == ["answers.age"], "only a child is asked"
    assert not program.post("/records", FILING, key="portal-4712-first")["again"]


def test_its_clocks_start_when_it_came(api_house: House) -> None:
    program = api_house.token()
    came = api_house.clock() - timedelta(days=7)
    filed = program.post("/records", FILING | {"came_at": came.isoformat(timespec="seconds")})
    clocks = program.get(f"/records/{filed['reference']}")["clocks"]
    assert {clock["started"][:10] for clock in clocks} == {came.date().isoformat()}
    late = {"came_at": (api_house.clock() + timedelta(days=1)).isoformat(timespec="seconds")}
    wrong = program.post("/records", FILING | late, status=422)
    assert wrong["errors"][0]["where"] == "came_at"


def test_a_sign_of_danger_is_told_to_staff_and_help_to_the_person(api_house: House) -> None:
    program = api_house.token()
    body = {"kind": "complaint", "answers": {"story": {"words": SCARED}, "who": {"values": ["child"]}}}
    filed = program.post("/records", body)
    assert filed["alert"] == "red" and "999" in filed["help"]
    assert program.get(f"/records/{filed['reference']}")["alerts"] == 1
    assert program.post("/records", FILING)["help"] == ""


def test_the_questions_are_told_and_what_is_wrong_with_answers(api_house: House) -> None:
    program = api_house.token("dudley", "file")
    forms = {form["kind"]: form for form in program.get("/forms")["forms"]}
    story = next(one for one in forms["complaint"]["questions"] if one["id"] == "story")
    assert story["kind"] == "story" and story["needed"]
    wrong = program.post(
        "/records",
        {"kind": "complaint", "answers": {"who": {"values": ["martian"]}, "shoe": {"words": "42"}}},
        status=422,
    )
    assert {one["where"] for one in wrong["errors"]} == {"answers.who", "answers.shoe", "answers.story"}
    assert program.ask("GET", "/forms", params={"language": "tlh"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"kind": "complaint", "colour": "red"}', 400),
        (b'{"kind": 7}', 400),
        (b'{"kind": "complaint", "came_at": 1700000000}', 400),
        (b'{"kind": "complaint", "summary": "\\u0000"}', 422),
        (b'{"kind": "nonsense", "summary": "x"}', 422),
        (b'{"kind": "complaint", "summary": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_what_cannot_be_read_is_said_in_words(api_house: House, body: bytes, status: int) -> None:
    program = api_house.token("dudley", "file")
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a-key-of-the-test"}
    answer = program.ask("POST", "/records", data=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status and answer.json()["detail"]


# Tokens -------------------------------------------------------------------------------------------


def test_a_token_ends(api_house: House) -> None:
    from storage import tokens

    program = api_house.token("dudley", "records", days=1)
    assert program.ask("GET", "/records").status_code == 200
    api_house.clock.ahead += timedelta(days=1)
    assert program.ask("GET", "/records").status_code == 401
    api_house.clock.ahead -= timedelta(days=1)
    revoke = lambda db: tokens.revoke(db.connection(), "dudley", program.known.id, api_house.clock())  # noqa: E731
    assert api_house.store.writer.write(revoke).result(10)
    refused = program.ask("GET", "/records")
    assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_is_kept_nowhere(api_house: House) -> None:
    program = api_house.token()
    (row,) = api_house.rows(f"SELECT * FROM api_token WHERE id = {program.known.id}")
    assert program.token not in str(row) and row["prefix"] == program.token[:15]


def test_one_token_may_ask_so_often(tmp_path) -> None:  # type: ignore[no-untyped-def]  # a fixture of pytest
    with running(tmp_path, per_minute=3) as house:
        program = house.token("dudley", "records")
        answers = [program.ask("GET", "/records") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
        assert house.token("dudley", "records").ask("GET", "/records").status_code == 200


# Reports and the documentation ----------------------------------------------------------------------


def test_the_report_as_data(api_house: House) -> None:
    program = api_house.token("dudley", "reports")
    days = {"since": "2026-04-01", "until": "2027-03-31"}
    assert program.get("/report", **days)["schema"] == "hearback-report/1"
    table = program.ask("GET", "/report.csv", params=days)
    assert table.content.startswith("\ufefforganisation,".encode())
    assert program.ask("GET", "/report", params=days | {"level": "service:none"}).status_code == 422
    assert program.ask("GET", "/report", params={"since": "2026-04-01", "until": "soon"}).status_code == 400
    for far in ({"since": "0001-01-01", "until": "0002-01-01"}, {"since": "9999-01-01", "until": "9999-12-31"}):
        assert program.ask("GET", "/report", params=far).status_code == 422
        assert api_house.token("dudley", "records").ask("GET", "/records", params=far).status_code == 200


def test_the_documentation_needs_no_token_and_no_script(api_house: House) -> None:
    page = requests.get(f"{api_house.url}/api/v1/", timeout=10)
    assert page.status_code == 200 and "<script" not in page.text and "/records/{reference}" in page.text
    made = requests.get(f"{api_house.url}/api/v1/openapi.json", timeout=10).json()
    assert made["openapi"] == "3.1.0" and "/records" in made["paths"]
    assert requests.get(f"{api_house.url}/api/v1/nonsense", timeout=10).status_code == 404
    wrong = requests.put(f"{api_house.url}/api/v1/records", timeout=10)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, POST")
