"""E-mail, for those who prefer it. Read ``letter.py``, ``quoting.py``, ``post.py``.

Mails are fetched from a mailbox of the organisation and taken before they count as seen; answers go by the outbox,
in the person's own thread, under a subject that says nothing. What machines send is left alone.
"""

from __future__ import annotations

import asyncio
import imaplib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import formataddr
from typing import TypeVar

import structlog
from aiohttp import web

from bot.channels.contract import Account, Channel, Finding, House, Occasion
from bot.channels.email import letter, post
from bot.channels.email.letter import LIMITS, Bounce, Letter, render
from bot.channels.notify.client import Client as Notify
from bot.message import SendError
from flows.session import Media
from locales import identify
from storage import undelivered
from storage.media import Refused
from storage.outbox import Parcel
from storage.post import Inbound
from storage.turns import NotSaved, Revoked

log = structlog.get_logger()

NAME = "email"
#: Seconds between looks into the mailbox, and the longest while it is away.
EVERY, LATE = 15.0, 300.0
#: Tries of a mail that is a mistake of ours before it is left for a person.
PATIENCE = 3
T = TypeVar("T")


def parse(raw: bytes, account: Account, at: datetime, hashed: letter.Hashed) -> Inbound | None:
    """The message in a mail, without its files; None for what no person wrote. ValueError when it cannot be read."""
    found = letter.read(raw, account.values["address"], hashed)
    return _inbound(found, account, at) if isinstance(found, Letter) else None


