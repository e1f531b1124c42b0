"""How the wizard asks, and where it keeps what is answered (``bot.cli.wizard``)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.cli import Trouble, envfile
from bot.config import PREFIX

#: The settings of whoever names no other file: read by whatever is started in the same folder.
HERE = Path(".env")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where answers go. ``file``: the settings; ``profiles``: the organisation's own procedures. Both absolute."""

    file: Path
    profiles: Path

    @classmethod
    def at(cls, file: Path) -> Kept:
        """The settings of a file, which need not be there yet. Raises Trouble where it may not be read."""
        try:
            there = envfile.read(file)
        except (OSError, UnicodeDecodeError):
            raise Trouble(f"{file} cannot be read. It is for its owner only: run this as whoever wrote it.") from None
        # What the file says goes before what this shell was started with: it is what the server will read.
        os.environ.update({name: value for name, value in there.items() if name.startswith(PREFIX)})
        own = os.environ.get(f"{PREFIX}PROFILES", "")
        kept = cls(file.absolute(), Path(own).absolute() if own else file.absolute().parent / "profiles")
        if data := os.environ.get(f"{PREFIX}DATA", ""):
            kept.keep({f"{PREFIX}DATA": str(Path(data).absolute())})
        elif file != HERE:
            raise Trouble(
                f"Say where the data is kept, once: {PREFIX}DATA=/var/lib/hearback hearback set-up --settings {file}"
            )
        return kept

    def now(self) -> dict[str, str]:
        """Every setting as it stands: those of the file, and of the environment where the file has none."""
        ours = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
        return ours | envfile.read(self.file)

    def keep(self, values: Mapping[str, str]) -> None:
        """Write these down; "" takes one away. They hold at once, also for what this process asks the providers."""
        self.file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        envfile.write(self.file, values)
        for name, value in values.items():
            os.environ.pop(name, None)
            if value:
                os.environ[name] = value


def ask(question: str, kept: str = "", wrong: Callable[[str], str] = lambda value: "") -> str:
    """One answer, asked again until ``wrong`` has nothing to say."""
    while True:
        value = str(typer.prompt(question, default=kept, show_default=bool(kept))).strip()
        if not (problem := wrong(value)):
            return value
        typer.echo(f"  {problem}")


def secret(question: str, there: bool) -> str:
    """A secret, typed unseen; "" keeps the one that is there."""
    shown = f"{question} [Enter keeps the one that is there]" if there else question
    if sys.stdin.isatty():
        return str(typer.prompt(shown, default="", show_default=False, hide_input=True)).strip()
    typer.echo(f"{shown}: ")
    return sys.stdin.readline().strip()


def yes(question: str, kept: bool) -> bool:
    """Yes or no; Enter keeps ``kept``."""
    return bool(typer.confirm(question, default=kept))


def filled(value: str) -> str:
    """What is wrong with an answer that may not be empty; "" for nothing."""
    return "" if value else "Please write something here."
