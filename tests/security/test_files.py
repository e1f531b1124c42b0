"""Files: what a camera wrote is gone, every pixel is there; the scanner is asked, and what it finds is locked."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from bot.scanning import Away, Unable, scanner
from bot.work import scans as work
from console.pages.record import INERT
from storage import metadata, scans
from storage.jobs import Job, claim
from tests.console.conftest import House, running
from tests.storage.people import Person

PLACE = b"52.4862N-1.8904W Zebedee iPhone"


def picture() -> Image.Image:
    made = Image.new("RGB", (61, 43))
    made.putdata([((x * 5) % 256, (x * 11) % 256, (x * 3) % 256) for x in range(61 * 43)])
    return made


def exif(turned: int = 1) -> bytes:
    found = Image.Exif()
    found[0x0112], found[0x010F], found[0x9286] = turned, "Zebedee", PLACE.decode()
    gps = found.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 29.0, 10.3), "W", (1.0, 53.0, 25.4)
    return found.tobytes()


def made(kind: str, turned: int = 1, **more: Any) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", PLACE.decode())
        info.add_text("Comment", PLACE.decode())
        more = {"pnginfo": info}
    if kind in ("JPEG", "WEBP"):
        more = {"xmp": PLACE, **more}
    if kind == "JPEG":
        more["comment"] = PLACE
    if kind == "GIF":
        picture().convert("P").save(out, kind, comment=PLACE)
    else:
        picture().save(out, kind, exif=exif(turned), **more)
    return out.getvalue()


MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "AVIF": "image/avif"}


@pytest.mark.parametrize("turned", [1, 6])
@pytest.mark.parametrize("kind", MIME)
def test_where_and_when_a_picture_was_taken_is_gone_and_every_pixel_is_there(kind: str, turned: int) -> None:
    before = made(kind, turned, **({"progressive": True} if kind == "JPEG" and turned == 6 else {}))
    after = metadata.cleaned(MIME[kind], before)
    assert b"Zebedee" in before and b"Zebedee" not in after and PLACE not in after
    old, new = Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after))
    assert old.convert("RGB").tobytes() == new.convert("RGB").tobytes()
    assert not new.getexif().get_ifd(0x8825) and 0x010F not in new.getexif()
    if kind in ("JPEG", "PNG", "WEBP"):
        assert new.getexif().get(0x0112, 1) == turned
    assert metadata.cleaned(MIME[kind], after) == after


def test_what_follows_a_picture_goes_with_it() -> None:
    film = b"\x00\x00\x00\x18ftypmp42" + PLACE
    for kind in ("JPEG", "PNG", "GIF"):
        assert PLACE not in metadata.cleaned(MIME[kind], made(kind) + film)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def test_where_a_film_was_taken_is_gone() -> None:
    told = box(b"udta", box(b"\xa9xyz", PLACE)) + box(b"meta", PLACE)
    film = box(b"ftyp", b"qt  ") + box(b"moov", box(b"mvhd", bytes(100)) + told + box(b"trak", told))
    film += box(b"mdat", b"pictures") + box(b"uuid", PLACE)
    after = metadata.cleaned("video/quicktime", film)
    assert PLACE not in after and len(after) == len(film) and b"pictures" in after and after.count(b"free") == 5


@pytest.mark.parametrize("mime", MIME.values())
def test_half_a_file_or_none_at_all_is_left_as_it_came(mime: str) -> None:
    whole = made(next(kind for kind, one in MIME.items() if one == mime))
    for cut in (0, 1, 13, 40, len(whole) // 2):
        metadata.cleaned(mime, whole[:cut] + b"\xff" * 40)
    assert metadata.cleaned("text/plain", PLACE) == PLACE


# Over the store and the console ------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("files")) as started:
        yield started


def sent(house: House, body: bytes) -> tuple[str, str]:
    """A record with a file: (its reference, the file)."""
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.reach("story")
    media = house.store.media.store("dudley", io.BytesIO(body))
    person.say("This is what it looks like.", media=(media,))
    return person.complain().reference, media.id


def test_a_stored_picture_has_no_place(house: House) -> None:
    reference, number = sent(house, made("JPEG"))
    answer = house.person("dudley", "officer").get(f"/staff/record/{reference}/media/{number}")
    assert answer.status_code == 200 and b"Zebedee" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (61, 43)
    assert answer.headers["Content-Security-Policy"] == INERT and "script" not in INERT
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_is_saved_and_never_shown(house: House) -> None:
    reference, number = sent(house, b"%PDF-1.7 <script>alert(1)</script>")
    answer = house.person("dudley", "officer").get(f"/staff/record/{reference}/media/{number}")
    assert answer.headers["Content-Disposition"].startswith("attachment")


# The scanner ------------------------------------------------------------------------------------


@contextmanager
def clamd(answer: Callable[[bytes], bytes], path: Path | None = None) -> Iterator[str]:
    """Speaks clamd's INSTREAM over a socket: reads the pieces, says what ``answer`` does."""
    line = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    line.bind(str(path) if path else ("127.0.0.1", 0))
    line.listen()

    def serve() -> None:
        while True:
            try:
                caller, _ = line.accept()
            except OSError:
                return
            with caller, caller.makefile("rb") as file:
                assert file.read(10) == b"zINSTREAM\0"
                body = b""
                while size := struct.unpack(">I", file.read(4))[0]:
                    body += file.read(size)
                caller.sendall(answer(body))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"unix:{path}" if path else f"127.0.0.1:{line.getsockname()[1]}"
    finally:
        line.shutdown(socket.SHUT_RDWR)
        line.close()


