"""Sends "you said, we did" to everybody who raised it and may be told, a few in each transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import sqlmodel

from storage import learning, news
from storage.jobs import Job, done
from storage.news import Drawn, Person
from storage.sealer import Sealer
from storage.store import Store

KIND = news.KIND
#: People told in one transaction, which may hold up nobody's turn, and in one go of the job: other work comes between.
TOGETHER, AT_ONCE = 12, 600


def run(store: Store, job: Job, now: datetime) -> None:
    """Tell the next of them; the job is due again at once until everybody was dealt with, or it was stopped."""
    with store.database.reading() as db:
        going = news.load(db, int(job.key))
        one, people = None, list[Person]()
        if going is not None and going.state == "sending":
            one = learning.action(db, Sealer(store.vault.ring), going.learning)
            people = news.next_people(db, one, going, AT_ONCE) if one is not None else []
            messages = news.drawn(store.worlds(going.organisation), news.words(db, going.learning))
    if going is None or one is None:
        store.writer.write(lambda db: done(db, job)).result()
        return
    _tell(store, job, one, people, messages, now)


def _tell(
    store: Store, job: Job, one: learning.Action, people: Sequence[Person], messages: Drawn, now: datetime
) -> None:
    for start in range(0, len(people), TOGETHER):
        part = people[start : start + TOGETHER]
        telling = partial(news.tell, vault=store.vault, job=job, one=one, part=part, messages=messages, now=now)
        if not store.writer.write(telling).result():
            break

    def end(db: sqlmodel.Session) -> None:
        if len(people) < AT_ONCE:
            news.finish(db, job, now)
        else:
            done(db, job, now)

    store.writer.write(end).result()
