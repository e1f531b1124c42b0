"""What providers keep of messages is emptied: the jobs of ``storage.redacting``, a few at a time.

Refused, it is asked for again, in the end once an hour: a message on its way is done in a minute or two, by the
provider's word in fourteen days at most. A message that the provider has no more is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels.contract import Emptied, Endpoint, Finding
from bot.message import SendError
from storage import jobs, redacting
from storage.database import Database
from storage.jobs import Job
from storage.redacting import KIND
from storage.store import Store

log = structlog.get_logger()

#: Messages under way at a time, every five seconds.
AT_ONCE = 2
#: Tries after which it is said that something is wrong (some six hours), and that it is given up (fourteen days).
LOUD, TRIES = 12, 345


@dataclass(frozen=True)
class Emptier:
    """Asks the providers of these numbers."""

    endpoints: Collection[Endpoint]

    @property
    def kinds(self) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
        """The job it does, by its kind, as ``bot.jobs`` takes it."""
        return {KIND: self.run}

    def run(self, store: Store, job: Job, now: datetime) -> None:
        """Have one message emptied, or try again later."""
        one = redacting.carried(job)
        known = (end for end in self.endpoints if isinstance(end, Emptied) and end.account.id == one.endpoint)
        endpoint = next((end for end in known if end.account.organisation == job.organisation), None)
        if endpoint is None:
            self._later(store, job, now, SendError("no such number", retryable=True, code="no endpoint"))
            return
        if endpoint.redact_after is not None:
            try:
                asyncio.run(endpoint.redact(one.id))
            except SendError as error:
                self._later(store, job, now, error)
                return
        store.writer.write(lambda db: jobs.done(db, job)).result()

    def _later(self, store: Store, job: Job, now: datetime, error: SendError) -> None:
        if job.attempt >= TRIES:
            log.error("a provider keeps a message, and is not asked any more", channel="sms", error=error.code)
            store.writer.write(lambda db: jobs.done(db, job)).result()
            return
        if job.attempt == LOUD:
            log.warning("a provider does not empty a message", channel="sms", error=error.code, count=job.attempt)
        least = timedelta(seconds=error.after or 0)
        store.writer.write(lambda db: jobs.failed(db, job, now, least)).result()


def findings(database: Database) -> list[Finding]:
    """For ``hearback check``: numbers whose provider was asked for hours."""
    with database.reading() as db:
        found = redacting.stuck(db, LOUD)
    return [
        (
            "wrong",
            f"Text messages of {organisation} ({endpoint}): the provider still keeps the words of {count} messages, "
            f"though it was asked {LOUD} times and more to empty them. The log names its error ("
            "“a provider does not empty a message”); docs/channels.md says what to do.",
        )
        for organisation, endpoint, count in found
    ]
