"""Pictures, voices and what is no file we can take."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram import intake
from storage.cases import Cases
from tests.channels.telegram import payloads as p
from tests.channels.telegram.conftest import Running, Someone
from tests.webchat.conftest import PNG

OGG = b"OggS" + bytes(200)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(200)
PDF = b"%PDF-1.7\n" + bytes(50)


@pytest.fixture
def person(bot: Running) -> Someone:
    """Somebody about to tell their story."""
    someone = bot.someone()
    someone.says("/start thanks")
    return someone


KINDS = [
    ("image", lambda update, chat: p.photo(update, chat), "photo-l", PNG),
    ("audio", lambda update, chat: p.message(update, chat, voice=p.held("v", duration=2)), "v", OGG),
    ("video", lambda update, chat: p.message(update, chat, video_note=p.held("n", duration=2, length=9)), "n", MP4),
    ("document", lambda update, chat: p.message(update, chat, document=p.held("d", file_name="a.pdf")), "d", PDF),
]


@pytest.mark.parametrize(("kind", "make", "name", "content"), KINDS, ids=[row[0] for row in KINDS])
def test_a_file_is_sealed_and_kept(
    bot: Running, person: Someone, kind: str, make: Any, name: str, content: bytes
) -> None:
    bot.api.files[name] = content
    before = bot.count("media WHERE talk IS NOT NULL")
    person.send(make(next(bot.updates), person.chat))
    assert bot.count("media WHERE talk IS NOT NULL") == before + 1
    with bot.store.database.reading() as db:
        number, found = db.exec_driver_sql("SELECT id, kind FROM media ORDER BY at DESC LIMIT 1").one()
    assert found == kind
    assert b"".join(bot.store.media.read(number, "dudley")[1]) == content
    stored = next(bot.store.media.folder.rglob(number)).read_bytes()
    assert content not in stored
    assert "kept" in person.last


def test_words_with_a_picture_are_kept_too(bot: Running) -> None:
    someone = bot.someone()
    someone.says("/start complain")
    bot.api.files["photo-l"] = PNG
    someone.send(p.photo(next(bot.updates), someone.chat, caption="He hits me and I am scared"))
    assert bot.count("alert") >= 1
    cases = Cases(bot.store.database, bot.store.vault)
    newest = max(cases.list(("dudley",)), key=lambda row: row["begun_at"])
    story = next(entry for entry in cases.show(newest["reference"])["entries"] if entry["step"] == "story")
    assert story["words"] == ["He hits me and I am scared"]
    assert [kind for _, kind, _ in story["media"]] == ["image"]


def test_a_file_that_takes_three_tries(bot: Running, person: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "AGAIN", (0.01, 0.01))
    bot.api.files["photo-l"] = PNG
    bot.api.fail("getFile", "500")
    bot.api.fail("file", "502")
    before = bot.count("media WHERE talk IS NOT NULL")
    person.send(p.photo(next(bot.updates), person.chat))
    assert bot.count("media WHERE talk IS NOT NULL") == before + 1


def refused(bot: Running, person: Someone, update: dict[str, Any]) -> str:
    """What is said to a file that is not taken."""
    screen = len(person.screen)
    person.send(update)
    bot.until(lambda: len(person.screen) > screen)
    return person.last


def test_too_big_empty_and_strange_files_are_said_kindly(bot: Running, person: Someone) -> None:
    def document(name: str, size: int = 10, title: str = "a.bin") -> dict[str, Any]:
        held = p.held(name, file_name=title) | {"file_size": size}
        return p.message(next(bot.updates), person.chat, document=held)

    taken = bot.count("media")
    assert "at most 20 MB" in refused(bot, person, document("huge", 21 * 1024 * 1024))
    bot.api.files["lies"] = bytes(20 * 1024 * 1024 + 1)
    assert "at most 20 MB" in refused(bot, person, document("lies"))
    bot.api.files |= {"none": b"", "exe": b"MZ\x90\x00"}
    assert "empty" in refused(bot, person, document("none"))
    assert "cannot open that kind" in refused(bot, person, document("exe"))
    assert "did not hand us" in refused(bot, person, document("gone"))
    story = p.message(next(bot.updates), person.chat, story={"id": 1, "chat": p.private(person.chat)})
    assert "cannot take that kind of message" in refused(bot, person, story)
    assert bot.count("media") == taken


def test_words_beside_a_file_that_is_not_taken_are_taken(bot: Running) -> None:
    someone = bot.someone()
    someone.says("/start complain")
    alerts = bot.count("alert")
    held = p.held("huge") | {"file_size": 10**9}
    someone.send(p.message(next(bot.updates), someone.chat, video=held | {"duration": 1, "width": 1, "height": 1},
                           caption="he hit me with a belt"))  # fmt: skip
    bot.until(lambda: any("at most 20 MB" in shown["text"] for shown in someone.screen))
    assert bot.count("alert") > alerts


def test_a_sticker_answers_like_its_emoji(bot: Running) -> None:
    someone = bot.someone()
    someone.says("/start complain")
    before = someone.screen[-1]
    sticker = {**p.held("s"), "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    sticker["emoji"] = "👍"
    after = someone.send(p.message(next(bot.updates), someone.chat, sticker=sticker))
    assert after["reply_markup"] != before["reply_markup"]
