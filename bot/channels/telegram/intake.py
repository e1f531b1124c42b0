"""From an update to a turn that is saved: files are fetched and sealed first, then the store takes it.

Updates of one person are handled in the order they come, those of others beside them. What Telegram alone is
told (a tick on a button, "too big") is never waited for, and a failure there loses nothing that was said.
"""

from __future__ import annotations

import asyncio
import io
import time
import weakref
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError

import locales
from bot.channels.contract import Account, House
from bot.channels.telegram.client import Client
from bot.channels.telegram.render import Rows, Translate, hashed, marked, ticked, turned
from bot.channels.telegram.updates import Blocked, Event, File, Group, Heard, Pressed, read
from bot.channels.telegram.words import WORDS
from flows.message import Choice
from flows.session import Media
from storage.media import Refused
from storage.post import Inbound
from storage.talks import Talk
from storage.turns import Revoked

log = structlog.get_logger()

CHANNEL = "telegram"
MB = 1024 * 1024
#: The Bot API gives no larger file to anybody, in bytes.
LARGEST = 20 * MB
#: Seconds to wait before a file is asked for again.
AGAIN = (0.5, 2.0)
#: Files fetched at once: each may lie in memory whole.
FETCHING = 4
#: Seconds in which the same button pressed twice is one press, and Telegram may still show the old ticks.
TWICE, SETTLING = 2.0, 10.0
REMEMBERED = 2_000
#: A refused file -> what is said about it.
_REFUSED = {"large": "too_big", "empty": "empty_file", "type": "bad_type"}


def inbound(heard: Heard, account: Account, at: Any, **more: Any) -> Inbound:
    """The message of an event, without files; ``more`` sets other fields. Pure."""
    fields: dict[str, Any] = {
        "text": heard.text,
        "language": heard.language,
        "event": "open" if heard.begin is not None else "edited" if heard.edited else "",
    }
    return _inbound(heard.update, heard.chat, account, at, **(fields | more))


def _inbound(update: int, chat: int, account: Account, at: Any, **fields: Any) -> Inbound:
    return Inbound(
        organisation=account.organisation,
        channel=CHANNEL,
        endpoint=account.id,
        sender=str(chat),
        external_id=str(update),
        at=at,
        **fields,
    )


