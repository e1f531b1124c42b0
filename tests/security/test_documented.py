"""docs/security.md says nothing that is not so: its tests exist, its sections are all there, each claim has a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
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
ATTACKERS = ("parent", "worker named", "Another child", "curious member", "laptop", "stranger", "provider")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [cells(line) for line in part.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
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
        assert scanner in ("bandit", "detect-secrets") and kind and answer
        assert (ROOT / where.strip("`")).is_file(), where


@pytest.mark.parametrize("name", ["--read-only", "DynamicUser", "keys rotate", "make audit", "make sbom"])
def test_what_it_tells_to_do_can_be_done(name: str) -> None:
    held = [ROOT / "Makefile", ROOT / "bot/__main__.py", *(ROOT / "deploy").iterdir()]
    texts = "\n".join(path.read_text("utf-8") for path in held if path.is_file())
    wanted = {"keys rotate": '@keys.command("rotate")', "make audit": "\naudit:", "make sbom": "\nsbom:"}.get(
        name, name
    )
    assert wanted in texts
