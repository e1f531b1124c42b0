"""Pictures of concepts: each has one, an organisation's own lie over them, and every mistake in those is named."""

from __future__ import annotations

import asyncio
import re
import struct
import zlib
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

import locales
from bot import symbol_packs
from bot.symbols import CREDIT, PREFIX, Symbols, shipped

DOCS = Path(__file__).parents[1] / "docs" / "symbols.md"
GOOD = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4" cx="4" cy="4" fill="url( #a )"/></svg>'
MANIFEST = 'credit = "Pictures by Somebody"\nlicence = "Letter of 1 May"\n[pictures]\nsad = "sad.svg"\n'


def png(side: int = 8) -> bytes:
    """A white square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def svg(inside: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">{inside}</svg>'.encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of the organisation dudley in which all is well."""
    own = tmp_path / "dudley"
    own.mkdir()
    (own / "manifest.toml").write_text(MANIFEST, "utf-8")
    (own / "sad.svg").write_bytes(GOOD)
    return own


def wrong(folder: Path) -> str:
    """The only mistake of a set, which is then not used."""
    found, mistakes = symbol_packs.packs(folder.parent, ("dudley", "sandwell"))
    assert "sad" not in found["dudley"].pictures
    (mistake,) = mistakes
    return mistake


def test_every_concept_has_a_shipped_picture() -> None:
    assert set(shipped()) == set(locales.symbols())
    for concept, one in shipped().items():
        assert re.fullmatch(rf"{concept}\.[0-9a-f]{{12}}\.svg", one.name)
        assert len(one.packed) < 5000, f"{concept} is heavy: a page shows a dozen"


def test_the_shipped_pictures_pass_the_checks_of_an_own_set(tmp_path: Path) -> None:
    lines = ['credit = "x"', 'licence = "x"', "[pictures]"]
    for concept, one in shipped().items():
        (tmp_path / f"{concept}.svg").write_bytes(one.plain)
        lines.append(f'{concept} = "{concept}.svg"')
    (tmp_path / "manifest.toml").write_text("\n".join(lines), "utf-8")
    pack, mistakes = symbol_packs.read(tmp_path)
    assert mistakes == ()
    assert set(pack.pictures) == set(shipped())
    assert Symbols({"dudley": pack}).credits("dudley") == ("x",)


def test_an_own_set_lies_over_the_shipped_one(folder: Path) -> None:
    (folder / "happy.png").write_bytes(png())
    (folder / "manifest.toml").write_text(MANIFEST + 'happy = "happy.png"\n', "utf-8")
    found, mistakes = symbol_packs.packs(folder.parent, ("dudley", "sandwell"))
    assert mistakes == ()
    symbols = Symbols(found)
    assert symbols.address("dudley", "sad") != symbols.address("sandwell", "sad") == symbols.address("", "sad")
    assert symbols.address("dudley", "happy").endswith(".png")
    assert symbols.address("dudley", "home") == symbols.address("sandwell", "home")
    assert symbols.address("dudley", "nothing of the kind") == ""
    assert symbols.credits("dudley") == ("Pictures by Somebody", CREDIT)
    assert symbols.credits("sandwell") == (CREDIT,)


@pytest.mark.parametrize("packed", [True, False])
def test_a_picture_is_served_as_what_it_is(folder: Path, packed: bool) -> None:
    (folder / "happy.png").write_bytes(png())
    (folder / "manifest.toml").write_text(MANIFEST + 'happy = "happy.png"\n', "utf-8")
    symbols = Symbols(symbol_packs.packs(folder.parent, ("dudley",))[0])
    for concept, mime in (("sad", "image/svg+xml"), ("happy", "image/png"), ("home", "image/svg+xml")):
        name = symbols.address("dudley", concept).removeprefix(PREFIX)
        headers = {"Accept-Encoding": "gzip"} if packed else {}
        request = make_mocked_request("GET", PREFIX + name, headers, match_info={"name": name})
        response = asyncio.run(symbols.serve(request))
        assert response.content_type == mime
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].endswith("sandbox")
        assert "immutable" in response.headers["Cache-Control"]
        assert ("Content-Encoding" in response.headers) == (packed and mime != "image/png")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a-----------------------------------------------", "neither a PNG nor an SVG"),
        (b"", "neither a PNG nor an SVG"),
        (png(), "in truth a .png file"),
        (png()[:40], "broken off"),
        (png(1500), "1500 by 1500 pixels"),
        (b"<svg" + b" " * 100_001, "100,005 bytes"),
        (b"<svg", "broken"),
        (b'<?xml version="1.0" encoding="nobody-knows"?>' + GOOD, "broken"),
        (b"<svg/>", "first element"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + GOOD, "entities"),
        (b'<?xml-stylesheet href="http://x/y.css"?>' + GOOD, "style sheet outside"),
        (svg("<script>alert(1)</script>"), "<script>"),
        (svg("<foreignObject/>"), "<foreignObject>"),
        (svg('<path onload="alert(1)"/>'), "script (onload)"),
        (svg('<image x:href="https://example.org/a.png"/>'), "outside itself (href of <image>)"),
        (svg('<a href="javascript:alert(1)"/>'), "outside itself"),
        (svg('<use href="other.svg#a"/>'), "outside itself"),
        (svg('<path fill="url(https://example.org/#a)"/>'), "outside itself (fill"),
        (svg("<style>@import 'https://example.org/a.css';</style>"), "<style>"),
        (svg('<a href="#b"><set attributeName="href" to="//example.org"/></a>'), "<set>"),
        (svg('<path style="mask-image: image-set(&quot;//example.org/a.png&quot; 1x)"/>'), "(style of <path>)"),
        (svg("<style>a{}<b/>@import 'https://example.org/a.css';</style>"), "<style>"),
        (svg(r"<style>a{background:\75rl(//example.org)}</style>"), "<style>"),
    ],
)
def test_a_picture_that_is_not_fit_is_named_and_the_shipped_one_used(folder: Path, content: bytes, said: str) -> None:
    (folder / "sad.svg").write_bytes(content)
    mistake = wrong(folder)
    assert str(folder / "sad.svg") in mistake and said in mistake
    assert mistake.endswith("The shipped picture is used instead.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('sad = "sat.svg"', "sat.svg (sad) is missing"),
        ("sad = 3", "no file name"),
        ('sad = "../sad.svg"', "outside the folder"),
        ('sadd = "sad.svg"', "Did you mean sad?"),
        ('qqqq = "sad.svg"', "docs/symbols.md lists them"),
    ],
)
def test_a_line_of_the_manifest_that_is_wrong(folder: Path, line: str, said: str) -> None:
    (folder.parent / "sad.svg").write_bytes(GOOD)
    (folder / "manifest.toml").write_text(MANIFEST.replace('sad = "sad.svg"', line), "utf-8")
    assert said in wrong(folder)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (MANIFEST.replace('licence = "Letter of 1 May"', ""), "licence is missing"),
        (MANIFEST.replace("Pictures by Somebody", " "), "credit is missing"),
        (MANIFEST.replace("Letter", "L" * 300), "longer than 200"),
        (MANIFEST.partition("[")[0], "[pictures] is missing"),
        ('title = "Mine"\n' + MANIFEST, "no key 'title'"),
        (MANIFEST + 'sad = "again.svg"\n', "cannot be read"),
        ("credit = Makaton", "cannot be read"),
    ],
)
def test_a_manifest_that_is_wrong_is_not_used_at_all(folder: Path, manifest: str, said: str) -> None:
    (folder / "manifest.toml").write_text(manifest, "utf-8")
    mistake = wrong(folder)
    assert str(folder / "manifest.toml") in mistake and said in mistake


def test_folders_that_are_wrong(tmp_path: Path, folder: Path) -> None:
    assert symbol_packs.packs(None, ("dudley",)) == ({}, ())
    assert "no such folder" in symbol_packs.packs(tmp_path / "none", ("dudley",))[1][0]
    assert "they are called sandwell" in symbol_packs.packs(tmp_path, ("sandwell",))[1][0]
    (folder / "manifest.toml").unlink()
    assert "no such file" in wrong(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "put a folder in it" in symbol_packs.packs(empty, ("dudley",))[1][0]


def test_the_documentation_lists_every_concept() -> None:
    text = DOCS.read_text("utf-8").partition("## The concepts")[2]
    assert dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", text, re.MULTILINE)) == dict(locales.symbols())
