"""What Telegram sends, table by table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.contract import Account
from bot.channels.telegram import CHANNEL
from bot.channels.telegram.updates import Blocked, Event, File, Group, Heard, Malformed, Pressed, read
from tests.channels.telegram import payloads as p

ACCOUNT = Account("dudley", "telegram", "dudley", {"token": "5005005005:stand-in"})
PLACE = {"latitude": 52.512, "longitude": -2.081}
STICKER = {
    **p.held("sticker"), "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False,
    "emoji": "👍",
}  # fmt: skip
POLL = {
    "id": "9", "question": "Was it fair?", "options": [{"text": "Yes", "voter_count": 0, "persistent_id": "1"},
    {"text": "No", "voter_count": 0, "persistent_id": "2"}], "total_voter_count": 0, "is_closed": False,
    "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
    "allows_revoting": False, "members_only": False,
}  # fmt: skip


def heard(**fields: Any) -> Heard:
    return Heard(**{"update": 8, "chat": p.CHAT, "language": "en", **fields})


TAKEN: list[tuple[str, dict[str, Any], Event | None]] = [
    ("words", p.text(8, "My worker never rings"), heard(text="My worker never rings")),
    ("another script", p.text(8, "لا أحد يتصل", language="ar"), heard(text="لا أحد يتصل", language="ar")),
    ("a region", p.text(8, "Helo", language="cy-GB"), heard(text="Helo", language="cy-GB")),
    ("no language", p.text(8, "Hi", language=None), heard(text="Hi", language="")),
    ("start", p.text(8, "/start"), heard(begin="")),
    ("a poster", p.text(8, "/start maple"), heard(begin="maple")),
    ("a command", p.text(8, "/help"), heard(text="help")),
    ("a command with the bot's name", p.text(8, "/Skip@hearback_test_bot"), heard(text="skip")),
    ("words behind a command", p.text(8, "/help he hits me"), heard(text="help he hits me")),
    ("no command of ours", p.text(8, "/shrug whatever"), heard(text="/shrug whatever")),
    ("a photograph", p.photo(8), heard(file=File("photo-l", 64_000))),
    ("with a caption", p.photo(8, caption="My room"), heard(file=File("photo-l", 64_000), text="My room")),
    (
        "a voice message",
        p.message(8, voice=p.held("v", duration=9, mime_type="audio/ogg")),
        heard(file=File("v", 2_000, mime="audio/ogg")),
    ),
    ("a video note", p.message(8, video_note=p.held("n", duration=9, length=240)), heard(file=File("n", 2_000))),
    (
        "a video",
        p.message(8, video=p.held("m", duration=9, width=1, height=1, mime_type="video/mp4", file_name="a.mp4")),
        heard(file=File("m", 2_000, "a.mp4", "video/mp4")),
    ),
    ("music", p.message(8, audio=p.held("a", duration=9, title="x")), heard(file=File("a", 2_000))),
    (
        "a document",
        p.message(8, document=p.held("d", file_name="letter.pdf", mime_type="application/pdf")),
        heard(file=File("d", 2_000, "letter.pdf", "application/pdf")),
    ),
    (
        "an animation",
        p.message(8, animation=p.held("g", duration=1, width=1, height=1), document=p.held("g")),
        heard(file=File("g", 2_000)),
    ),
    ("a sticker", p.message(8, sticker=STICKER), heard(text="👍")),
    ("a sticker without an emoji", p.message(8, sticker={**STICKER, "emoji": None}), heard(taken=False)),
    ("a place", p.message(8, location=PLACE), heard(text="📍 52.512, -2.081")),
    (
        "a place with a name",
        p.message(8, venue={"location": PLACE, "title": "Priory Park", "address": "Dudley"}, location=PLACE),
        heard(text="📍 Priory Park, Dudley (52.512, -2.081)"),
    ),
    (
        "a contact",
        p.message(8, contact={"phone_number": "+447700900999", "first_name": "Gran"}),
        heard(text="☎️ Gran +447700900999"),
    ),
    ("a poll", p.message(8, poll=POLL), heard(text="📊 Was it fair?\n– Yes\n– No")),
    ("a die", p.message(8, dice={"emoji": "🎲", "value": 4}), heard(text="🎲")),
    ("a story", p.message(8, story={"id": 1, "chat": p.private()}), heard(taken=False)),
    ("a kind of tomorrow", p.message(8, hologram={"id": "h"}), heard(taken=False)),
    ("an edited message", p.edited(8, "They never rang"), heard(text="✏️ They never rang", edited=True)),
    (
        "an edited caption",
        {"update_id": 8, "edited_message": p.photo(8, caption="My room")["message"]},
        heard(text="✏️ My room", edited=True),
    ),
    ("a walk", {"update_id": 8, "edited_message": p.message(8, location=PLACE)["message"]}, None),
    ("blocked", p.member(8, "kicked"), Blocked(8, p.CHAT)),
    ("allowed again", p.member(8, "member"), Blocked(8, p.CHAT, back=True)),
    ("added to a group", p.member(8, "member", p.GROUP), Group(8, p.GROUP["id"], "en")),
    ("taken out of a group", p.member(8, "left", p.GROUP), None),
    (
        "a channel's post",
        {
            "update_id": 8,
            "channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel", "title": "x"}},
        },
        None,
    ),
    ("pinned", p.message(8, pinned_message={"message_id": 1, "date": 0, "chat": p.private()}), None),
    ("a kind of update nobody asked for", {"update_id": 8, "brand_new": {"x": 1}}, None),
]


@pytest.mark.parametrize(("name", "payload", "event"), TAKEN, ids=[row[0] for row in TAKEN])
def test_taken(name: str, payload: dict[str, Any], event: Event | None) -> None:
    assert read(payload) == event


def test_groups_and_bots_are_not_heard() -> None:
    body = p.text(8, "hello all")["message"]
    assert read({"update_id": 8, "message": {**body, "chat": p.GROUP}}) == Group(8, p.GROUP["id"], "en")
    assert read({"update_id": 8, "message": {**body, "from": {**body["from"], "is_bot": True}}}) is None


def test_a_button_and_the_buttons_around_it() -> None:
    sent = {
        "message_id": 5,
        "text": "Who are you?",
        "reply_markup": {"inline_keyboard": [[{"text": "1  A parent", "callback_data": "who=parent"}]]},
    }
    pressed = read(p.press(9, "who=parent", sent))
    assert isinstance(pressed, Pressed)
    assert (pressed.data, pressed.message, pressed.rows[0][0].data) == ("who=parent", 5, "who=parent")
    old = read(p.press(9, "who=parent", sent, old=True))
    assert isinstance(old, Pressed)
    assert (old.data, old.rows) == ("who=parent", ())


MALFORMED: list[Any] = [
    None, [], "update", 8, {}, {"update_id": "8"}, {"update_id": True}, {"update_id": -1},
    {"update_id": 8, "message": []},
    {"update_id": 8, "message": "hello"},
    {"update_id": 8, "message": {"message_id": 1}},
    p.message(8, text=5), p.message(8, text=["a"]), p.message(8, photo=[]) | {"message": {"photo": 4}},
    {"update_id": 8, "message": {**p.text(8, "x")["message"], "chat": {"id": "7", "type": "private"}}},
    {"update_id": 8, "message": {**p.text(8, "x")["message"], "chat": None}},
    {"update_id": 8, "callback_query": {"id": "1"}},
    {"update_id": 8, "my_chat_member": {"chat": 1}},
]  # fmt: skip


@pytest.mark.parametrize("payload", MALFORMED)
def test_malformed(payload: Any) -> None:
    with pytest.raises(Malformed):
        read(payload)


def test_the_contract_s_parse() -> None:
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    said = CHANNEL.parse(p.text(8, "Hello"), ACCOUNT, at)
    assert said is not None
    assert (said.organisation, said.channel, said.endpoint) == ("dudley", "telegram", "dudley")
    assert (said.sender, said.external_id, said.text, said.at) == (str(p.CHAT), "8", "Hello", at)
    begun = CHANNEL.parse(p.text(8, "/start Maple"), ACCOUNT, at, {"maple": {"services": "home1"}})
    assert begun is not None
    assert (begun.event, begun.entry) == ("open", {"services": "home1"})
    assert CHANNEL.parse(p.member(8, "kicked"), ACCOUNT, at) is None
