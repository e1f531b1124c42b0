"""The promise of the architecture: to add one of these is to touch one place. Each is added to a copy of the tree, and
a real server of that copy is used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.extending.additions import ADDITIONS, ASKED_FOR

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "casework", "console", "flows", "locales", "storage")
#: Folders of a language; of the others only the entries are needed.
SPOKEN = ("en", "cy")


def state(tree: Path) -> dict[str, bytes]:
    return {str(file.relative_to(tree)): file.read_bytes() for file in tree.rglob("*") if file.is_file()}


def left_out(folder: str, names: list[str]) -> set[str]:
    """Neither what Python compiled, nor the large lists of languages that nobody speaks here."""
    out = {name for name in names if name == "__pycache__" or name.endswith((".mo", ".pyc"))}
    if folder == str(ROOT / "locales"):
        out |= {name for name in names if (ROOT / "locales" / name).is_dir() and name not in SPOKEN}
    return out


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a server of the copy shows, and which files each addition touched."""
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=left_out)
    touched = {}
    for name, (add, _) in ADDITIONS.items():
        before = state(tree)
        add(tree)
        after = state(tree)
        touched[name] = {path for path in after if after[path] != before.get(path)} | (before.keys() - after.keys())
    folder = tmp_path_factory.mktemp("deployment")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("use.py")), str(folder)],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("HEARBACK_")}
        | {"PYTHONPATH": str(tree), "PYTHONUTF8": "1"},
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text("utf-8"))
    return found | {"touched": touched}


@pytest.mark.parametrize("name", ADDITIONS)
def test_only_the_place_that_is_named_is_touched(seen: dict[str, Any], name: str) -> None:
    _, places = ADDITIONS[name]
    assert seen["touched"][name], "something was added"
    for path in seen["touched"][name]:
        assert path.startswith(places), path


def test_the_channel_brings_messages_and_takes_them_away(seen: dict[str, Any]) -> None:
    assert seen["menu"].startswith("Speckled Jim: ")


def test_the_flow_is_in_the_menu_and_files_a_record(seen: dict[str, Any]) -> None:
    lines = seen["menu"].splitlines()
    numbered = [line.partition(" ")[2] for line in lines if line[:1].isdigit()]
    assert numbered.index("Make a complaint") < numbered.index("Tell us an idea")
    assert "What is your idea?" in seen["question"]
    assert "What an idea! It has arrived: HB-" in seen["end"]


def test_the_language_is_offered_and_spoken(seen: dict[str, Any]) -> None:
    assert "eo" in seen["offered"]
    assert "Esperanto" in seen["page"] and "Hello. How are things for you? ^" in seen["page"]


def test_the_organisation_is_served(seen: dict[str, Any]) -> None:
    assert seen["served"] == ["Riverside"]
    assert "Riverside" in seen["page"]


def test_the_table_is_in_the_report(seen: dict[str, Any]) -> None:
    assert "ways_of_children" in seen["tables"]


@pytest.mark.parametrize("kind", ASKED_FOR)
def test_the_page_says_what_tests_ask_for_besides(kind: str) -> None:
    """What was red when each was added to a copy stands in the row of its kind."""
    page = (ROOT / "docs/extending.md").read_text("utf-8").partition("## What make test asks for")[2]
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {kind} |")]
    assert not [file for file in ASKED_FOR[kind] if f"`{file}`" not in row]
