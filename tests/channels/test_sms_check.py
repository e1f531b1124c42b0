"""``hearback check`` asks Twilio, and says what to put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.sms import CHANNEL
from bot.cli.check import in_force, report
from bot.config import Settings
from tests.channels.harness import hearback
from tests.channels.twilio import NUMBER, SID, TOKEN, Phone, Twilio, account

PUBLIC = "https://talk.example.org"


def checked(tmp_path: Path, provider: str, **settings: str) -> str:
    given = {
        "twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_number": NUMBER, "twilio_url": provider,
        "base_url": PUBLIC, **settings,
    }  # fmt: skip
    lines, _ = report(Settings(_env_file=None, data=tmp_path, organisations=("dudley",), **given))
    said = "\n".join(line for line in lines if "Text messages" in line or "TWILIO" in line)
    assert TOKEN not in said and NUMBER not in said
    return said


def test_everything_right(tmp_path: Path, twilio: Twilio, provider: str) -> None:
    twilio.sms_url = f"{PUBLIC}/sms/dudley#rc=3"
    said = checked(tmp_path, provider)
    assert "WRONG" not in said and "Twilio accepts" in said and "Texts come here" in said
    assert "Advanced Opt-Out" in said


@pytest.mark.parametrize(
    ("settings", "sms_url", "wanted"),
    [
        ({"twilio_auth_token": "not the token"}, "", "Twilio refuses the account (error 20003)"),
        ({}, "https://demo.twilio.com/welcome", "set the webhook of the number to https://talk.example.org/sms/dudley"),
        ({"base_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/sms/dudley", "only reach an https address"),
        ({"twilio_url": "http://127.0.0.1:9"}, "", "cannot be reached from here"),
        ({"twilio_number": ""}, "", "set HEARBACK_TWILIO_NUMBER too"),
        ({"twilio_number": "Dudley"}, "", "A sender's name cannot be answered"),
        ({"twilio_account_sid": "SK123"}, "", "is not an Account SID"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, twilio: Twilio, provider: str, settings: dict[str, str], sms_url: str, wanted: str
) -> None:
    twilio.sms_url = sms_url
    lines, fine = report(
        Settings(
            _env_file=None,
            data=tmp_path,
            organisations=("dudley",),
            **{
                "twilio_account_sid": SID,
                "twilio_auth_token": TOKEN,
                "twilio_number": NUMBER,
                "twilio_url": provider,
                "base_url": PUBLIC,
                **settings,
            },
        )
    )
    assert not fine and wanted in "\n".join(lines)


def test_switched_off_it_says_where_to_begin(tmp_path: Path) -> None:
    lines, _ = report(Settings(_env_file=None, data=tmp_path, organisations=("dudley",)))
    assert "note   Text messages: off. docs/channels.md says step by step how to set it up." in lines


def test_messages_of_a_number_that_is_gone_are_not_forgotten(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.always = (401, 20003)
    with hearback(tmp_path, [account()], monkeypatch, twilio_url=provider) as running:
        phone = Phone(running, twilio)
        phone.send("hello there, I want to say something")
    lines, fine = report(Settings(_env_file=None, data=tmp_path, organisations=("dudley",)))
    assert not fine and "Text messages: 1 to be sent by dudley of dudley, which is not set up any more" in str(lines)


def test_settings_cover_the_secrets(tmp_path: Path) -> None:
    shown = in_force(Settings(_env_file=None, data=tmp_path, twilio_auth_token=TOKEN, telegram_token="1:hush"))
    assert TOKEN not in shown and "hush" not in shown and "TWILIO_AUTH_TOKEN" in shown


def test_the_channel_is_declared() -> None:
    values = account().values
    assert CHANNEL.needs <= set(values) and CHANNEL.secrets <= CHANNEL.needs
    assert set(values) <= CHANNEL.needs | CHANNEL.may and CHANNEL.limits["gsm7_segments"] == 2
