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
from PIL import Image, ImageFile, PngImagePlugin

from bot.scanning import Away, Unable, scanner
from bot.work import scans as work
from console.pages.record import INERT
from storage import metadata, scans
from storage.jobs import Job, claim
from storage.media import kind_of
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


def photograph() -> tuple[bytes, int]:
    """A HEIC as a telephone of Apple's writes one, and where its pictures begin: tiles, a grid over them, which way up
    it is; a small picture; Exif, XMP and a maker's own notes; a film behind it."""
    items = ((1, b"hvc1"), (2, b"grid"), (3, b"hvc1"), (4, b"Exif"), (5, b"mime"))
    named = b"".join(box(b"infe", struct.pack(">IHH", 2 << 24, one, 0) + kind + b"\x00") for one, kind in items)
    head = box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    tiff = exif().removeprefix(b"Exif\x00\x00")
    held = (b"\xde\xad" * 3000, b"\xbe\xef" * 200, b"\x00\x00\x00\x06Exif\x00\x00" + tiff, b"<x:xmpmeta>" + PLACE)

    def meta(at: int) -> bytes:
        places = [(1, 0), (3, len(held[0])), (4, len(held[0] + held[1])), (5, len(b"".join(held[:3])))]
        iloc = struct.pack(">IBBH", 1 << 24, 0x44, 0, 5) + struct.pack(">HHHHII", 2, 1, 0, 1, 0, 8)
        for (item, begin), body in zip(places, held, strict=True):
            iloc += struct.pack(">HHHHII", item, 0, 0, 1, at + begin, len(body))
        inside = box(b"hdlr", bytes(8) + b"pict" + bytes(13)) + box(b"pitm", struct.pack(">IH", 0, 2))
        inside += box(b"iinf", struct.pack(">IH", 0, len(items)) + named) + box(b"idat", b"\x00\x00\x01\x01\x00=\x00+")
        inside += box(b"iprp", box(b"ipco", box(b"irot", b"\x01"))) + box(b"iloc", iloc)
        return box(b"meta", bytes(4) + inside)

    begin = len(head) + len(meta(0)) + 8
    behind = box(b"uuid", PLACE) + box(b"mpvd", box(b"moov", box(b"udta", PLACE)))
    return head + meta(begin) + box(b"mdat", b"".join(held)) + behind, begin


def test_where_a_photograph_of_a_telephone_was_taken_is_gone() -> None:
    before, begin = photograph()
    after = metadata.cleaned("image/heic", before)
    assert before.count(PLACE) == 4 and b"Zebedee" in before and kind_of(before[:64]) == ("image", "image/heic")
    assert b"Zebedee" not in after and b"52.4862" not in after and len(after) == len(before)
    assert after[:begin] == before[:begin], "how it looks and which way up is told as before"
    assert after[begin : begin + 6400] == before[begin : begin + 6400], "every pixel is there"
    left = after[begin + 6400 :]
    assert left[4:8] == b"MM\x00\x2a" and not any(left[12:150]), "what is left is Exif that says nothing"
    assert metadata.cleaned("image/heic", after) == after
    for cut in range(begin, len(before), 97):
        assert b"Zebedee" not in metadata.cleaned("image/heic", before[:cut])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_half_a_picture_has_no_place_and_shows_what_there_is(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(kind, **({"quality": 95} if kind == "JPEG" else {}))
    if kind == "JPEG":
        begin = whole.index(b"\xff\xda") + 40
    else:
        begin = {"PNG": whole.find(b"IDAT"), "WEBP": whole.find(b"VP8 "), "GIF": whole.rfind(b"\x2c\x00\x00")}[
            kind
        ] + 20
    for cut in range(begin, len(whole), max(1, (len(whole) - begin) // 40)):
        half = metadata.cleaned(MIME[kind], whole[:cut])
        assert b"Zebedee" not in half and len(half) > 0.5 * (cut - begin)
    if kind != "WEBP":  # half of one is nothing to Pillow either way
        assert shown(metadata.cleaned(MIME[kind], whole[:-200]), monkeypatch) == shown(whole[:-200], monkeypatch)


def shown(data: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The pixels that there are."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def test_a_picture_with_something_broken_in_it_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made("JPEG")
    table = whole.index(b"\xff\xdb")
    for broken in (
        whole[:table] + b"\x00nothing that belongs here" + PLACE + whole[table:],
        whole[:table] + b"\xff\xfe\x00\x00" + whole[table:],
        whole[:table] + b"\xff" * 9 + whole[table:],
        whole + b"\xff\xe1\xff\xff" + PLACE,
        whole[:-2] + b"\xff\xe1\x00\x40Exif\x00\x00" + PLACE,
    ):
        after = metadata.cleaned("image/jpeg", broken)
        assert b"Zebedee" in broken and b"Zebedee" not in after
        assert shown(after, monkeypatch) == shown(whole, monkeypatch)


@pytest.mark.parametrize("mime", MIME.values())
def test_what_shows_no_picture_is_left_as_it_came(mime: str) -> None:
    whole = made(next(kind for kind, one in MIME.items() if one == mime))
    for cut in (0, 1, 13, 24):
        for half in (whole[:cut], whole[:cut] + b"\xff" * 40):
            assert metadata.cleaned(mime, half) == half or mime == "image/avif"
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


def test_a_picture_that_keeps_its_place_is_marked_for_staff(house: House) -> None:
    """What cannot be read as its format says is kept as it came: whoever passes it on has to know."""
    officer, marked = house.person("dudley", "officer"), "could not take the place data out of this file"
    broken = made("JPEG").partition(b"\xff\xda")[0]
    assert b"Zebedee" in broken and metadata.taken_out("image/jpeg", broken) == (broken, False)
    reference, number = sent(house, broken)
    assert b"Zebedee" in officer.get(f"/staff/record/{reference}/media/{number}").content
    assert officer.get(f"/staff/record/{reference}").text.count(marked) == 2, "with the answer, and in the talk"
    whole, _ = sent(house, made("JPEG"))
    paper, _ = sent(house, b"%PDF-1.7 fine")
    for other in (whole, paper):
        assert marked not in officer.get(f"/staff/record/{other}").text
    head = box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", PLACE))
    film, found = metadata.taken_out("video/quicktime", head + b"\x00\x00\x00\x04free")
    assert PLACE not in film and not found, "what was found until then is gone"
    assert metadata.taken_out("image/heic", photograph()[0])[1]


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
