"""Every operation × scope × organisation: allowed or refused as it is declared."""

from __future__ import annotations

import pytest
import requests

from bot.api import OPERATIONS, PREFIX
from bot.api.declare import Operation
from storage.tokens import SCOPES
from tests.api.conftest import House, Program, new_key

ORGANISATIONS = ("dudley", "sandwell", "together-for-children", "action-for-children", "childrens-links")
BODIES = {
    "file": {"kind": "informal", "summary": "A broken swing."},
    "add_hook": {"url": "https://cases.example.org/hearback"},
    "replay": {},
}
QUERIES = {
    "report": {"since": "2026-04-01", "until": "2026-04-30"},
    "report_csv": {"since": "2026-04-01", "until": "2026-04-30"},
}


@pytest.fixture(scope="module")
def things(api_house: House) -> dict[str, dict[str, str]]:
    """Organisation -> what the places of paths are there."""
    made = {}
    for name in ORGANISATIONS:
        hook = api_house.token(name).post("/webhooks", BODIES["add_hook"])
        made[name] = {"reference": api_house.complaint(name), "webhook": hook["id"]}
    return made


def ask(program: Program, one: Operation, places: dict[str, str]) -> int:
    path = one.path.format(**places)
    more = {"json": BODIES[one.id]} if one.body else {}
    return program.ask(
        one.method, path, params=QUERIES.get(one.id), headers={"Idempotency-Key": new_key()}, **more
    ).status_code


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.id)
def test_a_scope_opens_what_it_is_declared_for_and_nothing_else(
    api_house: House, things: dict[str, dict[str, str]], one: Operation
) -> None:
    places = things["dudley"]
    if one.method == "DELETE":
        places = places | {"webhook": api_house.token().post("/webhooks", BODIES["add_hook"])["id"]}
    tried = [*({name} for name in SCOPES), *(set(SCOPES) - {name} for name in SCOPES), set(one.scopes), set(SCOPES)]
    for scopes in sorted(tried, key=lambda some: set(one.scopes) <= some):  # what works comes last: it may end things
        if not scopes:
            continue
        status = ask(api_house.token("dudley", *scopes), one, places)
        if set(one.scopes) <= scopes:
            assert status == one.status, (one.id, scopes)
            if one.method == "DELETE":
                break
        else:
            assert status == 403, (one.id, scopes)


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.places], ids=lambda one: one.id)
def test_nothing_crosses_between_organisations(
    api_house: House, things: dict[str, dict[str, str]], one: Operation
) -> None:
    for mine in ORGANISATIONS:
        program = api_house.token(mine)
        for other in ORGANISATIONS:
            if other != mine:
                assert ask(program, one, things[other]) == 404
        if one.method != "DELETE":
            assert ask(program, one, things[mine]) == one.status


def test_without_a_token_there_is_nothing(api_house: House, things: dict[str, dict[str, str]]) -> None:
    for one in OPERATIONS:
        path = f"{api_house.url}{PREFIX}{one.path.format(**things['dudley'])}"
        for headers in ({}, {"Authorization": "Bearer hearback_x"}, {"Authorization": "Basic eDp5"}):
            assert requests.request(one.method, path, headers=headers, timeout=10).status_code == 401


def test_lists_show_the_own_organisation_only(api_house: House, things: dict[str, dict[str, str]]) -> None:
    for name in ORGANISATIONS:
        program = api_house.token(name)
        page = program.get("/records", limit=200)["records"]
        others = {things[other]["reference"] for other in ORGANISATIONS if other != name}
        assert things[name]["reference"] in {one["reference"] for one in page}
        assert not others & {one["reference"] for one in page}
        ids = {one["id"] for one in program.get("/webhooks")["webhooks"]}
        assert not {things[other]["webhook"] for other in ORGANISATIONS if other != name} & ids


@pytest.mark.parametrize(
    ("path", "scope", "who"),
    (
        ("/records", "records", "a complaints manager can make another"),
        ("/webhooks", "webhooks", "an administrator or a complaints manager can make another"),
    ),
)
def test_a_refusal_names_the_scope_and_who_can_give_it(api_house: House, path: str, scope: str, who: str) -> None:
    """As the console has it: ``tests/console/test_integration.py``, nobody lets a program read more than they may."""
    refused = api_house.token("dudley", "reports").ask("GET", path)
    assert refused.status_code == 403
    detail = refused.json()["detail"]
    assert f"“{scope}”" in detail and f"; {who}" in detail
