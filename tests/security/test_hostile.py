"""What ``make audit`` looks for after it filled every form with hostile strings is noticed when it is there."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace

from openpyxl import Workbook

from tests.console.desk import chromium
from tools.audit import exported, floors
from tools.audit.hostile import CHAT, CONSOLE, FILES, SCRIPT, TEXT, Walk

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


def test_a_check_that_did_too_little_fails() -> None:
    """Nothing at all, one of each less than wanted, and what was not counted; and enough is enough."""
    for least in (floors.HOSTILE, floors.WAPITI):
        assert len(floors.short({}, least)) == len(least) and floors.short(least, least) == []
        for name in least:
            (said,) = floors.short({**least, name: least[name] - 1}, least)
            assert name in said and str(least[name]) in said
    assert all(wanted > 0 for least in (floors.HOSTILE, floors.WAPITI) for wanted in least.values())


def test_pages_are_counted_by_their_kind() -> None:
    known = ("/record/{reference}", "/learning/{learning}", "/learning/new", "/today", "/record/{reference}/reply")
    shown = ("today", "record/HB-1", "record/HB-2", "learning/new", "sign-in", "today/x", "assets/x.js")
    kinds = floors.kinds((f"/staff/{one}" for one in shown), known)
    assert kinds == {"/today", "/record/{reference}", "/learning/new"} and floors.kinds((), known) == set()


def test_what_came_back_is_counted_where_it_stands_as_text() -> None:
    """Not what stands in a field still; a string of several lines or of markup too; short ones are anywhere."""
    texts = ["<b>one</b> two", "'; DROP TABLE", "in a field only", "-1", "three\nlines  here"]
    walk = SimpleNamespace(texts=texts, back={CONSOLE: set(), CHAT: set(), FILES: set()})
    with chromium() as browser:
        page = browser.new_page()
        page.set_content("<textarea>in a field only</textarea><p>&lt;b&gt;one&lt;/b&gt; two -1<p>three lines\nhere")
        Walk.came(walk, CONSOLE, page.evaluate(TEXT))  # type: ignore[arg-type]  # as far as it is used
    Walk.came(walk, FILES, "a,'; DROP TABLE")  # type: ignore[arg-type]  # as above
    assert walk.back == {CONSOLE: {texts[0], texts[4]}, FILES: {texts[1]}, CHAT: set()}
