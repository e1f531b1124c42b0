"""``hearback check`` asks Twilio, and says what to put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.sms import CHANNEL
from bot.cli.check import in_force, report
from bot.config import Settings
from tests.channels.harness import hearback
from tests.channels.twilio import NUMBER, SERVICE, SID, TOKEN, Phone, Template, Twilio, account

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


HX = "HX" + "0" * 31 + "1"
WORDING = "There is a message for you. Reply to this message to read it."


@pytest.mark.parametrize(
    ("templates", "wanted"),
    [
        ({HX: Template(WORDING)}, "The WhatsApp template of en is approved"),
        (
            {HX: Template(WORDING, status="pending")},
            "The WhatsApp template of en is pending",
        ),
        ({HX: Template(WORDING, language="cy")}, "template of en is in another language (cy)"),
        ({HX: Template("{{1}}, there is a message.")}, "template of en has places to be filled in"),
        ({}, "template of en is not a template of this account"),
    ],
)
def test_what_twilio_says_of_a_whatsapp_template(
    tmp_path: Path, twilio: Twilio, provider: str, templates: dict[str, Template], wanted: str
) -> None:
    twilio.sms_url, twilio.templates = f"{PUBLIC}/sms/dudley", templates
    said = checked(tmp_path, provider, twilio_whatsapp_templates=f"en={HX}")
    assert wanted in said and "without a template" not in said
    assert (WORDING in said) == ("is approved" in wanted) == ("WRONG" not in said)


@pytest.mark.parametrize(
    ("more", "pool", "wanted"),
    [
        ('number = "+447700900000"', [], "If people may write by WhatsApp: it is without a template"),
        ('number = "+447700900000"\nwhatsapp = "+447700900001"', [], "WhatsApp is on without a template"),
        (f'messaging_service_sid = "{SERVICE}"', [f"whatsapp:{NUMBER}"], "WhatsApp is on without a template"),
        (f'messaging_service_sid = "{SERVICE}"', [f"whatsapp:{NUMBER}"], "leave from the sender in the messaging"),
        (f'messaging_service_sid = "{SERVICE}"', [NUMBER], "has no WhatsApp sender in its pool"),
        (f'messaging_service_sid = "{SERVICE}"\nwhatsapp = "+447700900001"', [], "WhatsApp is on without a template"),
    ],
)
def test_whatsapp_without_a_template_or_a_sender_is_said(
    tmp_path: Path, twilio: Twilio, provider: str, monkeypatch: pytest.MonkeyPatch, more: str, pool: list[str],
    wanted: str,
) -> None:  # fmt: skip
    twilio.sms_url, twilio.pool = f"{PUBLIC}/sms/dudley", pool
    monkeypatch.setenv("A_TOKEN", TOKEN)
    file = tmp_path / "endpoints.toml"
    file.write_text(f'[[sms]]\norganisation = "dudley"\naccount_sid = "{SID}"\nauth_token = "env:A_TOKEN"\n{more}\n')
    settings = Settings(
        _env_file=None, data=tmp_path, organisations=("dudley",), endpoints=file, twilio_url=provider, base_url=PUBLIC
    )
    lines, _ = report(settings)
    assert any("Text messages" in line and wanted in line for line in lines), lines


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
