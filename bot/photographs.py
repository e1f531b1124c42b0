"""Photographs of those who may be turned to: files of a deployment, beside its profiles, read and checked at the start.

A mistake never keeps the server from starting: it is said, and a drawn silhouette is shown instead. docs/procedures.md
says how to give one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from casework.procedure import PROFILES, Profile
from storage import metadata
from storage.media import Refused, kind_of

log = structlog.get_logger()

#: Bytes of one photograph: three stand on one page, on the slowest telephone.
LARGEST = 300_000
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph, without what the camera wrote beside it. ``name`` is its own hash, and says nobody's name."""

    name: str
    mime: str
    content: bytes


class _Unfit(Exception):
    """What is wrong with a file, as the end of a sentence that begins with it."""


def read(folder: Path | None, found: Mapping[str, Profile]) -> tuple[dict[str, dict[str, Photograph]], tuple[str, ...]]:
    """Organisation -> id of a face -> its photograph, and one sentence for each mistake.

    ``folder``: where the profiles of the deployment lie, None where it has only those that are shipped.
    """
    shown: dict[str, dict[str, Photograph]] = {}
    mistakes: list[str] = []
    for organisation, profile in found.items():
        mine = shown[organisation] = {}
        for face in profile.faces.values():
            if face.photo:
                try:
                    mine[face.id] = _photograph(folder or PROFILES, face.photo)
                except _Unfit as unfit:
                    mistakes.append(
                        f"{organisation}: the photograph {face.photo} of [faces.{face.id}] {unfit} "
                        "Until then a drawing is shown."
                    )
    return shown, tuple(mistakes)


def usable(folder: Path | None, found: Mapping[str, Profile]) -> dict[str, dict[str, Photograph]]:
    """Those that can be shown; what is wrong with the others is said in the log."""
    shown, mistakes = read(folder, found)
    for mistake in mistakes:
        log.warning("a photograph cannot be shown", place=mistake)
    return shown


def _photograph(folder: Path, name: str) -> Photograph:
    """Raises _Unfit."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise _Unfit("lies outside the folder of the profiles. Put it beside the profile.")
        if not path.exists():
            raise _Unfit("is missing. Put it beside the profile, or take it out of it.")
        if not path.is_file():
            raise _Unfit("is no file. Name the photograph itself.")
        if (size := path.stat().st_size) > LARGEST:
            raise _Unfit(f"has {size:,} bytes; {LARGEST:,} is the most. Save it smaller: 400 by 400 pixels is plenty.")
        content = path.read_bytes()
        mime = kind_of(content[:4096])[1]
    except Refused:
        mime = ""
    except (OSError, ValueError, RuntimeError):  # ValueError: no name of a file; RuntimeError: links in a circle
        raise _Unfit("cannot be read. Let Hearback's user read it.") from None
    if mime not in _ENDINGS:
        raise _Unfit("is no JPEG, PNG or WebP picture. Save it as one.")
    content, whole = metadata.taken_out(mime, content)
    if not whole:
        raise _Unfit("is broken, or says in a way of its own where it was taken. Save it anew.")
    return Photograph(f"{hashlib.sha256(content).hexdigest()[:20]}.{_ENDINGS[mime]}", mime, content)
