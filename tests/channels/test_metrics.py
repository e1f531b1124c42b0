"""What watches the server: numbers, health, and never anything of a person in them."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from bot import health, metrics
from bot.cli import Trouble, check
from bot.config import load
from tests.channels.harness import Running, free_port, hearback
from tests.channels.twilio import Phone, Twilio, account

TOKEN = "only-prometheus-knows-this"
PLANTED = ("Zebedee", "Quillfeather", "07700900123", "+447700900123", "7700900123", "hits me")
LABELS = {"channel", "kind", "level", "part", "answer", "le"}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Twilio, int]]:
    """A server with a number, that shows its metrics both ways; with nothing remembered for long."""
    from tests.channels.harness import served

    twilio, port = Twilio(), free_port()
    folder: Path = tmp_path_factory.mktemp("watched")
    with pytest.MonkeyPatch.context() as patch, served(twilio.application) as (provider, _):
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setattr(metrics, "FRESH", 0.0)
        patch.setattr(health, "FRESH", 0.0)
        more = {"metrics": f"127.0.0.1:{port}", "metrics_token": TOKEN}
        with hearback(folder, [account()], patch, twilio_url=provider, **more) as running:
            yield running, twilio, port


def shown(running: Running) -> dict[str, dict[tuple[str, ...], float]]:
    """Name -> values of the labels -> value, as Prometheus reads it."""
    answer = requests.get(running.url + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_what_is_shown_after_a_conversation(watched: tuple[Running, Twilio, int]) -> None:
    running, twilio, _ = watched
    phone = Phone(running, twilio)
    phone.say("I am Zebedee Quillfeather, ring 07700900123", "1")
    phone.say("Zebedee Quillfeather hits me every night")
    twilio.always = (500, 20500)
    Phone(running, twilio, "+447700900999").send("hello there")
    end = time.monotonic() + 10
    while not running.tasks().count("undelivered"):
        assert time.monotonic() < end
        time.sleep(0.02)
    twilio.always = None
    found = shown(running)
    assert found["hearback_turn_seconds_count"]["sms",] == 4
    assert found["hearback_turn_seconds_bucket"]["sms", "+Inf"] == 4
    assert found["hearback_alerts_open"]["red",] == 1 and found["hearback_alerts_open_age_seconds"]["red",] >= 0
    assert found["hearback_undelivered"][()] == 1 and found["hearback_tasks"][()] >= 1
    assert found["hearback_channel_events_total"]["sms", "given up"] == 1
    assert found["hearback_channel_events_total"]["sms", "again"] >= 1, "without the provider's code"
    assert found["hearback_request_seconds_count"]["2xx", "sms"] >= 4
    assert found["hearback_database_up"][()] == 1 and found["hearback_queue_turns"][()] == 0
    assert found["process_resident_memory_bytes"][()] > 0
    text = requests.get(running.url + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).text
    assert not [word for word in (*PLANTED, "dudley", "900999") if word in text]
    assert set(re.findall(r'(\w+)="', text)) <= LABELS
    assert not [word for word in PLANTED if word in running.log.getvalue()]
    assert len(text.splitlines()) < 300


def test_what_waits_is_shown_with_its_age(watched: tuple[Running, Twilio, int]) -> None:
    running, twilio, _ = watched
    twilio.always = (429, 30)
    Phone(running, twilio, "+447700900777").send("hello there")
    end = time.monotonic() + 10
    while not running.counts["sms", "again: 429"] + running.counts["sms", "again: 20429"]:
        assert time.monotonic() < end, running.counts
        time.sleep(0.02)
    found = shown(running)
    assert found["hearback_outbox"]["sms",] == 1 and 0 <= found["hearback_outbox_age_seconds"]["sms",] < 60
    twilio.always = None


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_nobody_else_sees_them(watched: tuple[Running, Twilio, int], given: str) -> None:
    running, _, _ = watched
    answer = requests.get(running.url + "/metrics", headers={"Authorization": given}, timeout=10)
    assert answer.status_code == 404 and "hearback_" not in answer.text


def test_an_address_of_their_own_has_nothing_else(watched: tuple[Running, Twilio, int]) -> None:
    _, _, port = watched
    assert "hearback_turn_seconds" in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    assert requests.get(f"http://127.0.0.1:{port}/staff/", timeout=10).status_code == 404


def test_an_address_that_is_taken_is_said_in_words(watched: tuple[Running, Twilio, int]) -> None:
    running, _, port = watched
    settings = load(metrics=f"127.0.0.1:{port}")
    shown_by = metrics.Metrics(running.store, running.counts, lambda: 0, running.clock)

    async def start() -> None:
        await anext(metrics.listening(settings, shown_by)(web.Application()))

    with pytest.raises(Trouble, match="Nothing can listen on HEARBACK_METRICS"):
        running.looping.do(start())


def test_ready_and_alive(watched: tuple[Running, Twilio, int]) -> None:
    running, _, _ = watched
    answer = requests.get(running.url + "/ready", timeout=10)
    assert answer.status_code == 200
    assert [line.split()[1] for line in answer.text.splitlines()] == ["database:", "writer:", "disk:"]
    settings = load(port=int(running.url.rpartition(":")[2]))
    assert [how for how, _ in check._running(settings)] == [check.FINE] * 3, "hearback check asks the same"
    file = Path(running.store.database.url.removeprefix("sqlite:///"))
    away = file.with_suffix(".away")
    file.rename(away)
    try:
        answer = requests.get(running.url + "/ready", timeout=10)
        assert answer.status_code == 503 and "wrong writer: Nothing can be saved now." in answer.text
        assert answer.headers["Retry-After"] == "5" and str(file) not in answer.text
        assert requests.get(running.url + "/health", timeout=10).status_code == 200
    finally:
        away.rename(file)
    assert requests.get(running.url + "/ready", timeout=10).status_code == 200


def test_every_answer_has_a_number_that_is_in_the_log(watched: tuple[Running, Twilio, int]) -> None:
    running, _, _ = watched
    numbers = []
    for path in ("/", "/dudley/", "/staff/", "/Zebedee-Quillfeather", "/health", "/u/Zebedee", "/dudley/socket"):
        answer = requests.get(running.url + path, timeout=10, allow_redirects=False)
        numbers.append(answer.headers["X-Request-Id"])
        assert "Zebedee" not in answer.text
    assert len(set(numbers)) == len(numbers)
    log = running.log.getvalue()
    assert not [number for number in numbers if number not in log], log[-3000:]
    assert "area=chat" in log and "area=staff" in log and "Zebedee" not in log


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Usage:
        free = 10 * 1024 * 1024

    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: Usage)
    assert health.disk([tmp_path / "not there yet"]).how == "wrong"
    Usage.free = 300 * 1024 * 1024
    found = health.disk([tmp_path])
    assert found.how == "note" and "300 MB" in found.words


def test_off_unless_set(running: Running) -> None:
    assert requests.get(running.url + "/metrics", timeout=10).status_code == 404


def test_a_database_of_another_release_is_not_ready(running: Running) -> None:
    file = running.store.database.url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE alembic_version SET version_num = '0001'")
    found = health.database(running.store.database)
    assert found.how == "wrong" and "another release" in found.words


def test_too_many_web_sockets_are_told_to_come_again(running: Running) -> None:
    from bot.front import Requests

    crowded = Requests(1, sockets=0)

    async def ask() -> web.StreamResponse:
        from aiohttp.test_utils import make_mocked_request

        request = make_mocked_request("GET", "/dudley/socket", headers={"Upgrade": "websocket"})
        return await crowded.remember(request, lambda _: None)

    with pytest.raises(web.HTTPServiceUnavailable) as refused:
        running.looping.do(ask())
    assert refused.value.headers["Retry-After"] == "30"


def test_files_under_the_name_of_a_web_socket_take_no_room_for_ever(running: Running) -> None:
    from bot.front import Requests
    from bot.limits import admitted

    front = Requests(1_000_000)

    async def handle(request: web.Request) -> web.Response:
        await admitted(request)
        assert front.room.used == 900_000
        return web.Response()

    async def ask() -> web.StreamResponse:
        from aiohttp.test_utils import make_mocked_request

        headers = {"Upgrade": "websocket", "Content-Length": "900000"}
        return await front.remember(make_mocked_request("POST", "/dudley/", headers=headers), handle)

    running.looping.do(ask())
    assert front.room.used == 0
