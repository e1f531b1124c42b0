"""Organisations' own picture sets: read from a folder and checked, every mistake named with the file it is in.

``HEARBACK_SYMBOLS`` is a folder with one folder for each organisation, called by its id, that holds ``manifest.toml``
and the pictures. A mistake never keeps the server from starting: it is said, and the shipped picture is used instead.
docs/symbols.md says how to fill one.
"""

from __future__ import annotations

import difflib
import re
import struct
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

import locales
from bot.symbols import Pack, Picture, picture

MANIFEST = "manifest.toml"
#: Bytes of one picture: a dozen stand on one page, on the slowest telephone.
LARGEST = 100_000
#: Pixels of a side of a PNG.
WIDEST = 1200
_TEXTS = ("credit", "licence")
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}"
#: Elements that run something, hold another page, or change another element's address while they are shown.
_ACTIVE = {
    *("script", "foreignObject", "iframe", "embed", "object", "audio", "video", "handler", "listener"),
    *("set", "animate", "animateMotion", "animateTransform"),
}
_OWN = re.compile(r"#|data:image/(?:png|jpeg|gif|webp);base64,")
_URL = re.compile(r"url\(\s*['\"]?\s*(?![#'\"\s])|(?:image-set|src)\(", re.IGNORECASE)
#: The same in a style sheet, where a backslash can hide the letters.
_STYLED = re.compile(rf"{_URL.pattern}|@import|\\", re.IGNORECASE)


class _Unfit(Exception):
    """What is wrong with one picture, as the end of a sentence that begins with its file."""


def packs(folder: Path | None, organisations: Collection[str]) -> tuple[dict[str, Pack], tuple[str, ...]]:
    """Organisation -> its set, and one sentence for each mistake."""
    if folder is None:
        return {}, ()
    if not folder.is_dir():
        return {}, (f"HEARBACK_SYMBOLS is {str(folder)!r}: there is no such folder.",)
    found: dict[str, Pack] = {}
    mistakes: list[str] = []
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        return {}, (f"HEARBACK_SYMBOLS: {folder} cannot be read ({error.strerror}); let Hearback's user read it.",)
    for own in folders:
        if own.name not in organisations:
            known = ", ".join(sorted(organisations))
            mistakes.append(f"{own}: no organisation here is called {own.name!r}; they are called {known}.")
            continue
        found[own.name], wrong = read(own)
        mistakes += wrong
    if not found and not mistakes:
        mistakes.append(f"{folder}: put a folder in it for each organisation, called by its id, with {MANIFEST}.")
    return found, tuple(mistakes)


def read(folder: Path) -> tuple[Pack, tuple[str, ...]]:
    """The set in a folder, with what can be used of it, and one sentence for each mistake."""
    manifest = folder / MANIFEST
    try:
        told = tomllib.loads(manifest.read_text("utf-8"))
    except FileNotFoundError:
        return Pack(), (f"{manifest}: there is no such file; docs/symbols.md shows one.",)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Pack(), (f"{manifest} cannot be read: {error}",)
    if wrong := tuple(_unfit(manifest, told)):
        return Pack(), wrong
    mistakes: list[str] = []
    pictures: dict[str, Picture] = {}
    for concept, name in told["pictures"].items():
        if concept not in locales.symbols():
            mistakes.append(f"{manifest}: there is no concept {concept!r}.{_meant(concept)}")
            continue
        try:
            pictures[concept] = _picture(folder, concept, name)
        except _Unfit as unfit:
            mistakes.append(f"{folder / str(name)} ({concept}) {unfit} The shipped picture is used instead.")
    return Pack(told["credit"].strip(), told["licence"].strip(), pictures), tuple(mistakes)


def _unfit(manifest: Path, told: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the manifest itself: nothing of the set is used then, for nobody may know its licence."""
    for key in told:
        if key not in (*_TEXTS, "pictures"):
            yield f"{manifest}: there is no key {key!r}; it has credit, licence and [pictures]."
    for key in _TEXTS:
        if not isinstance(value := told.get(key), str) or not value.strip():
            what = "who made the pictures, as people will read it" if key == "credit" else "what allows you to use them"
            yield f'{manifest}: {key} is missing; write {key} = "…", {what}.'
        elif len(value) > 200:
            yield f"{manifest}: {key} is longer than 200 characters."
    if not isinstance(told.get("pictures"), dict):
        yield f'{manifest}: [pictures] is missing; each of its lines is a concept and a file, like: sad = "sad.png".'


def _meant(concept: str) -> str:
    close = difflib.get_close_matches(concept, locales.symbols(), 1, 0.6)
    return f" Did you mean {close[0]}?" if close else " docs/symbols.md lists them."


def _picture(folder: Path, concept: str, name: object) -> Picture:
    """Raises _Unfit."""
    if not isinstance(name, str):
        raise _Unfit('is no file name; write it in quotes, like "sad.png".')
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise _Unfit("lies outside the folder of the set.")
        if path.stat().st_size > LARGEST:
            raise _Unfit(f"has {path.stat().st_size:,} bytes; {LARGEST:,} is the most. Save it smaller.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise _Unfit("is missing.") from None
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links that lead to each other
        raise _Unfit("cannot be read.") from None
    if content.startswith(_PNG):
        kind = "png"
        _must_be_png(content)
    elif b"<svg" in content:
        kind = "svg"
        _must_be_svg(content)
    else:
        raise _Unfit("is neither a PNG nor an SVG picture.")
    if path.suffix.lower() != f".{kind}":
        raise _Unfit(f"is in truth a .{kind} file; call it so.")
    return picture(concept, kind, content)


def _must_be_png(content: bytes) -> None:
    if len(content) < 45 or content[12:16] != b"IHDR" or b"IEND" not in content[-12:]:
        raise _Unfit("is broken off; export it again.")
    width, height = struct.unpack(">II", content[16:24])
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise _Unfit(f"has {width} by {height} pixels; {WIDEST} by {WIDEST} is the most. 300 by 300 is plenty.")


def _must_be_svg(content: bytes) -> None:
    try:
        content.decode("utf-8")
        root = fromstring(content)
    except (DefusedXmlException, UnicodeDecodeError):
        raise _Unfit("holds XML entities, or is no UTF-8; save it as plain SVG.") from None
    except (ParseError, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise _Unfit("is broken: it is no well-formed SVG. Export it again.") from None
    if root.tag != _SVG + "svg":
        raise _Unfit('is no SVG: its first element must be <svg xmlns="http://www.w3.org/2000/svg">.')
    if b"<?xml-stylesheet" in content:
        raise _Unfit("refers to a style sheet outside itself; save it as plain SVG.")
    for element in root.iter():
        _must_be_inert(element)


def _must_be_inert(element: Element) -> None:
    """Nothing in it runs, and nothing is loaded from elsewhere. Raises _Unfit."""
    tag = element.tag.rpartition("}")[2]
    if tag in _ACTIVE:
        raise _Unfit(f"holds a <{tag}>: nothing may run in a picture. Save it as plain SVG.")
    for name, value in element.attrib.items():
        local = name.rpartition("}")[2]
        if local.lower().startswith("on"):
            raise _Unfit(f"holds a script ({local}): nothing may run in a picture. Save it as plain SVG.")
        address = local in ("href", "src") and not _OWN.match(value.strip())
        if address or (_STYLED if local == "style" else _URL).search(value):
            raise _Unfit(f"refers to something outside itself ({local} of <{tag}>); embed it, or leave it out.")
    if tag == "style" and _STYLED.search("".join(element.itertext())):
        raise _Unfit("refers to something outside itself (in its <style>); embed it, or leave it out.")
