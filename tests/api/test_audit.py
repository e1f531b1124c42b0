"""What programs did is written down with the deed; a list names its records; what was refused is written down too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.api import OPERATIONS
from bot.api.declare import Operation
from storage import audit
from tests.api.conftest import House, Program
from tests.api.test_records import FILING
from tests.api.test_scopes import BODIES, QUERIES
from tests.refusing import refusing


def lines(house: House, program: Program, what: str = "") -> list[tuple[str, str]]:
    with house.store.database.reading() as db:
        found = audit.entries(db, "dudley", audit.Asked(staff=program.known.id, what=what))
    return [(one.what, one.reference) for one in found[::-1]]


def test_filing_and_its_line_are_one_transaction(api_house: House) -> None:
    program, headers = api_house.token(), {"Idempotency-Key": "audit-file-0001"}
    with refusing(api_house.store, 1):  # the key of the request is taken, and no more
        assert program.ask("POST", "/records", json=FILING, headers=headers).status_code == 503
    assert lines(api_house, program) == []
    with refusing(api_house.store, 2):
        answer = program.ask("POST", "/records", json=FILING, headers=headers)
    assert answer.status_code == 201, "what came after takes nothing back"
    assert lines(api_house, program) == [("api.file", answer.json()["reference"])]


def test_a_webhook_and_its_line_are_one_transaction(api_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    program, asked = api_house.token(), {"url": "https://case.example.org/told"}
    headers = {"Idempotency-Key": "audit-hook-0001"}

    def away(*_: Any) -> int:
        raise RuntimeError("no line")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "note", away)
        assert program.ask("POST", "/webhooks", json=asked, headers=headers).status_code == 500
    assert program.get("/webhooks")["webhooks"] == []
    with refusing(api_house.store, 1):
        made = program.ask("POST", "/webhooks", json=asked, headers=headers)
    assert made.status_code == 201
    number = made.json()["id"]
    with refusing(api_house.store, 1):
        assert program.ask("DELETE", f"/webhooks/{number}").status_code == 204
    hook = f"webhook:{number}"
    assert lines(api_house, program) == [("api.hooks", ""), ("api.add_hook", hook), ("api.end_hook", hook)]


def test_a_list_of_records_names_them(api_house: House) -> None:
    first, second = api_house.complaint(), api_house.complaint()
    program = api_house.token()
    program.get("/records")
    with api_house.store.database.reading() as db:
        for reference in (first, second):
            (found,) = audit.entries(db, "dudley", audit.Asked(reference=reference, staff=program.known.id))
            assert found.what == "api.records" and found.reference.startswith("list:")


def test_what_a_token_was_refused_is_written_down_once_a_minute(api_house: House) -> None:
    program, theirs = api_house.token("dudley", "records"), api_house.complaint("childrens-links")
    for reference in (theirs, "HB-2222-22", theirs):
        assert program.ask("GET", f"/records/{reference}").status_code == 404
    assert program.ask("GET", "/webhooks").status_code == 403
    assert lines(api_house, program) == [("refused.api.record", ""), ("refused.api.hooks", "")]
    api_house.clock.ahead += timedelta(minutes=1)
    assert program.ask("GET", f"/records/{theirs}").status_code == 404
    assert lines(api_house, program, audit.REFUSED)[-1] == ("refused.api.record", "")
    with refusing(api_house.store, 0):
        api_house.clock.ahead += timedelta(minutes=1)
        assert program.ask("GET", f"/records/{theirs}").status_code == 404


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.id)
def test_every_operation_leaves_one_line(api_house: House, one: Operation) -> None:
    """Who, what, and which record or webhook."""
    maker, program = api_house.token(), api_house.token()
    hook = maker.post("/webhooks", BODIES["add_hook"])["id"]
    places = {"reference": api_house.complaint(), "webhook": hook}
    more = {"json": BODIES[one.id]} if one.body else {}
    headers = {"Idempotency-Key": f"audit-every-{one.id}"}
    answer = program.ask(
        one.method, one.path.format(**places), params=QUERIES.get(one.id), headers=headers, **more
    )  # fmt: skip
    assert answer.status_code == one.status, answer.text
    (what, about), *besides = lines(api_house, program)
    assert besides == [(what, places["reference"])] * (one.id == "deliveries"), "which records the list showed"
    assert what == f"api.{one.id}"
    if "{reference}" in one.path:
        assert about == places["reference"]
    elif "{webhook}" in one.path:
        assert about == f"webhook:{hook}"
    elif one.method == "POST":
        assert about == (answer.json().get("reference") or f"webhook:{answer.json()['id']}")
    for one in maker.get("/webhooks")["webhooks"]:
        maker.ask("DELETE", f"/webhooks/{one['id']}")  # there is a limit, and others make some too
