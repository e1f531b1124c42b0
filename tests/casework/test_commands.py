"""``hearback profile`` and ``hearback deadline``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import Trouble
from bot.cli.profile import app as profiles
from bot.cli.profile import deadline

RIVERSIDE = Path(__file__).with_name("riverside.toml")
app = typer.Typer()
app.add_typer(profiles, name="profile")
app.command()(deadline)


def run(*words: str) -> str:
    """What a command prints. Raises Trouble with the sentence it would end with."""
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, Trouble):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("profile", "clock", "start", "due"),
    [
        ("dudley", "stage1.response", "2020-12-21", "2021-01-07"),
        ("dudley", "stage1.response.extended", "2020-12-21", "2021-01-21"),
        ("dudley", "stage2.response.extended", "2022-05-31", "2022-09-02"),
        ("childrens-links", "stage1.response", "2024-03-25", "2024-05-07"),
        ("scotland", "stage1.response", "2019-12-30", "2020-01-08"),
        ("together-for-children", "acknowledgement", "2020-12-24", "2020-12-25"),
        ("together-for-children", "acknowledgement", "2021-03-27T09:30", "2021-03-28"),
        ("england-statutory", "ombudsman.window", "2020-02-29", "2021-02-28"),
        (str(RIVERSIDE), "stage1.response", "2026-12-18", "2027-01-04"),
    ],
)
def test_deadline(profile: str, clock: str, start: str, due: str) -> None:
    words = ("deadline", "--profile", profile, "--clock", clock, "--start", start)
    answer = json.loads(run(*words, "--json"))
    assert answer["due"] == due
    assert due in run(*words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("deadline", "--profile", "dudly", "--clock", "x", "--start", "2020-12-21"), "Did you mean “dudley”?"),
        (
            ("deadline", "--profile", "dudley", "--clock", "stage1", "--start", "2020-12-21"),
            "no clock is called “stage1”",
        ),
        (
            ("deadline", "--profile", "dudley", "--clock", "stage1.response", "--start", "21/12/2020"),
            "Write it as 2020-12-",
        ),
        (("profile", "check", "nowhere.toml"), "nowhere.toml: there is no such file"),
        (("profile", "show", "sandwel"), "Did you mean “sandwell”?"),
    ],
)
def test_trouble_is_one_sentence(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Trouble) as trouble:
        run(*words)
    assert said in str(trouble.value)


def test_profile_check_and_show() -> None:
    assert run("profile", "check", str(RIVERSIDE)).startswith("Riverside: fine. 2 stages")
    assert "sandwell" in run("profile", "show")
    shown = run("profile", "show", "sandwell")
    assert "flowchart TD" in shown
    assert "Mediation with the senior manager is offered first." in shown
