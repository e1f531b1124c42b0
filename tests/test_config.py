"""Settings: what they default to, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import BadSettings, load, unknown


def test_nothing_is_needed_to_try_it_out(house: Path) -> None:
    settings = load()
    assert settings.address == "http://127.0.0.1:8080"
    assert settings.database_url == f"sqlite:///{house / 'data' / 'hearback.db'}"
    assert settings.keys_folder == Path("data/keys")


def test_the_environment_a_file_and_the_command_line(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (house / ".env").write_text("HEARBACK_PORT=8001\nHEARBACK_HOST=127.0.0.2\nOTHER=1\n")
    monkeypatch.setenv("HEARBACK_HOST", "127.0.0.3")
    assert (load().port, load().host) == (8001, "127.0.0.3")
    assert load(port=8002).port == 8002
    assert load(port=None).port == 8001


def test_lists_are_separated_by_commas(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARBACK_ORGANISATIONS", " dudley , sandwell,")
    assert load().organisations == ("dudley", "sandwell")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "HEARBACK_PORT is 'many'"),
        ("PORT", "70000", "HEARBACK_PORT is '70000'"),
        ("BASE_URL", "talk.example.org", "https://"),
        ("LOG_FORMAT", "yaml", "'words' or 'json'"),
        ("MEDIA_MB", "0", "HEARBACK_MEDIA_MB"),
        ("METRICS", "9464", "like 127.0.0.1:9464"),
        ("METRICS_TOKEN", "short", "twenty characters"),
    ],
)
def test_a_wrong_value_is_named(house: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"HEARBACK_{name}", value)
    with pytest.raises(BadSettings, match=said):
        load()


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARBACK_PROT", "8080")
    assert unknown() == ("HEARBACK_PROT",)
