"""``hearback staff``: adding, changing, resetting and listing people, as whoever runs the machine types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.cli import staff as commands
from console.roles import ROLES
from tests.cli.talking import run


def test_the_command_line_knows_every_role() -> None:
    assert set(commands.ROLES) == set(ROLES)


def test_add_list_change_and_reset(house: Path) -> None:
    added = run(house, "staff", "add", "Ann@Example.org", "--role", "officer", "-o", "dudley", "--name", "Ann Lee")
    link = re.findall(r"http://127\.0\.0\.1:8080/staff/welcome/(\S+)", added.stdout)
    assert added.returncode == 0 and len(link) == 1 and "as officer" in added.stdout
    twice = run(house, "staff", "add", "ann@example.ORG", "--role", "officer", "-o", "sandwell")
    assert twice.returncode == 1 and "Somebody has this login already" in twice.stderr
    changed = run(house, "staff", "role", "ann@example.org", "--role", "manager", "--service", "fostering")
    assert changed.stdout == "Roles: manager.\n"
    (ann,) = map(json.loads, run(house, "staff", "list", "--json").stdout.splitlines())
    assert (ann["login"], ann["name"], ann["roles"], ann["services"]) == (
        "Ann@Example.org", "Ann Lee", ["manager"], ["fostering"],
    )  # fmt: skip
    assert "Cannot sign in" in run(house, "staff", "role", "ann@example.org", "--disable").stdout
    assert "cannot sign in" in run(house, "staff", "list", "-o", "dudley").stdout
    reset = run(house, "staff", "reset", "ann@example.org", fresh=True)
    assert reset.returncode == 0 and link[0] not in reset.stdout and "/staff/welcome/" in reset.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ann@x.org", "-o", "dudley"), "at least one role"),
        (("add", "ann@x.org", "--role", "offcer", "-o", "dudley"), "Did you mean “officer”"),
        (("add", "ann@x.org", "--role", "officer", "-o", "dudly"), "Say which organisation"),
        (("add", "a", "--role", "officer", "-o", "dudley"), "A login is 3 to 100 characters"),
        (("add", "ann@x.org", "--role", "manager", "-o", "dudley"), "say which with --service"),
        (("add", "ann@x.org", "--role", "manager", "--service", "roads", "-o", "dudley"), "has no service 'roads'"),
        (("reset", "nobody@x.org"), "Nobody has this login"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_in_words(house: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(house, "staff", *arguments)
    assert done.returncode in (1, 2) and said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
