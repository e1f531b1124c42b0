"""Webhooks: told with the event, signed, in order, again after failures, and never led into a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from bot.work.webhooks import SIGNATURE, signature
from casework.record import CaseEvent
from storage import casefile, models, models_integration, tokens, webhooks
from tests.api.conftest import House, Program, running
from tests.channels.harness import free_port, served

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Other:
    """Another system. ``answers`` are its next statuses, then 204."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    signed: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    url: str = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/hook", self.hear)])
        return app

    async def hear(self, request: web.Request) -> web.Response:
        status = self.answers.pop(0) if self.answers else 204
        self.signed.append((request.headers[SIGNATURE], await request.read()))
        if status < 300:
            self.heard.append(await request.json())
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"} if status == 307 else {})


@pytest.fixture(autouse=True)
def _nobody_else(api_house: House) -> None:
    """Webhooks of other tests have ended, and nothing waits for them."""

    def clear(db: Any) -> None:
        for table in ("webhook_delivery", "webhook"):
            db.connection().exec_driver_sql(f"DELETE FROM {table}")
        db.connection().exec_driver_sql(f"DELETE FROM job WHERE kind = '{webhooks.KIND}'")

    api_house.store.writer.write(clear).result(10)


@pytest.fixture
def other() -> Iterator[Other]:
    made = Other()
    with served(made.application) as (url, _):
        made.url = f"{url}/hook"
        yield made


@contextmanager
def hooked(house: House, other: Other, organisation: str = "dudley", **more: Any) -> Iterator[tuple[Program, Any]]:
    """A webhook to the other system, and the program that made it; ended at the end."""
    program = house.token(organisation)
    made = program.post("/webhooks", {"url": other.url, "restricted": True, **more})
    try:
        yield program, made
    finally:
        program.ask("DELETE", f"/webhooks/{made['id']}")
        house.tell()


def acknowledge(house: House, reference: str) -> None:
    store = house.store

    def write(db: Any) -> None:
        case = casefile.find(db.connection(), reference)
        event = CaseEvent("acknowledged", house.clock(), "staff:1", data={"how": "letter"})
        casefile.append(db, store.vault, store.procedures, case, event, told=True)

    store.writer.write(write).result(10)


def test_what_happens_is_told_in_order_and_signed(api_house: House, other: Other) -> None:
    with hooked(api_house, other) as (program, made):
        reference = api_house.complaint(story="The taxi never comes.")
        acknowledge(api_house, reference)
        assert api_house.tell() == 1
        assert next(one["type"] for one in other.heard if one["record"] == reference) == "filed"
        assert other.heard[-1]["type"] == "acknowledged"
        numbers = [one["number"] for one in other.heard]
        assert numbers == sorted(numbers) and "taxi" not in str(other.signed)
        given, body = other.signed[0]
        at = int(given.partition(",")[0].removeprefix("t="))
        assert given == signature(made["secret"], body, at)
        assert program.get(f"/webhooks/{made['id']}/deliveries", state="sent")["deliveries"]
        assert "secret" not in program.get(f"/webhooks/{made['id']}")


def test_what_is_not_taken_waits_and_holds_back_its_own_record_only(api_house: House, other: Other) -> None:
    with hooked(api_house, other) as _:
        first = api_house.complaint()
        other.answers = [503]
        api_house.tell()
        acknowledge(api_house, first)
        second = api_house.complaint()
        api_house.tell()
        assert {one["record"] for one in other.heard} == {second}
        api_house.clock.ahead += webhooks.FIRST * 3
        api_house.tell()
        mine = [one["number"] for one in other.heard if one["record"] == first]
        assert mine == sorted(mine) and len(mine) >= 2


