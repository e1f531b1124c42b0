"""``hearback check`` says what is there and what is missing; ``hearback settings`` shows what is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.talking import run


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(house: Path) -> None:
    done = run(house, "check", fresh=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it is made at the first start" in done.stdout
    assert "dudley" in done.stdout
    assert not list(house.iterdir())


def test_after_a_talk_it_knows_database_and_keys(house: Path) -> None:
    run(house, "chat", text="hello\n")
    done = run(house, "check")
    assert done.returncode == 0
    assert "ok     Keys" in done.stdout


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"HEARBACK_HOST": "0.0.0.0"}, "without https"),
        ({"HEARBACK_DATABASE": "sqlite"}, "not a database URL"),
        ({"HEARBACK_DATABASE": "postgresql://nobody:hush@127.0.0.1:1/none"}, "does not open"),
        ({"HEARBACK_ORGANISATIONS": "dudly"}, "Did you mean “dudley”?"),
        ({"HEARBACK_PROFILES": "nowhere"}, "no such folder"),
    ],
)
def test_what_is_wrong_is_said(house: Path, settings: dict[str, str], said: str) -> None:
    done = run(house, "check", **settings)
    assert done.returncode == 1
    assert said in done.stdout
    assert "WRONG" in done.stdout
    assert "hush" not in done.stdout + done.stderr


def test_lost_keys_are_explained(house: Path) -> None:
    run(house, "chat", text="hello\n")
    (house / "data" / "keys" / "ring.json").unlink()
    done = run(house, "check")
    assert done.returncode == 1
    assert "Restore" in done.stdout
    for command in (("serve",), ("chat",), ("cases", "list")):
        refused = run(house, *command)
        assert refused.returncode == 1
        assert "Restore" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (house / "data" / "keys" / "ring.json").exists(), "a new ring must never take its place"


def test_a_misspelt_setting_and_a_number_out_of_date(house: Path) -> None:
    (house / "mine").mkdir()
    (house / "mine" / "ours.toml").write_text(
        'base = "dudley"\nname = "Ours"\n[duty]\ncheck_by = 2020-01-01\n[faces.manager]\nphoto = "gone.jpg"\n', "utf-8"
    )
    settings = {"HEARBACK_PROFILES": "mine", "HEARBACK_ORGANISATIONS": "ours", "HEARBACK_PROT": "1"}
    done = run(house, "check", **settings)
    assert "HEARBACK_PROT is set, but there is no such setting" in done.stdout
    assert "was to be checked by 01 January 2020" in done.stdout
    assert "WRONG  Faces: ours: the photograph gone.jpg of [faces.manager] is missing." in done.stdout
    assert "ours (Ours): who may be turned to is for demonstration (Jo (demonstration), Alex" in done.stdout
    assert done.returncode == 1


def test_a_picture_set_with_mistakes(house: Path) -> None:
    own = house / "pictures" / "dudley"
    own.mkdir(parents=True)
    (own / "manifest.toml").write_text(
        'credit = "Somebody"\nlicence = "1234"\n[pictures]\nsad = "sad.png"\nhapy = "happy.svg"\nhappy = "happy.svg"\n',
        "utf-8",
    )
    (own / "happy.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    done = run(house, "check", HEARBACK_SYMBOLS="pictures")
    assert done.returncode == 1
    assert "sad.png (sad) is missing. The shipped picture is used instead." in done.stdout
    assert "Did you mean happy?" in done.stdout
    assert "Pictures of dudley: 1 of" in done.stdout


def test_a_database_elsewhere_that_nobody_looks_at_is_noted() -> None:
    from bot.cli import checkups
    from bot.config import load

    checked = "?sslmode=verify-full&sslrootcert=system"
    for host, noted in (("db.example.org", True), ("192.0.2.7", True), ("db", False), ("127.0.0.1", False)):
        address = f"postgresql://hearback@{host}/hearback"
        settings = load(database=address, key_store=f"{address}?sslmode=require", replica=address)
        said = [(how, sentence.split()[0]) for how, sentence in checkups.lines(settings)]
        names = [f"HEARBACK_{name}" for name in ("DATABASE", "KEY_STORE", "REPLICA")]
        assert said == ([("note", name) for name in names] if noted else []), host
        assert not list(checkups.lines(load(database=address + checked, key_store=address + checked)))


def test_settings_hide_the_password(house: Path) -> None:
    done = run(
        house, "settings", HEARBACK_DATABASE="postgresql+psycopg://hearback:hush@db/hearback", HEARBACK_PORT="81"
    )
    assert done.returncode == 0
    assert "hush" not in done.stdout
    assert "HEARBACK_PORT" in done.stdout
