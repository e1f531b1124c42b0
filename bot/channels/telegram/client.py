"""The Bot API through python-telegram-bot: timeouts on every call, and every failure as one of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.message import SendError

T = TypeVar("T")
URL = "https://api.telegram.org"
#: Seconds: to reach Telegram, for one answer, for a file, and for Telegram to hold a request for updates open.
CONNECT, ANSWER, FILE, HOLD = 10.0, 20.0, 60.0, 25
#: Calls under way at once; Telegram takes about thirty messages a second from a bot.
AT_ONCE = 32


class Client:
    """One bot's connections. ``bot`` is the library's."""

    def __init__(self, token: str, url: str = "") -> None:
        url = (url or URL).rstrip("/")
        self._requests = (_request(1), _request(AT_ONCE))
        self.bot = Bot(
            token,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    async def updates(self, offset: int | None, wanted: tuple[str, ...]) -> list[Any]:
        """Updates from ``offset`` on, as JSON, waiting up to HOLD seconds for one. Raises TelegramError.

        Not the library's own ``get_updates``: one update it cannot read would hide all the others.
        """
        asked: dict[str, Any] = {"timeout": HOLD, "allowed_updates": list(wanted), "limit": 100}
        if offset is not None:
            asked["offset"] = offset
        # In small letters (Telegram does not mind): written as usual, the library warns that it has its own.
        found = await understood(self.bot.do_api_request("getupdates", asked, read_timeout=HOLD + ANSWER))
        if not isinstance(found, list):
            raise NetworkError("getUpdates gave no list")
        return found

    async def file(self, number: str, limit: int) -> bytes | None:
        """The content of a file; None when it is larger than ``limit`` bytes. Raises TelegramError."""
        try:
            held = await understood(self.bot.get_file(number))
        except BadRequest as error:
            if "too big" in error.message.lower():
                return None
            raise
        if (held.file_size or 0) > limit:
            return None
        data = bytes(await understood(held.download_as_bytearray(read_timeout=FILE)))
        return data if len(data) <= limit else None

    async def close(self) -> None:
        """Let go of the connections."""
        for request in self._requests:
            await request.shutdown()


def _request(size: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=size,
        connect_timeout=CONNECT,
        read_timeout=ANSWER,
        write_timeout=ANSWER,
        pool_timeout=ANSWER,
    )


async def understood(call: Awaitable[T]) -> T:
    """The answer of a call; the library trips over an answer that is none, and that is a TelegramError here too."""
    try:
        return await call
    except TelegramError:
        raise
    except Exception as error:
        raise TelegramError(f"not understood ({type(error).__name__})") from None


def failure(error: Exception) -> SendError:
    """What a failed send means. Telegram's own words are left out: they may repeat ours."""
    if isinstance(error, RetryAfter):
        return SendError("Telegram asks us to wait", retryable=True, after=seconds(error), code="429")
    if isinstance(error, Forbidden):
        return SendError("they blocked the bot", retryable=False, code="403", stopped=True)
    if isinstance(error, InvalidToken):
        return SendError("Telegram does not know this token", retryable=True, after=60.0, code="401", pause=True)
    if isinstance(error, (BadRequest, ChatMigrated)):
        return SendError("Telegram does not take this message", retryable=False, code="400")
    if isinstance(error, TimedOut):
        return SendError("Telegram did not answer in time", retryable=True, code="timeout")
    if isinstance(error, NetworkError):
        # Where there was no answer at all, the library gives the connection's own error as the cause.
        answered = error.__cause__ is None or isinstance(error.__cause__, TelegramError)
        code = "500" if answered else "network"
        return SendError("Telegram could not be reached", retryable=True, code=code)
    return SendError("Telegram's answer was not understood", retryable=True, code="nonsense")


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait: Any = error._retry_after  # the public property warns about a change of type that does not concern us
    return wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
