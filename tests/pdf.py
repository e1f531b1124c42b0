"""What is in a PDF, as far as a test asks."""

from __future__ import annotations

import re
import zlib


def pages(paper: bytes) -> int:
    """How many pages it has. Both what describes a page and what counts them is looked for, also where it is packed;
    a file in which neither is found is no file of pages, and fails."""
    assert paper.startswith(b"%PDF-")
    text = b"\n".join((paper, *_unpacked(paper)))
    one = len(re.findall(rb"/Type\s*/Page(?![A-Za-z])", text))
    counted = [
        int(number)
        for tree in re.findall(rb"<<(?:(?!<<|>>).)*?/Type\s*/Pages\b(?:(?!<<|>>).)*>>", text, re.S)
        for number in re.findall(rb"/Count (\d+)", tree)
    ]
    assert one and counted and max(counted) == one, (one, counted)
    return one


def _unpacked(paper: bytes) -> list[bytes]:
    found = []
    for start in re.finditer(rb"stream\r?\n", paper):
        try:
            found.append(zlib.decompressobj().decompress(paper[start.end() :]))
        except zlib.error:
            continue
    return found
