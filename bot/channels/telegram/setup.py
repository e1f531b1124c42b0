"""What Telegram must know of a bot before it is any use: its commands, what it is for, where updates go."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError

from bot.channels.contract import Finding
from bot.channels.telegram.client import understood
from bot.channels.telegram.render import Translate
from bot.channels.telegram.updates import WANTED
from bot.channels.telegram.words import COMMANDS, WORDS

#: Connections that Telegram opens to a webhook at once.
CONNECTIONS = 40
#: Telegram's limit for the text above an empty talk.
ABOUT = 512
_PRIVATE = BotCommandScopeAllPrivateChats()
_UNKNOWN = (
    "Telegram does not know the token. Copy the token from BotFather again (/mybots, API Token); if it was ever shown "
    "to others, let BotFather make a new one."
)


def secret(token: str) -> str:
    """What Telegram must send with every update: made from the token, so that nobody has to keep one more secret."""
    return hmac.new(token.encode(), b"hearback webhook", hashlib.sha256).hexdigest()


def commands(language: str, translate: Translate) -> tuple[BotCommand, ...]:
    """The command menu in a language."""
    return tuple(BotCommand(name, translate(language, text)) for name, text in COMMANDS.items())


def codes(languages: tuple[str, ...]) -> Iterator[tuple[str | None, str]]:
    """(what Telegram calls it, ours): first for everybody whose language has no list of its own."""
    yield None, languages[0]
    # It knows languages by two letters: the first of ours with these is theirs, Chinese the simplified one.
    short = {code.partition("_")[0]: code for code in reversed(languages)}
    yield from ((code, ours) for code, ours in reversed(short.items()) if len(code) == 2)


async def introduce(bot: Bot, languages: tuple[str, ...], translate: Translate) -> None:
    """Give the bot its commands and its description in every language; what is right already is left alone,
    because Telegram limits how often they are changed. Raises TelegramError."""
    for code, ours in codes(languages):
        wanted = commands(ours, translate)
        if await bot.get_my_commands(_PRIVATE, language_code=code) != wanted:
            await bot.set_my_commands(wanted, _PRIVATE, language_code=code)
        about = translate(ours, WORDS["about"])[:ABOUT]
        if (await bot.get_my_description(language_code=code)).description != about:
            await bot.set_my_description(about, language_code=code)


async def listen(bot: Bot, address: str) -> None:
    """Have updates sent to ``address``, or ("") keep them until we fetch them. None that waits is dropped."""
    if not address:
        await bot.delete_webhook(drop_pending_updates=False)
        return
    await bot.set_webhook(
        address, secret_token=secret(bot.token), allowed_updates=list(WANTED), max_connections=CONNECTIONS
    )


async def findings(bot: Bot, address: str, languages: tuple[str, ...], translate: Translate) -> list[Finding]:
    """What is right and wrong, asked of Telegram."""
    try:
        me = await understood(bot.get_me())
    except InvalidToken:
        return [("wrong", _UNKNOWN)]
    except TelegramError as error:
        return [("wrong", f"Telegram cannot be reached ({type(error).__name__}). Is this machine online?")]
    found: list[Finding] = [("ok", f"the token works; people find the bot at https://t.me/{me.username}.")]
    try:
        if me.can_join_groups:
            found.append(("note", "it can be added to groups (it leaves them). In BotFather: /setjoingroups, Disable."))
        found += await understood(_webhook(bot, address))
        lacking = [ours for code, ours in codes(languages) if not await _introduced(bot, code, ours, translate)]
    except TelegramError as error:
        return [*found, ("wrong", f"Telegram stopped answering ({type(error).__name__}). Try again.")]
    if lacking:
        missing = ", ".join(dict.fromkeys(lacking))
        found.append(("note", f"its commands are not set ({missing}); that is done at the next start."))
    else:
        found.append(("ok", f"commands are set in {len(languages)} languages."))
    return found


async def _introduced(bot: Bot, code: str | None, ours: str, translate: Translate) -> bool:
    return await understood(bot.get_my_commands(_PRIVATE, language_code=code)) == commands(ours, translate)


async def _webhook(bot: Bot, address: str) -> list[Finding]:
    info = await bot.get_webhook_info()
    if not address:
        if info.url:
            return [("note", "Telegram still sends updates to a web address; that ends at the next start.")]
        return [("ok", "updates are fetched (long polling); nothing needs to be reachable from outside.")]
    found: list[Finding] = []
    if info.url != address:
        where = "no address" if not info.url else "another address"
        found.append(("note", f"Telegram sends updates to {where}, not to {address}; that is set at the next start."))
    else:
        found.append(("ok", f"Telegram sends updates to {address}."))
    if info.last_error_date is not None and info.url == address and info.pending_update_count:
        found.append(
            (
                "wrong",
                f"{info.pending_update_count} updates wait, because Telegram could not deliver them "
                f"({info.last_error_message}). Is {address} reachable from the Internet, with a valid certificate?",
            )
        )
    return found


def limits() -> Mapping[str, int]:
    """Telegram's limits, for the documentation and the tests."""
    return {"characters": 4096, "button_bytes": 64, "buttons": 100, "file_megabytes": 20}
