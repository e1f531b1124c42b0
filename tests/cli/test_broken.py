"""Ten set-ups that do not work: ``hearback check`` says what it is and what to do, each in its own sentence."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import checkups
from bot.cli.check import report
from bot.config import BadSettings, load
from storage.secrets import KeyRing
from tests.cli.talking import run
from tests.serving import serving

Break = Callable[[Path], dict[str, str]]


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment in which somebody has said hello."""
    house = tmp_path_factory.mktemp("fine")
    assert run(house, "chat", text="hello\n", HEARBACK_ORGANISATIONS="dudley").returncode == 0
    return house


def sql(*statements: str) -> Break:
    def change(house: Path) -> dict[str, str]:
        with sqlite3.connect(house / "data" / "hearback.db") as db:
            for one in statements:
                db.execute(one)
        return {}

    return change


def gone(*path: str) -> Break:
    def change(house: Path) -> dict[str, str]:
        (house / "data").joinpath(*path).unlink()
        return {}

    return change


def setting(**settings: str) -> Break:
    return lambda house: {f"HEARBACK_{name.upper()}": value for name, value in settings.items()}


def another_ring(house: Path) -> dict[str, str]:
    (house / "data" / "keys" / "ring.json").unlink()
    KeyRing.make(house / "data" / "keys" / "ring.json")
    return {}


BROKEN: dict[str, tuple[Break, tuple[str, ...]]] = {
    "wrong token": (
        setting(telegram_token="1:wrong", telegram_url="http://127.0.0.1:9"),
        ("WRONG", "Telegram"),
    ),
    "no keys": (gone("keys", "ring.json"), ("WRONG", "Restore")),
    "key store gone": (gone("keys", "keys.db"), ("key store", "empty or not there", "Restore the key store")),
    "keys of another database": (another_ring, ("belongs to another database", "HEARBACK_KEYS")),
    "no proxy": (setting(host="0.0.0.0"), ("without https", "Put a proxy")),
    "proxy not trusted, and no address": (
        setting(host="0.0.0.0", proxies="10.0.0/8"),
        ("HEARBACK_PROXIES", "is no network"),
    ),
    "clock wrong": (
        sql("UPDATE talk SET last_said_at = '2099-05-01 10:00:00.000000'"),
        ("The clock of this machine says", "01 May 2099"),
    ),
    "database newer": (
        sql("UPDATE alembic_version SET version_num = '0099'"),
        ("a later release of Hearback has brought this database up to date", "restore the backup"),
    ),
    "address with a path": (setting(base_url="https://example.org/talk"), ("leave out /talk",)),
    "address without https": (setting(base_url="http://talk.example.org"), ("without https", "write https://")),
    "no alert route": (setting(profiles="mine", organisations="ours"), ("NOBODY WOULD BE TOLD", "docs/alerts.md")),
    "missing profile": (setting(organisations="dudly"), ("no profile is called 'dudly'", "Did you mean “dudley”?")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_it_says_what_is_wrong_and_what_to_do(
    fine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    house = tmp_path / "house"
    shutil.copytree(fine, house)
    (house / "mine").mkdir()
    (house / "mine" / "ours.toml").write_text(
        'base = "dudley"\nname = "Ours"\ndemonstration = false\n[duty]\ncheck_by = 2099-01-01\ndemonstration = false\n'
    )
    change, said = BROKEN[name]
    settings = {"HEARBACK_ORGANISATIONS": "dudley"} | change(house)
    monkeypatch.chdir(house)
    for setting, value in settings.items():
        monkeypatch.setenv(setting, value)
    fine_after_all = True
    try:
        lines, fine_after_all = report(load())
        told = " ".join(" ".join(lines).split())
    except BadSettings as error:
        told, fine_after_all = str(error), False
    assert not fine_after_all, told
    for words in said:
        assert words in told, told


def test_a_port_that_something_else_has_is_said(fine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fine)
    with serving([]) as other:
        port = int(other.rpartition(":")[2])
        told = " ".join(report(load(organisations=("dudley",), port=port))[0])
    assert "is in use, and not by a Hearback that answers" in told
    assert "choose another with HEARBACK_PORT" in told


@pytest.mark.parametrize(("proxies", "noted"), [("", True), ("127.0.0.1,::1", False)])
def test_a_proxy_that_is_not_named_is_noted(proxies: str, noted: bool) -> None:
    settings = load(base_url="https://talk.example.org", proxies=proxies)
    found = list(checkups.public(settings, running=False))
    assert found[0] == ("ok", "Public address: https://talk.example.org.")
    assert [how for how, _ in found[1:]] == ["note"] * noted
    assert not noted or "HEARBACK_PROXIES is not set" in found[1][1]


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch, fine: Path) -> None:
    from bot import health

    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]  # what the system says of a full one
    assert health.disk((fine,)).how == "wrong"
