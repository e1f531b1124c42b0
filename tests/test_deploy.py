"""What stands in deploy/ and in the pages about running it is so: settings, commands, files and addresses exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
import yaml

from bot.__main__ import app
from bot.config import FILE, PREFIX, Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("running", "upgrading", "first-day", "extending")]
#: What stands in the files of deploy/ and is no setting of ours: where the proxy finds us.
OTHERS = {"HEARBACK"}


def commands() -> set[str]:
    """Every command, as it is typed: "demo remove"."""

    def walk(group: typer.main.TyperGroup, before: str) -> set[str]:
        found = set()
        for name, one in group.commands.items():
            inner = walk(one, f"{before}{name} ") if hasattr(one, "commands") else set()
            found |= inner | {f"{before}{name}"}
        return found

    return walk(typer.main.get_command(app), "")  # type: ignore[arg-type]  # the outermost is a group


@pytest.mark.parametrize("file", [*sorted(DEPLOY.iterdir()), *PAGES], ids=lambda file: file.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    if not file.is_file():
        return
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in set(re.findall(r"HEARBACK(?:_[A-Z_]+)?", file.read_text("utf-8"))) - OTHERS:
        assert name.removesuffix(FILE) in known, name


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_command_and_file_that_is_named_exists(file: Path) -> None:
    text, known = file.read_text("utf-8"), commands()
    for line in re.findall(r"(?:`|^|/bin/)hearback ([a-z-]+(?: [a-z]+)?)", text, re.MULTILINE):
        first, _, second = line.partition(" ")
        group = any(one.startswith(f"{first} ") for one in known)
        assert (f"{first} {second}" if group else first) in known, line
    for name in re.findall(r"`((?:tests|deploy|bot|flows|casework|locales|docs)/[\w./-]+\w)`", text):
        made = ("deploy/profiles", "deploy/secrets")
        assert (ROOT / name).exists() or name.startswith(made), name
    for link in re.findall(r"\]\(([\w./-]+\.md)\)", text):
        assert (file.parent / link).exists(), link


def test_compose_runs_the_container_of_ours_with_its_keys_apart() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    ours = compose["services"]["hearback"]
    assert (DEPLOY / ".." / ours["build"]["dockerfile"]).exists()
    assert ours["read_only"] and ours["cap_drop"] == ["ALL"]
    assert ours["environment"]["HEARBACK_DEMO"] == "no"
    assert {"data:/data", "keys:/keys"} <= set(ours["volumes"])
    assert compose["networks"]["inside"]["internal"], "nobody reaches the database from outside"
    assert "ports" not in ours and "ports" not in compose["services"]["db"]
    for one in compose["services"].values():
        assert all(volume.partition(":")[0].startswith((".", *compose["volumes"])) for volume in one.get("volumes", ()))
        assert set(one.get("secrets", ())) <= set(compose["secrets"])


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_leads_here_and_writes_no_access_log(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    told = re.sub(r"#.*", "", text)
    assert told.count("{") == told.count("}")
    assert f"127.0.0.1:{Settings.model_fields['port'].default}" in told
    assert "access_log off" in told if name == "nginx.conf" else "log" not in told.replace("{$", "")
