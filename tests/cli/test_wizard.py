"""``hearback set-up``: from an empty folder to a deployment that ``hearback check`` finds right.

Settings in a folder of their own, and a second time: ``test_upgrading``, as docs/running.md does it.
"""

from __future__ import annotations

import stat
from pathlib import Path

from bot.cli import envfile
from casework import procedure
from tests.alarms import receiving
from tests.channels.harness import served
from tests.channels.telegram.standin import TOKEN as BOT_TOKEN
from tests.channels.telegram.standin import Standin
from tests.channels.twilio import NUMBER, SID, Twilio
from tests.channels.twilio import TOKEN as AUTH_TOKEN
from tests.cli.talking import run

NEW = ("Riverside Carers", "", "3", "", "01632 960777", "", "https://talk.example.org")
NOWHERE = "http://127.0.0.1:9"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def answers(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_what_cannot_be_is_asked_again_and_nothing_secret_is_shown(house: Path) -> None:
    """A name that is taken, hours nobody can read, an address with a path, a bot that Telegram does not answer for."""
    said = answers(
        "Riverside", "dudley", "riverside", "9", "1", "England", "Jo Brown", "01632 960777", "now and then",
        "", "", "08:00–20:00 every day", "http://talk.example.org/x", "https://talk.example.org", "n",
        "y", TOKEN, "n", "y", "n", "Jo Brown", "jo@example.org",
    )  # fmt: skip
    done = run(house, "set-up", text=said, HEARBACK_TELEGRAM_URL=NOWHERE)
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


def test_from_nothing_to_numbers_bots_and_alerts_that_work(house: Path) -> None:
    """Each is wrong at first, and right when it is tried again."""
    twilio, telegram = Twilio(sms_url="https://talk.example.org/sms/riverside-carers"), Standin()
    with receiving() as pager, served(twilio.application) as (provider, _):
        said = answers(
            *NEW, "y", "AC" + "1" * 32, "nonsense", "07700", NUMBER, "y", SID, AUTH_TOKEN, "",
            "y", TOKEN, "y", BOT_TOKEN,
            "y", "nonsense", "y", pager.address("bad"), "y", pager.address("duty"), "Jo Brown", "jo@example.org",
        )  # fmt: skip
        urls = {"HEARBACK_TWILIO_URL": provider, "HEARBACK_TELEGRAM_URL": telegram.url}
        done = run(house, "set-up", text=said, **urls)
        telegram.close()
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("Try again?") == 4 and "digits only" in done.stdout
        for words in (
            "Twilio refuses",
            "Twilio accepts",
            "Texts come here",
            "Telegram does not know the token",
            "t.me/",
            "FAILED: 404",
        ):
            assert words in done.stdout, words
        assert [body for body in pager.texts("duty") if "test" in body.lower()] == pager.texts("duty") != []
        address = pager.address("duty")
    assert envfile.read(house / ".env") == {
        "HEARBACK_PROFILES": str(house / "profiles"),
        "HEARBACK_ORGANISATIONS": "riverside-carers",
        "HEARBACK_DEMO": "no",
        "HEARBACK_BASE_URL": "https://talk.example.org",
        "HEARBACK_PROXIES": "127.0.0.1,::1",
        "HEARBACK_TWILIO_ACCOUNT_SID": SID,
        "HEARBACK_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "HEARBACK_TWILIO_NUMBER": NUMBER,
        "HEARBACK_TELEGRAM_TOKEN": BOT_TOKEN,
        "HEARBACK_ALERT_ROUTES": f"riverside-carers/duty={address}",
    }
    assert stat.S_IMODE((house / ".env").stat().st_mode) == 0o600
    profile = procedure.load(house / "profiles" / "riverside-carers.toml")
    assert (str(profile.name), profile.nation, profile.demonstration) == ("Riverside Carers", "Wales", False)
    assert profile.duty is not None and profile.duty.number == "01632 960777" and not profile.duty.demonstration
    assert "/staff/welcome/" in done.stdout
    for hidden in (AUTH_TOKEN, TOKEN, BOT_TOKEN, address):
        assert hidden not in done.stdout + done.stderr
    checked = run(house, "check").stdout
    assert "ok     riverside-carers (Riverside Carers): duty line 01632 960777." in checked
    assert "ok     riverside-carers: alert routes: 1" in checked


def test_stopped_halfway_what_was_answered_is_there(house: Path) -> None:
    done = run(house, "set-up", text=answers(*NEW[:6]), fresh=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert envfile.read(house / ".env")["HEARBACK_ORGANISATIONS"] == "riverside-carers"


def test_a_value_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, values = tmp_path / ".env", {"A": "a'b \\ c # d $HOME ${X}", "B": "plain", "C": 'say "hi"'}
    envfile.write(path, values)
    assert envfile.read(path) == values
    envfile.write(path, {"B": ""})
    assert envfile.read(path) == {"A": values["A"], "C": values["C"]}
