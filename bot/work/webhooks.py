"""Other systems are told what happened to records: the rows of ``storage.webhooks`` as signed posts.

What is sent says that something happened, never what was said. It goes to addresses on the internet by https only,
looked up once and called at what was looked up, so that nobody can lead it into the network it comes from; a setting
names hosts inside that may be told all the same. It follows no redirect and reads next to nothing of the answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from storage import webhooks
from storage.jobs import Job
from storage.sealer import Sealer
from storage.store import Store
from storage.webhooks import KIND, Delivery, Webhook

log = structlog.get_logger()

#: Seconds for one post, and for one go of a webhook: well within the lease of its job.
CALL, GO = 10.0, 60.0
#: Events looked up at once; before each lot it is looked whether the webhook has ended.
AT_ONCE = 10
#: Failures after which the rest waits for the next go: the other side is away.
ENOUGH = 3
#: What a post carries besides its body.
SIGNATURE, EVENT, DELIVERY = "Hearback-Signature", "Hearback-Event", "Hearback-Delivery"


@dataclass(frozen=True)
class Teller:
    """Tells webhooks. ``inside``: hosts of one's own network that may be told; ``address`` of this deployment."""

    inside: Collection[str] = ()
    address: str = ""
    call: float = CALL

    @property
    def kinds(self) -> Mapping[str, Callable[[Store, Job, datetime], None]]:
        """The job it does, by its kind, as ``bot.jobs`` takes it."""
        return {KIND: self.run}

    def run(self, store: Store, job: Job, now: datetime) -> None:
        """Tell a webhook what is due, and plan the next go."""
        with store.database.reading() as db:
            hook = webhooks.find(db, Sealer(store.vault.ring), job.organisation, int(job.key))
        if hook is None:
            store.writer.write(lambda db: webhooks.drop(db, job)).result()
            return
        asyncio.run(self._go(store, hook, now))
        store.writer.write(lambda db: webhooks.rest(db, job, now)).result()

    async def _go(self, store: Store, hook: Webhook, now: datetime) -> None:
        """Post what is due, one after the other; ``now`` stays, so that nothing is tried twice in one go."""
        end, failures = time.monotonic() + GO, 0
        async with self._session(hook) as session:
            while True:
                with store.database.reading() as db:
                    if webhooks.find(db, Sealer(store.vault.ring), hook.organisation, hook.id) is None:
                        return  # it was ended meanwhile: nothing more is told to it
                    found = webhooks.due(db, hook.id, now, AT_ONCE)
                for delivery in found:
                    if time.monotonic() > end or failures >= ENOUGH:
                        return
                    answer = await self._told(session, hook, delivery) if webhooks.keeps(hook, delivery) else "kept"
                    state = answer if answer == "kept" else "sent" if answer.startswith("2") else "failed"
                    failures = failures + 1 if state == "failed" else 0
                    mark = partial(_mark, delivery, state, "" if answer == "kept" else answer, now)
                    await asyncio.wrap_future(store.writer.write(mark))
                if not found:
                    return

    def _session(self, hook: Webhook) -> ClientSession:
        parts = urlsplit(hook.url)
        free = webhooks.allowed_inside(parts.hostname or "", parts.port, self.inside)
        connector = TCPConnector(resolver=ThreadedResolver() if free else Outside(), limit=1)
        return ClientSession(connector=connector, timeout=ClientTimeout(total=self.call), trust_env=False)

    async def _told(self, session: ClientSession, hook: Webhook, delivery: Delivery) -> str:
        """What the other side said to one event: its status, or a code of ours."""
        if webhooks.problem(hook.url, self.inside):
            return "refused"  # the settings allow this host no longer
        body = json.dumps(content(hook, delivery, self.address), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Hearback",
            EVENT: delivery.type,
            DELIVERY: str(delivery.id),
            SIGNATURE: signature(hook.secret, body, int(time.time())),
        }
        try:
            async with session.post(hook.url, data=body, headers=headers, allow_redirects=False) as response:
                return str(response.status)
        except NotOutside:
            return "refused"
        except TimeoutError:
            return "timeout"
        except (ClientError, OSError, ValueError) as error:
            return "refused" if isinstance(error.__cause__, NotOutside) else "network"


def _mark(delivery: Delivery, state: str, answer: str, now: datetime, db: Any) -> None:
    webhooks.mark(db.connection(), delivery, state, answer, now)
    if state == "failed":
        log.warning("a webhook was not told", error=answer, count=delivery.attempts + 1)


def content(hook: Webhook, delivery: Delivery, address: str) -> dict[str, Any]:
    """What is posted: docs/integration.md describes it."""
    return {
        "id": str(delivery.id),
        "organisation": hook.organisation,
        "record": delivery.reference,
        "number": delivery.seq,
        "type": delivery.type,
        "at": delivery.at.isoformat(),
        "href": f"{address}/api/v1/records/{delivery.reference}",
    }


def signature(secret: str, body: bytes, at: int) -> str:
    """``t=<seconds>,v1=<hex>``: HMAC-SHA256 of "<seconds>.<body>" with the webhook's secret."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class NotOutside(OSError):
    """A name leads into a network that is nobody's on the internet."""


class Outside(AbstractResolver):
    """Looks names up, and refuses one as soon as any of its addresses is inside a network."""

    def __init__(self) -> None:
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, all of them outside. Raises NotOutside: no connection is made."""
        found = await self._names.resolve(host, port, family)
        if not all(webhooks.outside(one["host"]) for one in found):
            raise NotOutside("an address inside a network")
        return found

    async def close(self) -> None:
        """Lets go of the resolver below."""
        await self._names.close()
