"""A process full of people talking, made to be killed: it reports every reply that was acknowledged."""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection
from typing import Any

from storage.store import open_store
from storage.turns import NotSaved, Reply
from tests.storage.people import Person

PEOPLE = 8


def talk_until_killed(url: str, settings: dict[str, Any], round_: int, heard: Connection) -> None:
    """People complain, each in a thread, one after another; ``heard`` gets what was said and what was acknowledged."""
    store = open_store(url, **settings)
    lock = threading.Lock()

    def people(place: int) -> None:
        for turn in range(10_000):
            person = Person(store.writer, f"r{round_}p{place}t{turn}")
            person.story = f"story of {person.sender}"
            reply: Reply | None = None
            for step in range(30):
                said = person.next()
                number = f"{person.sender}-{step}"
                inbound = person.inbound(said.text, said.choice, number=number, event=said.event)
                try:
                    reply = person.heard(store.writer.take(inbound).result(30))
                except NotSaved:
                    return
                with lock:
                    filed = (reply.reference, reply.receipt)
                    heard.send((person.sender, number, said.text, said.choice, said.event, *filed))
                if reply.reference:
                    break

    threads = [threading.Thread(target=people, args=(place,), daemon=True) for place in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
