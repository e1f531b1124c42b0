"""A server on loopback that takes alerts as apprise's ``json://`` sends them, and a process that sends until killed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

import console
from bot import alarm, jobs
from bot.work import alerts
from casework.calendar import Hours
from casework.offer import Duty, Name
from storage import alert_ways
from storage.sealer import Sealer
from storage.store import Store, open_store
from storage.turns import NotSaved
from tests.storage.people import START, Person
from tests.storage.plainworld import PROFILES

DUTY = Duty(
    name=Name({"en": "Duty team"}), number="01632 960200", hours=Hours(clock_time(0), clock_time(23, 59), "every day"),
    check_by=date(2030, 1, 1),
)  # fmt: skip
#: The procedures of the store's tests, with somebody on duty.
SERVED = {name: replace(profile, duty=DUTY) for name, profile in PROFILES.items()}


@dataclass
class Receiver:
    """Takes what is posted. ``/bad`` answers 404, ``/slow`` never."""

    port: int = 0
    got: list[tuple[str, str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def address(self, path: str) -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def texts(self, path: str = "") -> list[str]:
        return [body for where, _, body in list(self.got) if path in where]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.got.append((self.path, said["title"], said["message"]))
            if "slow" in self.path:
                receiver.over.wait(20)
            self.send_response(404 if "bad" in self.path else 200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def teller(patience: float = 5.0) -> alerts.Teller:
    return alerts.Teller(lambda letters: alarm.send(letters, patience), console.wording, "https://talk.example.org")


def add_way(store: Store, organisation: str, tier: str, address: str, **more: Any) -> int:
    label = more.pop("label", address.rpartition("/")[2])
    return store.writer.write(
        lambda db: alert_ways.add(
            db.connection(), Sealer(store.vault.ring), organisation, tier, label, address, by="test", at=START, **more
        )
    ).result(10)


def alarm_until_killed(url: str, settings: dict[str, Any], round_: int, heard: Connection) -> None:
    """People in danger write and staff are told, until somebody kills it; ``heard`` gets what was acknowledged."""
    assert alarm.known("json://127.0.0.1/x")  # apprise looks through its plugins the first time
    store = open_store(url, **settings)
    tell, begun = teller(), time.monotonic()

    def clock() -> datetime:
        """A minute is over in no time, so that the killing falls between any two things."""
        return START + timedelta(hours=round_, minutes=1 + 20 * (time.monotonic() - begun))

    def telling() -> None:
        while True:
            try:
                jobs.work_due(store, clock, tell.kinds)
            except NotSaved:
                return
            time.sleep(0.002)

    threading.Thread(target=telling, daemon=True).start()
    for number in range(10_000):
        person = Person(store.writer, f"r{round_}n{number}")
        try:
            person.reach("story")
            person.now = START
            person.say("My uncle is hitting me")
        except NotSaved:
            return
        heard.send(person.sender)
