"""What the code may not do: run or build what somebody typed, believe a document, or draw a secret from a dice."""

from __future__ import annotations

import ast
import math
import random
import re
import string
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import xlsxwriter

from bot.channels.webchat import guard as chat_guard
from console import guard, passwords
from storage import staff, tokens, webhooks
from storage.import_files import Unreadable, table
from tests.console.conftest import House, running
from tests.storage.people import Person

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "casework", "console", "flows", "locales", "storage")
#: What starts a program, runs a text, or makes an object of bytes that somebody sent.
RUNS = {
    "subprocess", "pty", "code", "codeop", "runpy", "pickle", "cPickle", "dill", "marshal", "shelve",
    "jsonpickle", "yaml", "os.system", "os.popen", "os.exec*", "os.spawn*", "os.posix_spawn*", "asyncio.create_sub*",
    "eval", "exec", "compile", "__import__", "*.from_string", "jinja2.Template", "string.Template", "ctypes",
}  # fmt: skip
#: Where one of these is right: a call of the C library that takes nothing from anybody.
ALLOWED = {("bot/heap.py", "ctypes"), ("bot/heap.py", "ctypes.CDLL")}
#: Readers of XML that follow entities, and those of their names that read nothing.
XML, TYPES = {"xml", "lxml", "xmlrpc", "html5lib"}, {
    "xml.sax.saxutils", "xml.sax.saxutils.escape", "xml.sax.saxutils.quoteattr", "xml.etree.ElementTree",
    "xml.etree.ElementTree.Element", "xml.etree.ElementTree.ParseError",
}  # fmt: skip
#: Where markup is put together of what is no template: links to numbers, a form's token, pictures that segno draws.
MARKUP = {
    "bot/channels/webchat/numbers.py", "console/render.py", "console/blank.py", "console/pages/integration.py",
}  # fmt: skip
#: 7919 × 7907, as many languages would have it reckoned out.
SUM, RECKONED = (
    "{{7919*7907}} ${7919*7907} #{7919*7907} <%= 7919*7907 %> {0.__class__} $((7919*7907)) `expr 7919`", "62615533",
)  # fmt: skip
KNOWN = ("reference", "received", "Reference", "Received")
#: Who may use ``random``: they wait a little longer or shorter, so that not everybody comes at once.
WAITING = {
    "bot/channels/telegram/__init__.py", "bot/channels/webchat/live.py", "bot/outbox.py", "storage/turns.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("code")) as made:
        yield made


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def names(tree: ast.Module) -> set[str]:
    """What a module imports, and what it calls: "os.system", "open"."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}", *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
    return found


def runs(name: str) -> bool:
    """Whether a name is one of RUNS, or lies in it."""
    wild = [one.removesuffix("*") for one in RUNS if one.endswith("*")]
    return (
        name in RUNS or name.partition(".")[0] in RUNS - {"code", "compile"} or name.startswith(tuple(wild))
        or name.endswith(".from_string")
    )  # fmt: skip


def test_nothing_that_was_typed_is_run_or_made_a_template_of() -> None:
    looked = dict(sources())
    assert len(looked) > 300
    assert {(path, name) for path, tree in looked.items() for name in names(tree) if runs(name)} == ALLOWED
    for text in ("os.system('x')", "from subprocess import run", "import pickle", "_jinja.from_string(x)", "eval(x)",
                 "from jinja2 import Template", "os.execv(a, b)"):  # fmt: skip
        assert any(runs(name) for name in names(ast.parse(text))), text


def test_every_template_lies_in_a_package_and_escapes() -> None:
    made = {
        (path, ast.unparse(node))
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Environment", "jinja2.Environment")
    }
    assert len(made) == 4
    for path, call in made:
        assert "loader=PackageLoader(" in call and "autoescape=True" in call, path
    unescaped = re.compile(r"\|\s*safe\b|autoescape\s+false")
    pages = [page for package in PACKAGES for page in (ROOT / package).rglob("*.html")]
    assert len(pages) > 50 and not [page.name for page in pages if unescaped.search(page.read_text("utf-8"))]
    assert {path for path, tree in sources() if "Markup" in names(tree)} == MARKUP


def test_a_template_that_somebody_types_comes_back_as_it_is(house: House) -> None:
    """What Jinja, Python, a shell and others would reckon out stands on every page as it was typed."""
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    person.story = SUM
    reference = person.complain().reference
    desk = house.person("dudley", "complaints", "administrator")
    assert desk.post("/staff/settings/campaigns/add", {"name": SUM[:60], "code": "sum"}).status_code == 303
    model = {"title": SUM[:60], "text-en": SUM, "language": "en", "text": SUM}
    desk.post("/staff/settings/templates/add", model)
    record = f"/staff/record/{reference}"
    pages = [
        record, f"{record}/reply", f"{record}?text={quote(SUM)}",
        "/staff/settings/campaigns", f"/staff/records?q={quote(SUM)}", "/staff/today", "/staff/export",
    ]  # fmt: skip
    shown = [unescape(desk.get(page).text) for page in pages]
    assert SUM in shown[0] and SUM[:60] in shown[3] and SUM in shown[4]
    assert not [page for page, text in zip(pages, shown, strict=True) if RECKONED in text]


# Documents --------------------------------------------------------------------------------------


def test_xml_is_read_by_what_follows_no_entity() -> None:
    found = {(path, name) for path, tree in sources() for name in names(tree) if name.partition(".")[0] in XML}
    assert {(path, name) for path, name in found if name not in TYPES} == set()
    assert {path for path, name in found if "ElementTree" in name} == {"bot/symbol_packs.py"}, "its types, no reader"


def workbook(folder: Path) -> Path:
    path = folder / "right.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Reference", "Received"])
        sheet.write_row(1, 0, ["A1", "1 May 2026"])
    return path


BOMB = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
) + "]>"  # fmt: skip


@pytest.mark.parametrize("kind", ["a bomb", "a file of ours", "an address"])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_workbook_whose_xml_asks_for_more_is_not_read(tmp_path: Path, part: str, kind: str) -> None:
    """A text that grows to gigabytes, a file of this machine, or a call to somebody: none of it, and it is said."""
    (tmp_path / "secret").write_text("PLANTED")
    declared, used = {
        "a bomb": (BOMB, "&a9;"),
        "a file of ours": (f'<!DOCTYPE x [<!ENTITY b SYSTEM "file://{tmp_path}/secret">]>', "&b;"),
        "an address": ('<!DOCTYPE x [<!ENTITY b SYSTEM "http://127.0.0.1:9/x">]>', "&b;"),
    }[kind]
    right, wrong = workbook(tmp_path), tmp_path / "wrong.xlsx"
    assert [row["Reference"] for _, row in table(right, KNOWN.__contains__).rows()] == ["A1"]
    with zipfile.ZipFile(right) as given, zipfile.ZipFile(wrong, "w") as made:
        for name in given.namelist():
            text = given.read(name).decode()
            if name == part:
                head, mark, rest = text.partition("?>")
                where = re.sub(r"<t>A1</t>|(?<=<v>)2(?=</v>)|Sheet1", lambda found: f"{found[0]}{used}", rest)
                assert mark and used in where
                text = head + mark + declared + where
            made.writestr(name, text)
    with pytest.raises(Unreadable, match="not a readable workbook"):
        table(wrong, KNOWN.__contains__)


# Chance -----------------------------------------------------------------------------------------


def test_chance_that_can_be_foretold_is_used_for_waiting_only() -> None:
    found = {path: {one for one in names(tree) if one.partition(".")[0] == "random"} for path, tree in sources()}
    # Who is invented for a demonstration, too: the same seed gives the same people.
    assert {path for path, used in found.items() if used and not path.startswith("bot/demo/")} == WAITING
    assert set().union(*found.values()) == {"random", "random.uniform", "random.Random"}
    besides = re.compile(r"uuid[13]\b|numpy|SystemRandom|mt19937", re.I)
    assert not [path for path, tree in sources() if any(besides.search(name) for name in names(tree))]


def test_every_secret_is_made_while_that_chance_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole house: its keys, a talk with its number, staff with sessions, links and codes, tokens and webhooks."""

    def gone(*_: Any) -> Any:
        raise AssertionError("a secret was drawn from what can be foretold")

    with monkeypatch.context() as patch:
        for name in ("choice", "choices", "randint", "random", "randbytes", "randrange", "getrandbits", "sample"):
            patch.setattr(random, name, gone)
        for name in ("random", "getrandbits"):
            patch.setattr(random.Random, name, gone, raising=False)
        with pytest.raises(AssertionError):
            random.Random().choice("ab")
        with running(tmp_path / "one") as one, running(tmp_path / "two") as two:
            made = [*secrets_of(one), *secrets_of(two)]
    assert len(made) == 26 and len(set(made)) == len(made)
    assert not [secret for secret in made if bits(secret) < 49]


def secrets_of(house: House) -> Iterator[str]:
    """Whatever opens something or is hard to guess for another reason, made as the product makes it."""
    ring, now, sealer = house.store.vault.ring, house.clock(), house.site.sealer
    yield from (ring.keys["1"].hex(), ring.lookup.hex(), ring.receipt.hex())
    person = Person(house.store.writer, organisation="dudley", endpoint="web")
    assert person.complain().reference
    yield house.store.receipts.take()[0]
    number, link = house.add("dudley", ("officer",), link=True)
    browser = house.signed_in(number)
    yield from (link, browser.cookie(guard.SESSION), browser.token(), chat_guard.new_credential())
    yield from (passwords.new_secret(), staff.new_codes(1)[0])

    def write(db: Any) -> tuple[str, ...]:
        told = webhooks.add(
            db.connection(), sealer, "dudley", "https://case.example.org/x", events=(), restricted=False, by="x", at=now
        )
        token = tokens.make(db.connection(), "dudley", "Mosaic", tuple(tokens.SCOPES), "x", now)[1]
        return told.secret, token, staff.reset(db.connection(), number, now)

    yield from house.store.writer.write(write).result(10)


def bits(secret: str) -> float:
    """At most so many: the signs that it has, drawn from those of its kind."""
    drawn = secret.removeprefix("whsec_").removeprefix(tokens.MARK).replace("-", "")
    kinds = (string.digits, string.digits + "abcdef", sorted({*string.digits, *string.ascii_lowercase} - {*"01ilo"}))
    signs = next((len(kind) for kind in kinds if set(drawn) <= set(kind)), 32 if drawn.isupper() else 62)
    return len(drawn) * math.log2(signs)
