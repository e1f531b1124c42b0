"""Files: what is taken, what is refused and why, sealed and durable."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from flows.session import Media
from storage import models
from storage.cases import Cases
from storage.database import NotSaved
from storage.media import LIMIT, Refused, kind_of
from storage.models import table
from storage.secrets import Tampered
from storage.store import Store
from tests.storage.conftest import Site
from tests.storage.people import Person


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


TAKEN = {
    ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"): ("image", "image/jpeg"),
    ("a.png", b"\x89PNG\r\n\x1a\n...."): ("image", "image/png"),
    ("a.gif", b"GIF89a...."): ("image", "image/gif"),
    ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 "): ("image", "image/webp"),
    ("a.heic", b"\x00\x00\x00\x18ftypheic\x00\x00"): ("image", "image/heic"),
    ("a.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00"): ("video", "video/mp4"),
    ("a.mov", b"\x00\x00\x00\x14ftypqt  \x00\x00"): ("video", "video/quicktime"),
    ("a.m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00"): ("audio", "audio/mp4"),
    ("a.webm", b"\x1aE\xdf\xa3....webm....V_VP8"): ("video", "video/webm"),
    ("voice.webm", b"\x1aE\xdf\xa3....webm....A_OPUS"): ("audio", "audio/webm"),
    ("a.ogg", b"OggS\x00\x02"): ("audio", "audio/ogg"),
    ("a.mp3", b"ID3\x04"): ("audio", "audio/mpeg"),
    ("b.mp3", b"\xff\xfb\x90\x00"): ("audio", "audio/mpeg"),
    ("a.aac", b"\xff\xf1\x50\x80"): ("audio", "audio/aac"),
    ("a.wav", b"RIFF\x10\x00\x00\x00WAVEfmt "): ("audio", "audio/wav"),
    ("a.amr", b"#!AMR\n"): ("audio", "audio/amr"),
    ("a.3gp", b"\x00\x00\x00\x18ftyp3gp4\x00\x00"): ("video", "video/3gpp"),
    ("a.pdf", b"%PDF-1.7\n"): ("document", "application/pdf"),
    ("a.txt", "Helô, لم يتصل\n".encode()): ("document", "text/plain"),
    ("A.DOCX", zipped()): (
        "document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1"): ("document", "application/msword"),
}


@pytest.mark.parametrize(("name", "content"), TAKEN)
def test_files_are_known_by_their_first_bytes(name: str, content: bytes) -> None:
    assert kind_of(content, name) == TAKEN[name, content]
    if not name.lower().endswith((".txt", ".docx", ".doc")):
        assert kind_of(content, "holiday.exe") == TAKEN[name, content], "the name does not matter"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", b"MZ\x90\x00"),
        ("a.zip", zipped()),
        ("a.html", b"<html>"),
        ("a.svg", b"<svg/>"),
        ("a.txt", b"\x00\x01\x02"),
        ("a.txt", b"\x1b[2J"),
        ("a.exe", b"\x7fELF"),
    ],
)
def test_other_files_are_refused_in_words(name: str, content: bytes) -> None:
    with pytest.raises(Refused, match="Send a photo") as refused:
        kind_of(content, name)
    assert refused.value.why == "type"


@pytest.mark.parametrize("size", [1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_a_file_comes_back_whole_and_lies_sealed(store: Store, size: int) -> None:
    # Always the same: now and then bytes drawn by chance begin with what a camera wrote, and that is taken out.
    content = (b"\xff\xd8\xff" + random.Random(size).randbytes(size))[: max(size, 3)]
    media = store.media.store("example", io.BytesIO(content), "a.jpg", "image/jpeg")
    assert media == Media(media.id, "image", len(content))
    mime, pieces = store.media.read(media.id, "example")
    assert mime == "image/jpeg" and b"".join(pieces) == content
    path = store.media._path(media.id)
    assert content[3:40] == b"" or content[3:40] not in path.read_bytes()
    assert oct(path.stat().st_mode)[-3:] == "600"
    with pytest.raises(LookupError):
        store.media.read(media.id, "another")


def test_a_changed_or_cut_file_does_not_open(store: Store) -> None:
    media = store.media.store("example", io.BytesIO(b"\xff\xd8\xff" + bytes(200_000)), "a.jpg")
    path = store.media._path(media.id)
    whole = path.read_bytes()
    piece = 64 * 1024 + 16
    changed = (whole[:-1] + bytes([whole[-1] ^ 1]), whole[: 2 * piece], whole[piece:], whole[:piece] + whole[:piece])
    for wrong in changed:
        path.write_bytes(wrong)
        with pytest.raises(Tampered):
            b"".join(store.media.read(media.id, "example")[1])


def test_an_empty_and_a_huge_file_are_refused(store: Store) -> None:
    with pytest.raises(Refused, match="empty") as empty:
        store.media.store("example", io.BytesIO(b""), "a.jpg")

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"\xff\xd8\xff" + bytes(size - 3)

    video = Endless()
    with pytest.raises(Refused, match="at most 25 MB") as large:
        store.media.store("example", video, "a.jpg")  # type: ignore[arg-type]  # only read is asked for
    assert (empty.value.why, large.value.why) == ("empty", "large")
    assert video.given < LIMIT + 1_000_000, "it stops reading where the limit is"
    assert not any(file.is_file() for file in store.media.folder.rglob("*"))


def test_a_file_that_cannot_be_written_is_not_saved(store: Store) -> None:
    store.media.folder.rename(store.media.folder.with_name("away"))
    with pytest.raises(NotSaved):
        store.media.store("example", io.BytesIO(b"\xff\xd8\xff"), "a.jpg")


def test_a_photo_belongs_to_the_record_it_came_with(store: Store) -> None:
    person = Person(store.writer)
    person.reach("story")
    photo = store.media.store("example", io.BytesIO(b"\xff\xd8\xff photo"), "a.jpg")
    person.say("look", media=(photo,))
    reference = person.complain().reference
    (media,) = Cases(store.database, store.vault).show(reference)["media"]
    assert (media["id"], media["kind"], media["mime"], media["size"]) == (photo.id, "image", "image/jpeg", photo.size)


def test_nobody_can_attach_a_file_of_somebody_else(store: Store) -> None:
    mine, theirs = Person(store.writer), Person(store.writer, organisation="another")
    mine.reach("story")
    theirs.reach("story")
    photo = store.media.store("example", io.BytesIO(b"\xff\xd8\xff mine"), "a.jpg")
    mine.say("look", media=(photo,))
    third = Person(store.writer)
    third.reach("story")
    third.say("look", media=(photo,))
    theirs.say("look", media=(photo, Media("f" * 32, "image", 3)))
    for person in (third, theirs):
        reference = person.complain().reference
        assert Cases(store.database, store.vault).show(reference)["media"] == []
    assert Cases(store.database, store.vault).show(mine.complain().reference)["media"]


def test_files_that_no_message_came_with_go(site: Site) -> None:
    store = site.open()
    person = Person(store.writer)
    person.reach("story")
    kept = store.media.store("example", io.BytesIO(b"\xff\xd8\xff kept"), "a.jpg")
    person.say("look", media=(kept,))
    store.media.store("example", io.BytesIO(b"\xff\xd8\xff lost"), "a.jpg")
    now = datetime.now(UTC)
    store.media.sweep(now)
    with store.database.reading() as db:
        assert len(db.execute(select(table(models.Media).c.id)).all()) == 2
    store.media.sweep(now + timedelta(days=2))
    store.writer.close()
    assert [file.name for file in store.media.folder.rglob("*") if file.is_file()] == [kept.id]
