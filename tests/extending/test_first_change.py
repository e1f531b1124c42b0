"""A newcomer's first change, as docs/extending.md tells it: its blocks are put where it says, its commands are run."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.extending.test_extending import PACKAGES, ROOT, SPOKEN, left_out

PAGE = (ROOT / "docs/extending.md").read_text("utf-8").partition("## A newcomer's first change")[2]
#: Texts that every language has, in place of translations, where only the machine is tried.
INSTEAD = ("What would you like to talk about? A few words are enough.", "What it is about")


def block(kind: str, number: int = 0) -> str:
    """A block of code of the page, without its indentation."""
    return textwrap.dedent(re.findall(rf"^ *```{kind}\n(.*?)^ *```", PAGE, re.M | re.S)[number])


def after(before: str) -> str:
    """What stands as code after these words of the page."""
    found = re.search(re.escape(before) + r"\s+`([^`]+)`", PAGE)
    assert found, before
    return found[1]


def copied(tree: Path, every_language: bool) -> Path:
    for package in PACKAGES:
        ignore = left_out if not every_language else shutil.ignore_patterns("__pycache__", "*.mo")
        shutil.copytree(ROOT / package, tree / package, ignore=ignore)
    for folder in ("tests/flows", "tools"):
        shutil.copytree(
            ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules", ".done")
        )
    for name in ("tests/__init__.py", "tests/conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tree / name)
    return tree


def run(tree: Path, command: str, well: bool = True) -> str:
    """A command as the page names it; what it printed."""
    assert f"`.venv/bin/python -m {command}`" in PAGE, command
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEARBACK_", "PYTEST_", "COV_"))}
    ours = {"PYTHONPATH": str(tree), "PYTHONUTF8": "1", "PYTEST_TIMEOUT": "1500"}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=tree, env=kept | ours,
        capture_output=True, text=True, encoding="utf-8", timeout=1700, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is well, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def changed(tree: Path) -> None:
    """Steps 1 to 4."""
    flow = tree / after("**The question.** In")
    before, place, rest = flow.read_text("utf-8").partition(f"        {after('`flows/scripts/person.py`, before')}\n")
    assert place
    flow.write_text(before + textwrap.indent(block("python"), " " * 8) + place + rest, "utf-8")
    run(tree, "locales update")
    catalogue = tree / "locales/cy/messages.po"
    text = catalogue.read_text("utf-8")
    for entry in block("po").strip().split("\n\n"):
        english = re.escape(entry.splitlines()[0])
        (there,) = re.findall(rf'(?:^#, fuzzy\n)?^{english}\nmsgstr ".*"$', text, re.M)
        text = text.replace(there, entry)
    catalogue.write_text(text, "utf-8")
    (tree / after("A file of its own,")).write_text(block("python", 1), "utf-8")
    golden = tree / after("**The golden list.**")
    before, person, rest = golden.read_text("utf-8").partition(f"{after('under')}: [")
    place = after('`"person"`, before')
    assert place == '"contact"' and person
    golden.write_text(before + person + rest.replace(place, f"{after(', add')}\n  {place}", 1), "utf-8")


def test_the_page_works_to_the_letter(tmp_path: Path) -> None:
    """In English and Welsh, with the very tests that step 5 names; and what is written passes the linter."""
    tree = copied(tmp_path / "tree", every_language=False)
    changed(tree)
    run(tree, "pytest tests/flows/test_with_you.py tests/flows/test_talks.py tests/flows/test_words.py")
    ruff = [sys.executable, "-m", "ruff"]
    for check in (["check", "-q"], ["format", "--check", "-q"]):
        subprocess.run([*ruff, *check, "flows/scripts/person.py", "tests/flows/test_with_you.py"], cwd=tree, check=True)


@pytest.mark.timeout(1800)
@pytest.mark.soak(only="the whole of tests/flows, in 39 languages")
def test_the_other_languages_are_named_until_they_have_the_words_and_then_all_is_green(tmp_path: Path) -> None:
    tree = copied(tmp_path / "tree", every_language=True)
    changed(tree)
    missing = {line.split()[0] for line in run(tree, "locales check", well=False).splitlines()}
    folders = {path.parent.name for path in (tree / "locales").glob("*/messages.po")}
    assert missing == folders - set(SPOKEN) and f"The other {len(missing)} languages" in PAGE
    for code in missing:
        translated(tree / "locales" / code / "messages.po")
    run(tree, "locales check")
    run(tree, "pytest tests/flows")


def translated(file: Path) -> None:
    """What a translator does, without one: both entries say something, and are not doubtful."""
    with file.open("rb") as opened:
        catalogue: Catalog = read_po(opened, locale=file.parent.name)
    for english, instead in zip(re.findall(r'msgid "(.+)"', block("po")), INSTEAD, strict=True):
        message = catalogue[english]
        message.string = catalogue[instead].string
        message.flags.discard("fuzzy")
    out = io.BytesIO()
    write_po(out, catalogue)
    file.write_bytes(out.getvalue())
