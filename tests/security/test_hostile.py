"""What ``make audit`` looks for after it filled every form with hostile strings is noticed when it is there."""

from __future__ import annotations

import io
import zipfile

from openpyxl import Workbook

from tests.console.desk import chromium
from tools.audit import exported
from tools.audit.hostile import SCRIPT

FORM = """<form action="/staff/x" id="f"><input name="name" maxlength="9">
<textarea name="note" data-most="30"></textarea>
<select name="kind"><option value=""></option><option>a</option></select>
<input type="date" name="day"><button>Go</button>
</form><form><input type="hidden" name="q"></form>"""
BROUGHT = """<a href=" javascript:alert(1)">x</a><b onmouseover="alert(1)">x</b><svg><script>alert(1)</script></svg>
<iframe></iframe><img src="https://evil.example/x.png">"""


def packed(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, data)
    return out.getvalue()


def test_what_is_wrong_with_a_file_is_noticed() -> None:
    book, kept = Workbook(), io.BytesIO()
    book.active.append(["Reference", "=1+1"])  # type: ignore[union-attr]  # a new one has a sheet
    book.save(kept)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for kind, data in (
        ("text/csv", b'a,"=1+1"\r\n'), ("text/csv", b"a,\tx\r\n"), ("text/csv", b"\xff"), (sheet, kept.getvalue()),
        ("application/pdf", b"%PDF-1.7 /OpenAction"), ("application/pdf", b"<html>"), ("application/json", b"{"),
        ("application/zip", packed("../x", b"")), ("application/zip", packed("x.csv", b"@SUM(1)")),
        ("application/zip", b"PK"),
    ):  # fmt: skip
        assert list(exported.wrong(kind, data)), (kind, data[:20])
    for kind, data in (("text/csv", b"\xef\xbb\xbfa,'=1+1,-2.5,+3%\r\n"), ("application/pdf", b"%PDF-1.7")):
        assert not list(exported.wrong(kind, data))


def test_what_is_wrong_with_a_page_is_noticed_and_every_field_is_filled() -> None:
    texts = ["<b>one</b>", "=2", "three"]
    given = {
        "round": 1,
        "turn": 0,
        "long": texts,
        "short": texts,
        "start": 1,
        "proper": {"date": "2026-11-23", "text": "x"},
    }
    with chromium() as browser:
        page = browser.new_page()
        page.on("dialog", lambda one: one.dismiss())
        page.set_content(BROUGHT)
        kinds = {one.split()[0] for one in page.evaluate(SCRIPT, ["look", {}])["strange"]}
        assert kinds == {"A", "B", "SCRIPT", "IFRAME", "IMG"}
        page.set_content(FORM)
        assert page.evaluate(SCRIPT, ["look", {}])["strange"] == []
        (name,) = page.evaluate(SCRIPT, ["forms", {}])
        page.evaluate("document.forms[0].requestSubmit = () => {}")
        page.evaluate(SCRIPT, ["fill", given | {"name": name}])
        filled = page.evaluate("[...document.forms[0].elements].map((one) => one.value)")
        assert filled == ["=2 three", "<b>one</b>\n=2\nthree", "a", "2026-11-23", ""]
