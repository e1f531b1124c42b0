"""Updates in the shapes that the Bot API sends them, made up by us."""

from __future__ import annotations

from typing import Any

CHAT = 7700900123
SENT = 1_700_000_000


def person(chat: int = CHAT, language: str | None = "en") -> dict[str, Any]:
    """Who wrote."""
    who = {"id": chat, "is_bot": False, "first_name": "Marigold", "last_name": "Quince", "username": "marigoldq"}
    return who if language is None else {**who, "language_code": language}


def private(chat: int = CHAT) -> dict[str, Any]:
    """Their private chat with the bot."""
    return {"id": chat, "first_name": "Marigold", "last_name": "Quince", "username": "marigoldq", "type": "private"}


def message(update: int, chat: int = CHAT, language: str | None = "en", **what: Any) -> dict[str, Any]:
    """A message; ``what`` is its content."""
    body = {"message_id": update, "from": person(chat, language), "chat": private(chat), "date": SENT, **what}
    return {"update_id": update, "message": body}


def text(update: int, words: str, chat: int = CHAT, language: str | None = "en") -> dict[str, Any]:
    """A text; a command is marked as Telegram marks it."""
    command = words.split()[0] if words.startswith("/") else ""
    entities = [{"offset": 0, "length": len(command), "type": "bot_command"}] if command else []
    return message(update, chat, language, text=words, **({"entities": entities} if entities else {}))


def edited(update: int, words: str, chat: int = CHAT) -> dict[str, Any]:
    """An earlier message, changed."""
    body = message(3, chat, text=words)["message"]
    return {"update_id": update, "edited_message": {**body, "edit_date": SENT + 60}}


def press(
    update: int, data: str, sent: dict[str, Any], chat: int = CHAT, language: str | None = "en", old: bool = False
) -> dict[str, Any]:
    """A button of ``sent`` (a message as the bot sent it) pressed; ``old``: Telegram no longer has the message."""
    held: dict[str, Any] = (
        {"message_id": sent["message_id"], "date": 0, "chat": private(chat)}
        if old
        else {
            "message_id": sent["message_id"],
            "from": {"id": 5005005005, "is_bot": True, "first_name": "Hearback", "username": "hearback_test_bot"},
            "chat": private(chat),
            "date": SENT,
            **{name: sent[name] for name in ("text", "photo", "caption") if name in sent},
            "reply_markup": sent["reply_markup"],
        }
    )
    query = {
        "id": f"44{update}",
        "from": person(chat, language),
        "message": held,
        "chat_instance": "-3219871",
        "data": data,
    }
    return {"update_id": update, "callback_query": query}


def photo(update: int, chat: int = CHAT, **more: Any) -> dict[str, Any]:
    """A photograph in three sizes."""
    sizes = [
        {"file_id": f"photo-{name}", "file_unique_id": f"u{name}", "file_size": size, "width": wide, "height": wide}
        for name, size, wide in (("s", 900, 90), ("l", 64_000, 1280), ("m", 9_000, 320))
    ]
    return message(update, chat, photo=sizes, **more)


def held(name: str, **more: Any) -> dict[str, Any]:
    """What Telegram says of a file it holds."""
    return {"file_id": name, "file_unique_id": f"u-{name}", "file_size": 2_000, **more}


def member(update: int, status: str, chat: dict[str, Any] | None = None) -> dict[str, Any]:
    """The bot was blocked ("kicked"), allowed ("member"), or added to a group."""
    bot = {"id": 5005005005, "is_bot": True, "first_name": "Hearback", "username": "hearback_test_bot"}
    rights: dict[str, Any] = {"until_date": 0} if status == "kicked" else {}
    return {
        "update_id": update,
        "my_chat_member": {
            "chat": chat or private(),
            "from": person(),
            "date": SENT,
            "old_chat_member": {"user": bot, "status": "member" if status != "member" else "left"},
            "new_chat_member": {"user": bot, "status": status, **rights},
        },
    }


GROUP = {"id": -1001234567890, "title": "The lads", "type": "supergroup"}
