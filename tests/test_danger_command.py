"""``hearback danger`` and an organisation's own changes to the lists."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot import danger
from bot.cli import Trouble
from bot.cli.danger import read
from bot.config import BadSettings, Settings
from bot.danger import watch


def answers(lines: bytes, language: str = "en", compare: Path | None = None, **settings: object) -> list[dict]:
    sink = io.BytesIO()
    read(Settings(**settings), language, True, compare, io.BytesIO(lines), sink)
    return [json.loads(line) for line in sink.getvalue().decode().splitlines()]


def test_one_object_a_line_says_what_why_and_by_which_rule() -> None:
    sign, empty, fine = answers(b"my stepdad hits me\n\nthe trip was lovely\r\n")
    assert sign["flag"] and sign["level"] == "red" and "physical_abuse" in sign["categories"]
    assert any("hits me" in words for words in sign["matched"]) and sign["rule"][0].startswith("en ")
    assert empty == {
        "text": "",
        "language": "en",
        "flag": False,
        "level": "",
        "categories": [],
        "matched": [],
        "rule": [],
    }
    assert not fine["flag"] and fine["text"] == "the trip was lovely"


def test_bytes_that_are_no_text_and_a_megabyte_are_read() -> None:
    broken, long = answers(b"\xff\xfe he hits me\n" + b"the food is fine " * 62_000 + b"he hits me")
    assert broken["level"] == "red" and "\ufffd" in broken["text"]
    assert long["level"] == "red"


def test_without_a_language_it_is_guessed_and_every_list_is_tried() -> None:
    (english, welsh) = answers(b"I have been told that he wants to hurt me\ndwi isio marw\n", language="")
    assert english["language"] == "en" and welsh["level"] == "red"


def test_a_language_there_is_not_is_named() -> None:
    with pytest.raises(Trouble, match="no language 'xx'"):
        answers(b"", language="xx")


def own(folder: Path, text: str) -> Path:
    file = folder / "en.toml"
    file.write_text(text, "utf-8")
    return file


def test_an_organisations_own_list_adds_takes_out_and_softens(tmp_path: Path) -> None:
    rule = watch().signs("kys", "en").rules[0].split(": ", 1)[1]
    own(
        tmp_path,
        f'soften = ["{rule}"]\nharmless = ["proper mingin"]\n[signs.exploitation]\nred = ["blue door house"]\n',
    )
    changed = watch(tmp_path)
    assert changed.signs("they go to the blue door house", "en").level == "red"
    assert not watch().signs("the blue door house", "en").level
    assert (watch().signs("kys", "en").level, changed.signs("kys", "en").level) == ("red", "amber")


def test_compare_shows_only_the_lines_that_change(tmp_path: Path) -> None:
    file = own(tmp_path, '[signs.exploitation]\nred = ["blue door house"]\n')
    (one,) = answers(b"the trip was nice\nat the blue door house\nhe hits me\n", compare=file)
    assert not one["before"]["flag"] and one["after"]["level"] == "red"
    sink = io.BytesIO()
    read(Settings(), "en", False, file, io.BytesIO(b"hello\n"), sink)
    assert sink.getvalue() == b"0 of 1 lines change.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('without = ["no such pattern at all"]', "not in the shipped list"),
        ("[signs.violence]\npurple = ['x']", "write red or amber"),
        ("soften = 'x'", "not written as"),
        ("harmles = []", "no key 'harmles'"),
        ("harmless = [", "cannot be read"),
        ("[signs.violence]\nred = ['(kill']", "not closed"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    own(tmp_path, text)
    with pytest.raises(BadSettings, match=said):
        watch(tmp_path)


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if ``make lists`` had never been run."""
    monkeypatch.setattr(danger, "INSTALLED", tmp_path / "installed")


@pytest.mark.usefixtures("nothing_installed")
def test_compiled_lists_are_kept_and_made_anew_when_they_are_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {"cy": danger.danger_sources()["cy"]}
    monkeypatch.setattr(danger, "danger_sources", lambda: sources)
    kept = tmp_path / "compiled"
    danger._made.clear()
    first = watch(kept=kept)
    files = sorted(kept.iterdir())
    assert {file.name.split("-")[0] for file in files} == set(first.counts)
    before = [file.stat().st_mtime_ns for file in files]
    danger._made.clear()
    again = watch(kept=kept)
    assert [file.stat().st_mtime_ns for file in files] == before
    for text in ("my stepdad hits me", "the trip was lovely", "dwi isio marw"):
        assert again.signs(text, "en") == first.signs(text, "en")
    for broken in (b"", b"{}", b"[1]", b"\xff", files[0].read_bytes()[:1000]):
        files[0].write_bytes(broken)
        danger._made.clear()
        assert watch(kept=kept).signs("dwi isio marw", "cy").level == "red"
        assert files[0].stat().st_size > 1000
    assert sorted(kept.iterdir()) == files


@pytest.mark.usefixtures("nothing_installed")
def test_what_is_left_of_another_version_is_taken_away_and_a_folder_that_takes_nothing_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {"cy": danger.danger_sources()["cy"]}
    monkeypatch.setattr(danger, "danger_sources", lambda: sources)
    kept = tmp_path / "compiled"
    kept.mkdir()
    (kept / "cy-of-last-year.json").write_text("{}")
    danger._made.clear()
    watch(kept=kept)
    assert not (kept / "cy-of-last-year.json").exists()
    (tmp_path / "file").write_text("")
    danger._made.clear()
    assert watch(kept=tmp_path / "file" / "compiled").signs("dwi isio marw", "cy").level == "red"
    (tmp_path / "taken").write_text("")
    danger._made.clear()
    assert watch(kept=tmp_path / "taken").signs("dwi isio marw", "cy").level == "red"


def test_softened_twice_a_pattern_is_weak(tmp_path: Path) -> None:
    rule = watch().signs("hit me", "en").rules[-1].split(": ", 1)[1]
    own(tmp_path, f'soften = ["{rule}", "{rule}"]\n')
    assert watch(tmp_path).counts["en"] == watch().counts["en"]


def test_an_own_list_may_hold_weak_patterns(tmp_path: Path) -> None:
    own(tmp_path, '[signs.exploitation]\nweak = ["blue door house"]\n')
    assert not watch(tmp_path).signs("thank you for the lovely trip to the blue door house", "en").level


def test_what_is_installed_compiled_is_read_and_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"cy": danger.danger_sources()["cy"]}
    monkeypatch.setattr(danger, "danger_sources", lambda: sources)
    monkeypatch.setattr(danger, "INSTALLED", tmp_path / "installed")
    danger.INSTALLED.mkdir()
    danger._made.clear()
    watch(kept=danger.INSTALLED)
    danger._made.clear()
    monkeypatch.setattr(danger, "pack", None)
    assert watch(kept=tmp_path / "data").signs("dwi isio marw", "cy").level == "red"
    assert not (tmp_path / "data").exists()