class Intake:
    """Takes the updates of one bot."""

    def __init__(
        self, account: Account, house: House, client: Client, translate: Translate, languages: tuple[str, ...]
    ) -> None:
        self.account = account
        self.house = house
        self.client = client
        self.translate = translate
        self.languages = languages
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()
        self._fetching = asyncio.Semaphore(FETCHING)
        self._beside: set[asyncio.Task[None]] = set()
        self._left: set[int] = set()
        self._last: OrderedDict[int, tuple[int, str, float]] = OrderedDict()
        self._ticks: OrderedDict[tuple[int, int], tuple[Rows, float]] = OrderedDict()

    async def take(self, data: Any) -> None:
        """Take an update; what it says is committed when this returns. Raises Malformed, NotSaved."""
        event = read(data)
        if event is None:
            return
        lock = self._locks.setdefault(event.chat, asyncio.Lock())
        async with lock:
            await self._one(event)

    async def close(self) -> None:
        """Let what is under way beside the turns end, or end it."""
        for task in tuple(self._beside):
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def _one(self, event: Event) -> None:
        if isinstance(event, Group):
            self._beside_it(self._leave(event))
            return
        talk = await self.house.talk(self.account, str(event.chat)) if _looks_back(event) else None
        try:
            if isinstance(event, Heard):
                await self._heard(event, talk)
            elif isinstance(event, Pressed):
                await self._pressed(event, talk)
            elif talk is not None and not event.back:
                # Blocking is the plainest way to say STOP; staff get the same task.
                await self._take(event, text="stop")
        except Revoked:
            self.house.counts.add(CHANNEL, "given up")

    async def _take(self, event: Heard | Pressed | Blocked, **fields: Any) -> None:
        await self.house.take(_inbound(event.update, event.chat, self.account, self.house.clock(), **fields))

    # Words and files ---------------------------------------------------------------------------------

    async def _heard(self, event: Heard, talk: Talk | None) -> None:
        media: tuple[Media, ...] = ()
        problem = "" if event.taken else "not_taken"
        if event.file is not None:
            media, problem = await self._fetch(event.file)
        if event.text or media or event.begin is not None:
            fields: dict[str, Any] = {"media": media, "language": self._offered(event.language)}
            if event.begin is not None:
                entries: Mapping[str, Mapping[str, str]] = self.house.entries.get(self.account.organisation, {})
                fields["entry"] = entries.get(event.begin.lower(), {})
                if talk is not None:
                    # Who has been here before goes on, even after STOP.
                    fields |= {"text": "start", "event": ""}
            await self.house.take(inbound(event, self.account, self.house.clock(), **fields))
        if problem:
            self.house.counts.add(CHANNEL, problem.replace("_", " "))
            self._beside_it(self._note(event.chat, problem, self._speaks(event.language, talk)))

    async def _fetch(self, file: File) -> tuple[tuple[Media, ...], str]:
        """The file, sealed; or what to say about it."""
        limit = min(LARGEST, self.house.largest)
        if file.size > limit:
            return (), "too_big"
        async with self._fetching:
            data = await self._download(file, limit)
            if isinstance(data, str):
                return (), data
            try:
                stored = await asyncio.to_thread(
                    self.house.files.store, self.account.organisation, io.BytesIO(data), file.name, file.mime
                )
            except Refused as refused:
                return (), _REFUSED[refused.why]
        return (stored,), ""

    async def _download(self, file: File, limit: int) -> bytes | str:
        """The content, or what to say instead of it."""
        for wait in (*AGAIN, None):
            try:
                data = await self.client.file(file.id, limit)
                return "too_big" if data is None else data
            except BadRequest:
                break  # Telegram has let it go
            except TelegramError:
                if wait is not None:
                    await asyncio.sleep(wait)
        return "not_fetched"

    # Buttons -------------------------------------------------------------------------------------------

    async def _pressed(self, event: Pressed, talk: Talk | None) -> None:
        now = time.monotonic()
        last = self._last.get(event.chat)
        if last is not None and last[:2] == (event.message, event.data) and now - last[2] < TWICE:
            self._beside_it(self._answer(event))
            return
        sign = event.data[:1]
        if sign == "+" and event.rows:
            self._tick(event, now)
        elif sign == "/":
            await self._command(event, talk)
        elif sign == "!":
            chosen = ticked(self._rows(event, now))
            if chosen:
                await self._choose(event, talk, chosen)
            else:
                self._beside_it(self._answer(event, "tick_first" if event.rows else "old_button", talk))
        else:
            await self._choose(event, talk, (event.data.removeprefix("+"),))

    async def _choose(self, event: Pressed, talk: Talk | None, tokens: tuple[str, ...]) -> None:
        if any(token.startswith("#") for token in tokens):
            tokens = await self._whole(talk, tokens)
        await self._take(event, choice="\n".join(tokens), language=self._offered(event.language))
        self._remember(event)
        self._beside_it(self._answer(event))
        if not event.data.startswith("!") and event.rows:
            self._beside_it(self._show(event, marked(event.rows, event.data)))

    async def _command(self, event: Pressed, talk: Talk | None) -> None:
        """SKIP or BACK, only for the question it stands under: pressed weeks later it must not skip another."""
        command, _, step = event.data[1:].partition("=")
        asked = await asyncio.to_thread(self.house.talks.open_message, talk) if talk is not None else None
        if asked is None or asked[1].step != step or command not in ("back", "skip"):
            self._beside_it(self._answer(event, "old_button", talk))
            return
        await self._take(event, text=command)
        self._remember(event)
        self._beside_it(self._answer(event))

    async def _whole(self, talk: Talk | None, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """Long tokens by their hashes, found among the choices that this person was shown."""
        items = await asyncio.to_thread(self.house.talks.since, talk) if talk is not None else ()
        shown: list[Choice] = [choice for item in items if item.message for choice in item.message.choices]
        names = {hashed(choice.token): choice.token for choice in shown}
        return tuple(names.get(token, token) for token in tokens)

    def _rows(self, event: Pressed, now: float) -> Rows:
        """The buttons as they stand; right after a tap Telegram may still show them without it."""
        kept = self._ticks.get((event.chat, event.message))
        return kept[0] if kept is not None and now - kept[1] < SETTLING else event.rows

    def _tick(self, event: Pressed, now: float) -> None:
        rows = turned(self._rows(event, now), event.data)
        put(self._ticks, (event.chat, event.message), (rows, now))
        self._beside_it(self._show(event, rows))
        self._beside_it(self._answer(event))

    def _remember(self, event: Pressed) -> None:
        put(self._last, event.chat, (event.message, event.data, time.monotonic()))

    # What Telegram alone is told -----------------------------------------------------------------------

    async def _answer(self, event: Pressed, key: str = "", talk: Talk | None = None) -> None:
        """Every press is answered, or the button keeps turning on their telephone."""
        text = self.translate(self._speaks(event.language, talk), WORDS[key]) if key else None
        await self.client.bot.answer_callback_query(event.query, text=text)

    async def _show(self, event: Pressed, rows: Rows) -> None:
        await self.client.bot.edit_message_reply_markup(
            chat_id=event.chat, message_id=event.message, reply_markup=keyboard(rows)
        )

    async def _note(self, chat: int, key: str, language: str) -> None:
        text = self.translate(language, WORDS[key])
        limit = min(LARGEST, self.house.largest) // MB
        await self.client.bot.send_message(chat, text.replace("{size}", str(limit)))

    async def _leave(self, event: Group) -> None:
        """Said once, then the group is left: nothing that is written there is taken."""
        if event.chat in self._left:
            return
        self._left.add(event.chat)
        self.house.counts.add(CHANNEL, "group")
        try:
            await self._note(event.chat, "group", self._speaks(event.language, None))
        finally:
            await self.client.bot.leave_chat(event.chat)

    def _beside_it(self, work: Coroutine[Any, Any, None]) -> None:
        async def quietly() -> None:
            try:
                await work
            except TelegramError as error:
                # Most often a button pressed so long ago that Telegram no longer waits for an answer.
                log.debug("a note to Telegram failed", channel=CHANNEL, error=type(error).__name__)
            except Exception:
                log.exception("a note to Telegram failed", channel=CHANNEL)

        task = asyncio.create_task(quietly())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _offered(self, language: str) -> str:
        """Their Telegram's language where we speak it; else "", and they are asked."""
        return locales.meant([language], self.languages) if language else ""

    def _speaks(self, language: str, talk: Talk | None) -> str:
        return (talk.language if talk is not None else "") or self._offered(language) or "en"


def _looks_back(event: Event) -> bool:
    """Whether the talk so far is needed to take the event: most words and buttons say it all themselves."""
    if isinstance(event, Heard):
        return event.begin is not None or event.file is not None or not event.taken
    return not isinstance(event, Pressed) or event.data[:1] in "/!" or "#" in event.data


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """The buttons as the library wants them."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in rows]
    )


def put(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    """Remember something, and forget the oldest where there is too much."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
