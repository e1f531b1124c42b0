"""``hearback script``: what social workers review. After a change of wording: GOLDEN=write pytest tests/cli."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot import review
from flows.scripts import FLOWS
from flows.steps import CONTEXTS, texts
from locales import translator
from tests.cli.talking import run

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("complaint.md", ("complaint",)),
        ("compliment-child.md", ("compliment", "--register", "child")),
        ("complaint.mmd", ("complaint", "--mermaid")),
    ],
)
def test_as_it_was_reviewed(house: Path, file: str, arguments: tuple[str, ...]) -> None:
    done = run(house, "script", *arguments)
    assert done.returncode == 0, done.stderr
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / file).write_text(done.stdout, encoding="utf-8")
    assert done.stdout == (GOLDEN / file).read_text(encoding="utf-8")


def test_without_a_flow_they_are_listed(house: Path) -> None:
    done = run(house, "script")
    assert {line.split()[0] for line in done.stdout.splitlines()} == set(FLOWS)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=str)
def test_every_wording_is_printed(flow: object) -> None:
    from flows.steps import Flow

    assert isinstance(flow, Flow)
    printed = review.script(flow, translator("en"))
    for step in flow.steps:
        for text in texts(step):
            spoken = [message for _, message in text.wordings()] if not text.verbatim else []
            assert not [message for message in spoken[:1] if message not in printed]
    assert CONTEXTS


@pytest.mark.parametrize("flow_id", FLOWS)
def test_the_drawing_joins_every_step(flow_id: str) -> None:
    flow = FLOWS[flow_id]
    drawing = review.mermaid(flow, translator("en"))
    made = set(re.findall(r"^  (\w+)[\[({]", drawing, re.MULTILINE))
    joined = re.findall(r"^  (\w+) -->(?:\|[^|]*\|)? (\w+)", drawing, re.MULTILINE)
    assert {f"s{n}" for n in range(1, len(flow.steps) + 1)} <= made
    assert {end for _, end in joined} >= made - {"start"}


@pytest.mark.parametrize("language", ["cy", "ar"])
def test_in_another_language(house: Path, language: str) -> None:
    done = run(house, "script", "compliment", "--language", language, "--register", "plain")
    assert done.returncode == 0
    assert "Say something good" not in done.stdout
