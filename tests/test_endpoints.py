"""Which numbers and bots there are: every mistake is said in words, and no secret with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import BadSettings, Settings
from bot.endpoints import accounts

SID = "AC" + "1" * 32
GOOD = f'[[sms]]\norganisation = "dudley"\naccount_sid = "{SID}"\nauth_token = "env:TOKEN"\nnumber = "+447700900000"\n'


def read(tmp_path: Path, text: str, **settings: str) -> tuple[object, ...]:
    path = tmp_path / "endpoints.toml"
    path.write_text(text, "utf-8")
    return accounts(Settings(_env_file=None, endpoints=path, **settings), ("dudley", "sandwell"))


def test_a_file_with_secrets_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret-one")
    (tmp_path / "bot-token").write_text("secret-two\n")
    text = GOOD + '[[telegram]]\norganisation = "sandwell"\nid = "sandwell-young"\ntoken = "file:bot-token"\n'
    one, two = read(tmp_path, text)
    assert (one.channel, one.id, one.values["auth_token"]) == ("sms", "dudley", "secret-one")
    assert (two.channel, two.id, two.values["token"]) == ("telegram", "sandwell-young", "secret-two")
    assert "secret" not in repr(one) + repr(two)


def test_only_organisations_that_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    assert read(tmp_path, GOOD.replace("dudley", "somewhere")) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sms", "is not TOML"),
        ('[[fax]]\norganisation = "dudley"\n', "begin each endpoint with [[sms]] or [[telegram]]"),
        (GOOD.replace("env:TOKEN", "my-plain-secret"), 'is a secret: write "env:NAME" or "file:PATH"'),
        (GOOD.replace("env:TOKEN", "env:NOT_THERE"), "NOT_THERE, which is not set"),
        (GOOD.replace("env:TOKEN", "file:not-there"), "not-there, which cannot be read"),
        (GOOD.replace("number =", "nubmer ="), "there is no field 'nubmer'"),
        (GOOD.replace('organisation = "dudley"\n', ""), "organisation is missing"),
        (GOOD.replace('"+447700900000"', "447700900000"), "must be text in quotes"),
        (GOOD + 'id = "Dudley SMS"\n', "small letters, digits and hyphens"),
        (GOOD + GOOD, "Two sms endpoints are called 'dudley'"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    with pytest.raises(BadSettings) as caught:
        read(tmp_path, text)
    assert said in str(caught.value) and "my-plain-secret" not in str(caught.value)


def test_one_of_each_from_the_environment() -> None:
    settings = Settings(
        _env_file=None, twilio_account_sid=SID, twilio_auth_token="planted-token", twilio_number="+447700900000",
        telegram_token="1:planted-token",
    )  # fmt: skip
    one, two = accounts(settings, ("dudley", "sandwell"))
    assert [(a.organisation, a.channel, a.id) for a in (one, two)] == [
        ("dudley", "sms", "dudley"),
        ("dudley", "telegram", "dudley"),
    ]
    assert "planted-token" not in repr(settings)


def test_half_of_the_environment() -> None:
    with pytest.raises(BadSettings, match="HEARBACK_TWILIO_AUTH_TOKEN and HEARBACK_TWILIO_NUMBER"):
        accounts(Settings(_env_file=None, twilio_account_sid=SID), ("dudley",))