@pytest.mark.parametrize("status", [307, 404, 500])
def test_it_is_given_up_in_the_end_and_told_again_by_hand(
    api_house: House, other: Other, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TRIES", 3)
    with hooked(api_house, other, events=["filed"]) as (program, made):
        reference = api_house.complaint()
        other.answers = [status] * webhooks.TRIES
        for _ in range(webhooks.TRIES):
            api_house.tell()
            api_house.clock.ahead += webhooks.LONGEST
        (one,) = program.get(f"/webhooks/{made['id']}/deliveries", state="failed")["deliveries"]
        assert (one["record"], one["attempts"], one["answer"]) == (reference, webhooks.TRIES, str(status))
        assert api_house.tell() == 0 and other.heard == []
        assert program.post(f"/webhooks/{made['id']}/replay", {}, status=200) == {"count": 1}
        api_house.tell()
        assert [one["record"] for one in other.heard] == [reference]
        since = (api_house.clock() - timedelta(days=40)).isoformat(timespec="seconds")
        assert program.post(f"/webhooks/{made['id']}/replay", {"since": since}, status=200) == {"count": 1}
        api_house.tell()
        assert len(other.heard) == 2 and other.heard[0]["id"] == other.heard[1]["id"]


def test_restricted_records_are_kept_from_a_webhook_that_may_not_know(api_house: House, other: Other) -> None:
    with hooked(api_house, other, restricted=False) as (program, made):
        api_house.complaint(story="He hits me with a belt every night and I want to die.")
        plain = api_house.complaint()
        api_house.tell()
        assert {one["record"] for one in other.heard} == {plain}
        assert program.get(f"/webhooks/{made['id']}/deliveries", state="kept")["deliveries"]
    narrow = api_house.token("dudley", "webhooks")
    assert narrow.post("/webhooks", {"url": other.url, "restricted": True}, status=403)


def test_what_a_webhook_was_told_is_shown_as_far_as_the_token_may_know(api_house: House, other: Other) -> None:
    narrow = api_house.token("dudley", "webhooks")
    with hooked(api_house, other) as (program, made):
        hidden = api_house.complaint(story="He hits me with a belt every night and I want to die.")
        plain = api_house.complaint()
        api_house.tell()
        path = f"/webhooks/{made['id']}/deliveries"
        assert {hidden, plain} == {one["record"] for one in program.get(path)["deliveries"]}
        assert {plain} == {one["record"] for one in narrow.get(path)["deliveries"]}


def test_what_happened_long_ago_can_be_told_again_as_well(api_house: House, other: Other) -> None:
    with hooked(api_house, other) as (program, made):
        reference = api_house.complaint()
        long_ago = api_house.clock() - webhooks.KEPT * 2
        rows = update(models.table(models_integration.WebhookDelivery)).values(at=long_ago, next_at=long_ago)
        api_house.store.writer.write(lambda db: db.connection().execute(rows)).result(10)
        api_house.tell()
        assert {one["record"] for one in other.heard} == {reference}
        api_house.complaint()
        api_house.tell()
        path = f"/webhooks/{made['id']}/deliveries"
        assert reference in {one["record"] for one in program.get(path)["deliveries"]}
        other.heard.clear()
        since = {"since": (api_house.clock() - timedelta(hours=1)).isoformat(timespec="seconds")}
        assert program.post(f"/webhooks/{made['id']}/replay", since, status=200)["count"] >= 1
        api_house.tell()
        assert reference in {one["record"] for one in other.heard}, "it was told just now, whenever it happened"


def test_other_organisations_hear_nothing_and_ended_ones_neither(api_house: House, other: Other) -> None:
    with hooked(api_house, other) as (program, _):
        api_house.complaint("sandwell")
        assert api_house.tell() == 0
        api_house.complaint()
        revoke = lambda db: tokens.revoke(db.connection(), "dudley", program.known.id, api_house.clock())  # noqa: E731
        api_house.store.writer.write(revoke).result(10)
        api_house.tell()
        assert other.heard == []


def test_a_webhook_is_set_up_once_however_often_it_is_sent(api_house: House, other: Other) -> None:
    program = api_house.token()
    with ThreadPoolExecutor(4) as many:
        made = list(many.map(lambda _: program.post("/webhooks", {"url": other.url}, key="the-same-key"), range(4)))
    assert len({one["id"] for one in made}) == 1 and len({one["secret"] for one in made}) == 1
    program.ask("DELETE", f"/webhooks/{made[0]['id']}")
    ended = program.post("/webhooks", {"url": other.url}, key="the-same-key", status=409)
    assert ended["type"].endswith("#key-used") and "ended" in ended["detail"]


def test_an_event_that_is_not_committed_is_not_told(tmp_path: Path, other: Other) -> None:
    with running(tmp_path) as house, hooked(house, other):
        reference = house.complaint()
        house.tell()
        before = len(other.heard)

        def write(db: Any) -> None:
            case = casefile.find(db.connection(), reference)
            event = CaseEvent("acknowledged", house.clock(), "staff:1", data={"how": "letter"})
            casefile.append(db, house.store.vault, house.store.procedures, case, event, told=True)
            raise RuntimeError("and then it failed")

        with pytest.raises(RuntimeError):
            house.store.writer.write(write).result(10)
        assert house.tell() == 0 and len(other.heard) == before


@pytest.mark.parametrize(
    "url",
    [
        "http://cases.example.org/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://localhost/",
        "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://2130706433/", "https://0x7f000001/",
        "https://127.1/", "https://cases.internal/", "https://intranet/", "https://user:word@example.org/", "ftp://x.org/",
        "https://exa mple.org/", "https:///x", "https://[::1", "https://224.0.0.1/", "https://[2002:7f00:1::]/",
        "https://example.org/#x", "javascript:alert(1)", "https://x.org:99999/", "https://100.64.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_lead_elsewhere_are_refused(url: str) -> None:
    assert webhooks.problem(url)


def test_a_name_that_leads_inside_is_not_called(
    api_house: House, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name was looked at when it was set up; where it leads is looked at when it is called."""
    from bot.work.webhooks import Teller
    from storage.jobs import claim

    program = api_house.token()
    port = other.url.split(":")[2].partition("/")[0]
    made = program.post("/webhooks", {"url": f"https://localhost.example.org:{port}/hook"})
    monkeypatch.setattr("bot.work.webhooks.ThreadedResolver.resolve", _leads_home)
    api_house.complaint()
    now = api_house.clock()
    (job,) = api_house.store.writer.write(lambda db: claim(db, now, (webhooks.KIND,))).result(10)
    Teller().run(api_house.store, job, now)
    (one, *_) = program.get(f"/webhooks/{made['id']}/deliveries")["deliveries"][::-1]
    assert (one["state"], one["answer"], one["attempts"]) == ("due", "refused", 1) and other.signed == []
    program.ask("DELETE", f"/webhooks/{made['id']}")
    api_house.clock.ahead += webhooks.LONGEST
    api_house.tell()


async def _leads_home(self: Any, host: str, port: int = 0, family: Any = 0) -> list[dict[str, Any]]:
    return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]


def test_the_receiver_of_the_documentation_takes_it(api_house: House) -> None:
    """docs/examples/webhook_receiver.py as it stands."""
    import time

    import requests

    other = Other(url=f"http://127.0.0.1:{(port := free_port())}/")
    with hooked(api_house, other) as (_, made):
        given = {**os.environ, "HEARBACK_WEBHOOK_SECRET": made["secret"], "PORT": str(port)}
        script = ROOT / "docs/examples/webhook_receiver.py"
        with subprocess.Popen([sys.executable, script], env=given, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL) as receiver:  # fmt: skip
            try:
                now = int(time.time())
                signs = (
                    None,
                    "",
                    "nonsense",
                    f"t={now}",
                    f"t={now},v1=00",
                    f"t=x,v1={'0' * 64}",
                    f"t={now},v1={'0' * 64}",
                )
                for sign in signs:
                    for _ in range(100):
                        try:
                            refused = requests.post(other.url, data=b"{}", headers={SIGNATURE: sign}, timeout=5)
                            break
                        except requests.ConnectionError:
                            time.sleep(0.05)
                    assert refused.status_code == 400, sign
                reference = api_house.complaint()
                api_house.tell()
                assert receiver.stdout is not None and reference in receiver.stdout.readline()
            finally:
                receiver.terminate()
    assert len(script.read_text("utf-8").splitlines()) <= 30