def verdict(body: bytes) -> bytes:
    return b"stream: Eicar-Test FOUND\0" if b"EICAR" in body else b"stream: OK\0"


def test_the_scanner_is_asked_over_a_port_and_over_a_file(tmp_path: Path) -> None:
    for path in (None, tmp_path / "clamd.ctl"):
        with clamd(verdict, path) as address:
            ask = scanner(address)
            assert ask is not None and ask([b"EI", b"CAR"]) and not ask([b"a", b"b" * 200_000])
    with clamd(lambda _: b"INSTREAM size limit exceeded. ERROR\0") as address, pytest.raises(Unable):
        scanner(address)([b"x"])  # type: ignore[misc]  # there is one
    with pytest.raises(Away):
        scanner("127.0.0.1:1", 1.0)([b"x"])  # type: ignore[misc]
    assert scanner("") is None


def look(house: House, address: str) -> None:
    store, now = house.store, house.clock()
    work.plan(store, now)
    house.clock.ahead += work.LATER
    jobs: list[Job] = store.writer.write(lambda db: claim(db, house.clock(), (work.KIND,))).result(10)
    for job in jobs:
        work.run(scanner(address, 5.0), store, job, house.clock())


def test_what_the_scanner_finds_is_locked_and_becomes_a_task(house: House) -> None:
    house.store.media.scanned = True
    officer = house.person("dudley", "officer")
    try:
        bad, bad_file = sent(house, b"%PDF-1.7 EICAR")
        good, good_file = sent(house, b"%PDF-1.7 fine")
        assert "has not looked at yet: 1" in officer.get(f"/staff/record/{bad}").text
        look(house, "127.0.0.1:1")
        assert officer.get(f"/staff/record/{bad}/media/{bad_file}").status_code == 200, "nothing waits for the scanner"
        with clamd(verdict) as address:
            look(house, address)
    finally:
        house.store.media.scanned = False
    locked = officer.get(f"/staff/record/{bad}/media/{bad_file}")
    assert locked.status_code == 403 and "This file is locked" in locked.text
    assert "A file was locked" in officer.get(f"/staff/record/{bad}").text
    assert officer.get(f"/staff/record/{good}/media/{good_file}").status_code == 200
    with house.store.database.reading() as db:
        assert scans.state(db, good_file) == scans.CLEAN and not scans.waiting(db, house.clock())


def test_a_file_it_cannot_look_at_keeps_no_other_from_it(house: House) -> None:
    house.store.media.scanned = True
    try:
        _, large = sent(house, b"%PDF-1.7 LARGE")
        _, other = sent(house, b"%PDF-1.7 fine too")
    finally:
        house.store.media.scanned = False

    def refuses(body: bytes) -> bytes:
        return b"INSTREAM size limit exceeded. ERROR\0" if b"LARGE" in body else verdict(body)

    with clamd(refuses) as address:
        look(house, address)
    with house.store.database.reading() as db:
        assert scans.state(db, other) == scans.CLEAN
        assert scans.state(db, large) == scans.WAITING and not scans.waiting(db, house.clock())
        again = scans.waiting(db, house.clock() + work.ANOTHER_TIME)
    assert [media for media, _ in again] == [large]
