"""``hearback set-up``: from an empty folder to a deployment that ``hearback check`` finds right, and once more."""

from __future__ import annotations

import stat
from pathlib import Path

from bot.cli import envfile
from casework import procedure
from tests.cli.talking import run

NEW = ("Riverside Carers", "", "3", "", "01632 960777", "", "https://talk.example.org")
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def answers(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_from_nothing_to_a_deployment_that_is_right_and_again(house: Path) -> None:
    said = answers(*NEW, "n", "n", "Jo Brown", "jo@example.org")
    done = run(house, "set-up", text=said)
    assert done.returncode == 0, done.stdout + done.stderr
    profile = procedure.load(house / "profiles" / "riverside-carers.toml")
    assert (str(profile.name), profile.nation, profile.demonstration) == ("Riverside Carers", "Wales", False)
    assert profile.duty is not None and profile.duty.number == "01632 960777" and not profile.duty.demonstration
    assert "/staff/welcome/" in done.stdout
    kept = envfile.read(house / ".env")
    assert kept == {
        "HEARBACK_PROFILES": "profiles",
        "HEARBACK_ORGANISATIONS": "riverside-carers",
        "HEARBACK_DEMO": "no",
        "HEARBACK_BASE_URL": "https://talk.example.org",
    }
    assert stat.S_IMODE((house / ".env").stat().st_mode) == 0o600
    checked = run(house, "check")
    assert "ok     riverside-carers (Riverside Carers): duty line 01632 960777." in checked.stdout
    (house / ".env").write_text((house / ".env").read_text() + "# by hand\nHEARBACK_PORT=8099\n")
    again = run(house, "set-up", text=answers("", "", "n", "n"))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "1 may sign in already" in again.stdout and "/staff/welcome/" not in again.stdout
    assert envfile.read(house / ".env") == kept | {"HEARBACK_PORT": "8099"}
    assert "# by hand" in (house / ".env").read_text()


def test_what_cannot_be_is_asked_again_and_nothing_secret_is_shown(house: Path) -> None:
    """A name that is taken, hours nobody can read, an address with a path, a bot that Telegram does not answer for."""
    said = answers(
        "Riverside", "dudley", "riverside", "9", "1", "England", "Jo Brown", "01632 960777", "now and then",
        "", "", "08:00–20:00 every day", "http://talk.example.org/x", "https://talk.example.org", "n",
        "y", TOKEN, "n", "y", "Jo Brown", "jo@example.org",
    )  # fmt: skip
    done = run(house, "set-up", text=said, HEARBACK_TELEGRAM_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "There is one of that name already",
        "A number from 1 to 6",
        "telephone number",
        "once more",
        "without a path",
        "WRONG",
    ):
        assert words in done.stdout, words
    assert TOKEN not in done.stdout + done.stderr
    assert envfile.read(house / ".env")["HEARBACK_TELEGRAM_TOKEN"] == TOKEN, "kept all the same, as was asked"
    profile = procedure.load(house / "profiles" / "riverside.toml")
    assert profile.duty is not None and profile.duty.hours.days == "every day"


def test_stopped_halfway_what_was_answered_is_there(house: Path) -> None:
    done = run(house, "set-up", text=answers(*NEW[:6]))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert envfile.read(house / ".env")["HEARBACK_ORGANISATIONS"] == "riverside-carers"


def test_a_value_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, values = tmp_path / ".env", {"A": "a'b \\ c # d $HOME ${X}", "B": "plain", "C": 'say "hi"'}
    envfile.write(path, values)
    assert envfile.read(path) == values
    envfile.write(path, {"B": ""})
    assert envfile.read(path) == {"A": values["A"], "C": values["C"]}
