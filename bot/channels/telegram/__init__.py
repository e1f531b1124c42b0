"""Telegram: one bot of one organisation, by python-telegram-bot. Read ``updates.py``, ``intake.py``, ``render.py``.

A laptop fetches updates (long polling), a server with an https address has them sent (webhook with a secret);
both end in ``Intake.take``, and an update is only confirmed when its turn is saved.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from aiohttp import web
from telegram import LinkPreviewOptions, MessageEntity
from telegram import Message as SentMessage
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError

import locales
from bot import cards
from bot.cards import Cell
from bot.channels.contract import Account, Channel, Finding, House, Occasion, unavailable
from bot.channels.telegram import setup
from bot.channels.telegram.client import Client, failure, seconds, understood
from bot.channels.telegram.intake import CHANNEL as NAME
from bot.channels.telegram.intake import Intake, inbound, keyboard, put
from bot.channels.telegram.render import Piece, length, render
from bot.channels.telegram.updates import WANTED, Heard, Malformed, read
from bot.channels.telegram.words import WORDS
from flows.message import Message
from storage.outbox import Parcel
from storage.post import Inbound
from storage.turns import NotSaved

log = structlog.get_logger()

#: Bytes of one update: far more than Telegram ever sends.
BODY = 1_000_000
#: Seconds between two tries of what keeps failing: at first, and at most.
SOON, LATE = 1.0, 30.0
#: Times an update that fails in a way nobody foresaw is tried before it is left, so that others are heard.
PATIENCE = 3
#: Two people told to wait within so many seconds: the whole bot is too fast.
FLOOD = 10.0
#: Our first answer is the talk's first entry, or the second behind what they wrote.
FIRST = 2
_TOKEN = re.compile(r"\d{1,20}:[\w-]{10,100}", re.ASCII)
_PREVIEWS = LinkPreviewOptions(is_disabled=True)


@cache
def _translator(code: str) -> locales.Translator:
    return locales.translator(code)


def translate(language: str, text: str) -> str:
    """A text of this channel in a language."""
    return _translator(language)("", text)


def present(message: Message, occasion: Occasion, page: str = "") -> tuple[Piece, ...]:
    """The parts of a message; above the first of a talk stands who can read it, and ``page``, the other way in."""
    before: tuple[str, ...] = ()
    if occasion.first:
        before = (translate(message.language, WORDS["first"]),)
        if page:
            before = (f"{before[0]} {translate(message.language, WORDS['first_page']).replace('{address}', page)}",)
    return render(message, translate, before, covered=occasion.private)


def covers(part: Piece) -> list[MessageEntity] | None:
    """What Telegram covers until it is tapped, in the chat, the list of chats and on a locked screen."""
    if not part.head:
        return None
    start = length(part.head) + 2
    return [MessageEntity(MessageEntity.SPOILER, start, length(part.text) - start)]


def parse(data: Any, account: Account, at: datetime, entries: Mapping[str, Mapping[str, str]] = {}) -> Inbound | None:
    """The message in an update, without its file; None for a button, a block, a group. Raises Malformed."""
    event = read(data)
    if not isinstance(event, Heard) or not (event.text or event.begin is not None):
        return None
    return inbound(event, account, at, entry=entries.get((event.begin or "").lower(), {}))


class Telegram:
    """One bot."""

    def __init__(self, account: Account, house: House) -> None:
        token, updates = account.values["token"], account.values.get("updates", "")
        if not _TOKEN.fullmatch(token):
            raise ValueError(
                f"The token of the Telegram bot {account.id} is not one: BotFather gives digits, a colon, and about 35 "
                "letters. Copy it again, without spaces."
            )
        if updates not in ("", "polling", "webhook"):
            raise ValueError(f'updates of the Telegram bot {account.id} is {updates!r}; write "polling" or "webhook".')
        self.account = account
        self.house = house
        self.languages = tuple(entry.code for entry in locales.offered())
        self.client = Client(token, house.provider.get(NAME, ""))
        self.intake = Intake(account, house, self.client, translate, self.languages)
        https = house.base_url.startswith("https://")
        self.address = f"{house.base_url}{self.path}" if updates == "webhook" or (https and not updates) else ""
        self._page = f"{house.base_url}/{account.organisation}/" if https else ""
        self._secret = setup.secret(token)
        self._told: dict[str, float] = {}
        #: a card -> what Telegram calls it, since it was sent once
        self._cards: OrderedDict[tuple[Cell, ...], str] = OrderedDict()
        self._tries: dict[int, int] = {}

    @property
    def path(self) -> str:
        """Where Telegram sends updates."""
        return f"/telegram/{self.account.id}"

    # In ------------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        """Where Telegram posts updates; none where they are fetched instead."""
        return [web.post(self.path, self.webhook)] if self.address else []

    async def webhook(self, request: web.Request) -> web.Response:
        """200 when the update is saved; 403 without our secret, 400 for what is no update, 503 to have it again."""
        counts = self.house.counts
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            raise counts.refuse(NAME, "wrong secret", web.HTTPForbidden)
        try:
            if (request.content_length or 0) > BODY:
                raise Malformed("too long")
            body = await request.content.read(BODY + 1)
            while not request.content.at_eof() and len(body) <= BODY:
                body += await request.content.read(BODY + 1)
            if len(body) > BODY:
                raise Malformed("too long")
            await self.intake.take(json.loads(body))
        except NotSaved as error:
            counts.add(NAME, "not saved")
            raise unavailable(error) from None
        except (Malformed, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise counts.refuse(NAME, "malformed update", web.HTTPBadRequest) from None
        return web.Response()

    async def run(self) -> None:
        """Introduce the bot, say where updates go, and fetch them where that is our part; until cancelled."""
        introducing = asyncio.create_task(
            self._insist("introduce", lambda: setup.introduce(self.client.bot, self.languages, translate))
        )
        try:
            await self._insist("listen", lambda: setup.listen(self.client.bot, self.address))
            if not self.address:
                await self._poll()
            await introducing
        finally:
            introducing.cancel()
            await asyncio.gather(introducing, return_exceptions=True)

    async def _insist(self, what: str, work: Any) -> None:
        """Try until it works; a Telegram that is away is said once and waited for."""
        said = ""
        wait = SOON
        while True:
            try:
                await understood(work())
                return
            except TelegramError as error:
                said = self._said(said, error, what)
                wait = self._wait(error, wait)
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))

    async def _poll(self) -> None:
        """Fetch updates; the next offset is only asked for when all before it are saved."""
        offset: int | None = None
        wait, said = SOON, ""
        while True:
            try:
                updates = await self.client.updates(offset, WANTED)
                said = ""
            except TelegramError as error:
                said = self._said(said, error, "fetch")
                wait = self._wait(error, wait)
                await asyncio.sleep(wait * random.uniform(0.8, 1.2))
                continue
            before = offset
            saved = await asyncio.gather(*(self._saved(update) for update in updates))
            for update, done in zip(updates, saved, strict=True):
                if not done:
                    break
                number = update.get("update_id") if isinstance(update, dict) else None
                if isinstance(number, int):
                    offset = number + 1
            if updates and (offset == before or not all(saved)):
                wait = min(wait * 2, LATE)
                await asyncio.sleep(wait)
            else:
                wait = SOON

    async def _saved(self, update: Any) -> bool:
        """Whether an update needs no second try."""
        try:
            await self.intake.take(update)
        except Malformed:
            self.house.counts.add(NAME, "malformed update")
        except NotSaved:
            self.house.counts.add(NAME, "not saved")
            return False
        except Exception:
            log.exception("an update could not be taken", channel=NAME)
            number = update["update_id"]
            self._tries[number] = self._tries.get(number, 0) + 1
            if self._tries[number] < PATIENCE:
                return False
            self._tries.pop(number)
        return True

    def _said(self, said: str, error: TelegramError, what: str) -> str:
        kind = type(error).__name__
        if kind != said:
            level = log.error if isinstance(error, (InvalidToken, Conflict)) else log.warning
            level("Telegram is away or refuses; we try again", channel=NAME, kind=what, error=kind)
        return kind

    def _wait(self, error: TelegramError, wait: float) -> float:
        if isinstance(error, RetryAfter):
            return seconds(error)
        return LATE if isinstance(error, (InvalidToken, Conflict)) else min(wait * 2, LATE)

    # Out -----------------------------------------------------------------------------------------------

    def render(self, parcel: Parcel) -> tuple[Piece, ...]:
        """The parts of a parcel; the first of a talk is told who can read it."""
        return present(parcel.outgoing.message, Occasion(first=parcel.seq <= FIRST, private=parcel.private), self._page)

    async def send(self, parcel: Parcel, part: Piece, number: int) -> str:
        """One part, below its picture card where it has one; Telegram's id of it. Raises SendError."""
        to = int(parcel.outgoing.to)
        try:
            sent = await self._pictured(to, part) if part.card else None
            sent = sent or await self.client.bot.send_message(
                to,
                part.text,
                reply_markup=keyboard(part.rows),
                entities=covers(part),
                link_preview_options=_PREVIEWS,
            )
            return str(sent.message_id)
        except Exception as error:
            wrong = failure(error)
            if isinstance(error, RetryAfter):
                wrong.pause = self._flooded(parcel.outgoing.to)
            raise wrong from None

    async def _pictured(self, to: int, part: Piece) -> SentMessage | None:
        """The text below a card of its choices; None where there can be no card, and the text has to do."""
        try:
            photo: str | bytes | None = self._cards.get(part.card)
            if photo is None:
                photo = await asyncio.to_thread(cards.card, part.card, self.house.symbols, self.account.organisation)
        except Exception:
            log.exception("a card of pictures could not be drawn", channel=NAME)
            return None
        try:
            sent = await self.client.bot.send_photo(
                to,
                photo,
                caption=part.text,
                caption_entities=covers(part),
                has_spoiler=bool(part.head),
                reply_markup=keyboard(part.rows),
            )
        except BadRequest:
            self._cards.pop(part.card, None)
            return None
        if sent.photo:
            put(self._cards, part.card, sent.photo[-1].file_id)
        return sent

    def _flooded(self, to: str) -> bool:
        """Whether the limit is the whole bot's: Telegram does not say, but then it tells several people's messages."""
        now = time.monotonic()
        self._told = {other: at for other, at in self._told.items() if now - at < FLOOD} | {to: now}
        return len(self._told) > 1

    # The rest ------------------------------------------------------------------------------------------

    async def check(self) -> list[Finding]:
        """What Telegram says of the token, the webhook and the commands it shows."""
        return await setup.findings(self.client.bot, self.address, self.languages, translate)

    async def close(self) -> None:
        """Ends what is under way beside the turns, then lets go of the connections."""
        await self.intake.close()
        await self.client.close()


CHANNEL = Channel(
    name=NAME,
    needs=frozenset({"token"}),
    may=frozenset({"updates", "username"}),
    secrets=frozenset({"token"}),
    limits=setup.limits(),
    parse=parse,
    render=present,
    opened=Telegram,
)

__all__ = ["CHANNEL", "Telegram"]
