"""What Telegram sends, read: an update as JSON becomes one of the events below, or nothing. Pure.

Kept as words: a sticker or a die is its emoji, a place its coordinates, a contact its name and number, a poll its
question and answers; so each is checked for signs of danger, answers what it can, and is read by staff. An edited
message comes again whole, behind a pencil. That a message was deleted no bot is ever told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import Bot, CallbackQuery, Chat, ChatMember, Message, Update

from bot.channels.telegram.render import Button, Rows
from flows.anytime import COMMANDS

#: Updates that Telegram is asked for; everything else it keeps to itself.
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
#: In front of an edited message, for whoever reads the record.
PENCIL = "✏️"
_COMMAND = re.compile(r"/([a-z]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
#: Reads only: the library wants a bot to hang its shortcuts on.
_READER = Bot("0:reader")


class Malformed(ValueError):
    """Not an update as the Bot API describes it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that Telegram holds for a day at least; ``size`` in bytes, 0 when it does not say."""

    id: str
    size: int = 0
    name: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody wrote.

    language  the code their Telegram is set to, "" when it does not say
    file      what came with it
    begin     they pressed Start: the payload of their link, "" for none; None otherwise
    edited    they changed an earlier message; ``text`` is all of it
    taken     False for a kind of message that nothing can be kept of
    """

    update: int
    chat: int
    language: str = ""
    text: str = ""
    file: File | None = None
    begin: str | None = None
    edited: bool = False
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody pressed a button: what it carries, and the buttons as they stood ((), when Telegram has forgotten)."""

    update: int
    chat: int
    language: str
    query: str
    data: str
    message: int
    rows: Rows = ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """Somebody blocked the bot, or (``back``) allowed it again."""

    update: int
    chat: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Something happened in a group, where nothing is taken."""

    update: int
    chat: int
    language: str = ""


Event = Heard | Pressed | Blocked | Group


def read(data: Any) -> Event | None:
    """The event of an update; None for what is nobody's message. Raises Malformed."""
    try:
        if not isinstance(data, Mapping) or type(data.get("update_id")) is not int or data["update_id"] < 0:
            raise Malformed("no update number")
        update = Update.de_json(dict(data), _READER)
        return _event(update)
    except Malformed:
        raise
    except Exception as error:  # the library checks nothing: whatever it trips over is not an update
        raise Malformed(f"not an update ({type(error).__name__})") from None


def _event(update: Update) -> Event | None:
    number = update.update_id
    if update.callback_query is not None:
        return _pressed(number, update.callback_query)
    if update.my_chat_member is not None:
        moved = update.my_chat_member
        gone = moved.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
        if moved.chat.type != Chat.PRIVATE:
            group = moved.chat.type in (Chat.GROUP, Chat.SUPERGROUP) and not gone
            return Group(number, _number(moved.chat.id), _language(moved.from_user)) if group else None
        return Blocked(number, _number(moved.chat.id), back=not gone)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type in (Chat.GROUP, Chat.SUPERGROUP):
        return Group(number, _number(message.chat.id), _language(message.from_user))
    if message.chat.type != Chat.PRIVATE or message.from_user is None or message.from_user.is_bot:
        return None
    heard = _heard(number, message)
    if update.edited_message is None or heard is None:
        return heard
    # Where somebody walks with a shared place, it comes again every few seconds; of an edit only words are taken.
    words = _words(message.text) or _words(message.caption)
    return replace(heard, text=f"{PENCIL} {words}", file=None, begin=None, edited=True) if words else None


def _heard(number: int, message: Message) -> Heard | None:
    chat, language = _number(message.chat.id), _language(message.from_user)
    text = _words(message.text) or _words(message.caption)
    heard = Heard(number, chat, language, text, _file(message))
    if match := _COMMAND.fullmatch(text):
        command, rest = match[1].lower(), (match[2] or "").strip()
        if command == "start":
            return replace(heard, begin=rest, text="")
        if command in COMMANDS:
            # Words behind a command are kept, and the whole is read like any other sentence.
            return replace(heard, text=f"{command} {rest}".strip())
    if heard.text or heard.file is not None:
        return heard
    if said := _described(message):
        return replace(heard, text=said)
    if message.effective_attachment is not None or message.api_kwargs:
        return replace(heard, taken=False)
    return None  # a pinned message, a timer: nobody said anything


def _file(message: Message) -> File | None:
    if message.photo:
        held: Any = max(message.photo, key=lambda size: size.width * size.height)
    else:
        held = (
            message.voice
            or message.video_note
            or message.video
            or message.audio
            or message.animation
            or message.document
        )
    if held is None:
        return None
    name, mime = _words(getattr(held, "file_name", None)), _words(getattr(held, "mime_type", None))
    return File(_string(held.file_id), int(held.file_size or 0), name[-100:], mime[:100])


def _described(message: Message) -> str:
    """A message without words, in words or signs that need no translation; "" for what has none."""
    if message.sticker is not None:
        return _words(message.sticker.emoji)
    if message.venue is not None:
        place = message.venue.location
        return f"📍 {message.venue.title}, {message.venue.address} ({place.latitude}, {place.longitude})"
    if message.location is not None:
        return f"📍 {message.location.latitude}, {message.location.longitude}"
    if message.contact is not None:
        names = " ".join(filter(None, (message.contact.first_name, message.contact.last_name)))
        return f"☎️ {names} {message.contact.phone_number}"
    if message.poll is not None:
        return "\n".join((f"📊 {message.poll.question}", *(f"– {option.text}" for option in message.poll.options)))
    if message.dice is not None:
        return message.dice.emoji
    return ""


def _pressed(number: int, query: CallbackQuery) -> Event | None:
    if query.message is None or query.data is None:
        return None  # a button of an inline result or a game: we have neither
    if query.message.chat.type != Chat.PRIVATE:
        return Group(number, _number(query.message.chat.id), _language(query.from_user))
    # Of a message that is too old Telegram gives only the number.
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    rows = tuple(
        tuple(Button(button.text, str(button.callback_data or "")) for button in row)
        for row in (markup.inline_keyboard if markup is not None else ())
    )
    return Pressed(
        number,
        _number(query.message.chat.id),
        _language(query.from_user),
        _string(query.id),
        _string(query.data),
        _number(query.message.message_id),
        rows,
    )


def _language(user: Any) -> str:
    return _words(user.language_code) if user is not None else ""


def _words(value: Any) -> str:
    return "" if value is None else _string(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("a text is not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise Malformed("a number is not a number")
    return value