def _inbound(one: Letter, account: Account, at: datetime) -> Inbound:
    return Inbound(
        organisation=account.organisation,
        channel=NAME,
        endpoint=account.id,
        sender=one.sender,
        external_id=one.number,
        at=at,
        text=one.text,
        event="" if one.text or one.files else "open",
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What ``send`` needs of a mail besides its parcel."""

    text: str
    language: str


class Mail:
    """One mailbox."""

    def __init__(self, account: Account, house: House) -> None:
        values = account.values
        where = f"The e-mail endpoint {account.id!r}"
        user, password = values.get("user", values["address"]), values["password"]
        if not _address(values["address"]):
            raise ValueError(f"{where}: address must be an e-mail address.")
        if values.get("after", "delete") not in ("delete", "keep"):
            raise ValueError(f'{where}: after must be "delete" or "keep".')
        by_notify = "notify_key" in values
        if by_notify != ("notify_template" in values) or by_notify == ("smtp" in values):
            raise ValueError(f"{where}: give it smtp, or notify_key and notify_template.")
        try:
            self._in = post.server(values["imap"], post.IN, user, password)
            self._out = None if by_notify else post.server(values["smtp"], post.OUT, user, password)
        except ValueError as error:
            raise ValueError(f"{where}: {error}.") from None
        self.account = account
        self.house = house
        self._notify = Notify(values["notify_key"], house.provider.get("notify", "")) if by_notify else None
        self._remove = values.get("after", "delete") == "delete"
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="mail")
        self._tries: dict[bytes, int] = {}

    def routes(self) -> list[web.RouteDef]:
        """None: we go to the mailbox."""
        return []

    # In ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look into the mailbox again and again until cancelled; one that is away is said once and waited for."""
        wait, away = EVERY, ""
        while True:
            try:
                await self._thread(self._look)
                wait, away = EVERY, ""
            except (OSError, imaplib.IMAP4.error) as error:
                if (kind := type(error).__name__) != away:
                    log.warning("a mailbox is away or refuses; we try again", channel=NAME, error=kind)
                wait, away = min(wait * 2, LATE), kind
            except Exception:
                log.exception("looking into a mailbox failed", channel=NAME)
                wait = min(wait * 2, LATE)
            await asyncio.sleep(wait)

    def _look(self) -> None:
        """Take what is new. Blocking. A mail counts as seen when it is saved, never before."""
        with post.mailbox(self._in) as box:
            for number, raw in post.unseen(box, 2 * self.house.largest):
                if raw is None:
                    self.house.counts.add(NAME, "too large")
                    post.taken(box, number, remove=False)
                    continue
                try:
                    done, mine = True, self.take(raw)
                except NotSaved:
                    self.house.counts.add(NAME, "not saved")
                    return
                except ValueError:
                    self.house.counts.add(NAME, "malformed message")
                    mine = False
                except Exception:
                    log.exception("a mail could not be taken", channel=NAME)
                    self._tries[number] = self._tries.get(number, 0) + 1
                    done, mine = self._tries[number] >= PATIENCE, False
                if done:
                    post.taken(box, number, remove=mine and self._remove)

    def take(self, raw: bytes) -> bool:
        """Take one mail; whether a person wrote it. Blocking. Raises NotSaved, and ValueError for what is none."""
        now = self.house.clock()
        named = self._notify is not None
        found = letter.read(raw, self.account.values["address"], self.house.hashed, named=named)
        if isinstance(found, Bounce):
            self._bounced(found, now)
            return False
        if found is None:
            self.house.counts.add(NAME, "nobody to answer")
            return False
        inbound = _inbound(found, self.account, now)
        known = self.house.talks.find(inbound.organisation, NAME, self.account.id, inbound.sender)
        if (known is None or not known.language) and inbound.text:
            inbound = replace(inbound, language=identify.spoken(inbound.text))
        media = tuple(one for one in map(self._kept, found.files) if one)
        lost = found.lost + len(found.files) - len(media)
        inbound = replace(inbound, media=media, event="" if inbound.text or media else "open")
        try:
            reply = self.house.writer.take(inbound).result()
        except Revoked:
            self.house.counts.add(NAME, "given up")
            return True
        if lost and not reply.duplicate:
            tell = (inbound.organisation, reply.talk, undelivered.FILE_LOST, now)
            self.house.writer.write(lambda db: undelivered.tell(db.connection(), *tell)).result()
        return True

    def _kept(self, file: tuple[str, str, bytes]) -> Media | None:
        name, kind, content = file
        try:
            return self.house.files.store(self.account.organisation, io.BytesIO(content), name, kind)
        except Refused:
            self.house.counts.add(NAME, "file refused")
            return None

    def _bounced(self, found: Bounce, now: datetime) -> None:
        about = (self.account.organisation, self.account.id, found.row, "undelivered", found.code, now)
        known = self.house.writer.write(lambda db: undelivered.reported(db, *about)).result()
        self.house.counts.add(NAME, f"undelivered: {found.code}" if known else "unknown report")

    # Out -----------------------------------------------------------------------------------------------

    def render(self, parcel: Parcel) -> tuple[Part, ...]:
        """The text of one mail, in parts; covered at its start where others read the mailbox."""
        message = parcel.outgoing.message
        return tuple(Part(text, message.language) for text in render(message, Occasion(private=parcel.private)))

    async def send(self, parcel: Parcel, part: Part, number: int) -> str:
        """One mail; its id."""
        to, hashed, values = parcel.outgoing.to, self.house.hashed, self.account.values
        if self._notify is not None:
            text = f"{part.text}\n{letter.name(hashed, to)}\n"
            said = letter.subject(part.language)
            sid = await self._notify.send_mail(
                to.partition(" ")[0], values["notify_template"], said, text, str(parcel.id)
            )
            if not sid:
                raise SendError("the provider answered nonsense", retryable=True, code="nonsense")
            return sid
        assert self._out is not None
        out, ours = self._out, formataddr((values.get("name", ""), values["address"]))
        mail = letter.made(part.text, to, ours, part.language, parcel.id, number, hashed, self.house.clock())
        await self._thread(lambda: post.send(out, mail))
        return str(mail["Message-ID"])

    async def check(self) -> list[Finding]:
        """Opens the mailbox, and reaches the server or the provider that sends; what was found, in words."""
        found: list[Finding] = []
        try:
            await self._thread(self._open)
            found.append(("ok", "The mailbox opens."))
        except (OSError, imaplib.IMAP4.error) as error:
            found.append(
                ("wrong", f"The mailbox does not open ({type(error).__name__}). Are imap, user and password right?")
            )
        if self._notify is not None:
            return found + await self._notify.check(self.account.values["notify_template"])
        try:
            await self._thread(self._reach)
            found.append(("ok", "The mail server lets us send."))
        except Exception as error:
            code = post.sorted_out(error).code
            found.append(("wrong", f"We may not send by the mail server ({code}). Are smtp, user and password right?"))
        return found

    def _open(self) -> None:
        with post.mailbox(self._in):
            pass

    def _reach(self) -> None:
        assert self._out is not None
        with post.carrier(self._out) as line:
            line.noop()

    async def _thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        """Lets calls under way end by themselves, and starts no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._notify is not None:
            self._notify.close()


def _address(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name) and "." in host and text.isascii() and text.isprintable() and " " not in text


CHANNEL = Channel(
    name=NAME,
    needs=frozenset(("address", "imap", "password")),
    may=frozenset(("smtp", "user", "name", "after", "notify_key", "notify_template")),
    secrets=frozenset(("password", "notify_key")),
    limits=LIMITS,
    parse=parse,
    render=render,
    opened=Mail,
)
