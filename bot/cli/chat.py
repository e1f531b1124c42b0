"""``hearback chat``: the real engine and the real store, with a terminal for a channel."""

from __future__ import annotations

import json
import secrets
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot import terminal
from bot.cli import Trouble
from bot.config import Settings, load
from bot.deployment import profiles, watching, worlds
from bot.store import open_store
from flows.message import Message
from flows.session import Media
from locales import LANGUAGES, identify
from storage.cases import Cases
from storage.media import Refused
from storage.post import Inbound
from storage.store import Store
from storage.turns import NotSaved, Reply

#: The endpoint of every talk in a terminal.
ENDPOINT = "terminal"
#: Longest wait for one answer of the store, in seconds.
PATIENCE = 30.0


@dataclass
class Talk:
    """One talk as the terminal sees it; ``shown`` is the message that buttons are pressed on."""

    store: Store
    organisation: str
    channel: str
    sender: str
    language: str
    entry: Mapping[str, str]
    as_json: bool
    shown: Message | None = None
    reference: str = ""
    receipt: str = ""
    sent: int = 0
    run: str = field(default_factory=lambda: secrets.token_hex(8))

    def say(self, text: str = "", choice: str = "", media: tuple[Media, ...] = (), event: str = "") -> None:
        """Send one message and print the answer. Raises Trouble when it was not saved."""
        self.sent += 1
        inbound = Inbound(
            organisation=self.organisation,
            channel=self.channel,
            endpoint=ENDPOINT,
            sender=self.sender,
            external_id=f"{self.run}-{self.sent}",
            at=datetime.now(UTC),
            text=text,
            choice=choice,
            media=media,
            entry=self.entry if self.sent == 1 else {},
            language=self.language or guessed(text),
            event=event,
        )
        try:
            reply = self.store.writer.take(inbound).result(PATIENCE)
        except NotSaved as error:
            raise Trouble(f"Not saved: {error}. Please try again.") from error
        except TimeoutError:
            raise Trouble("The store did not answer. Whether this was saved is not known; look with /open.") from None
        self.hear(reply)

    def hear(self, reply: Reply) -> None:
        """Print what came back and remember what was filed."""
        for _, message in reply.messages:
            self.shown = message
            out = (
                json.dumps(terminal.as_json(message), ensure_ascii=False)
                if self.as_json
                else terminal.show(message, self.channel) + "\n"
            )
            typer.echo(out)
        if reply.reference:
            self.reference, self.receipt = reply.reference, reply.receipt

    def press(self, numbers: list[str]) -> None:
        """Press the buttons with these numbers on the last message."""
        choices = self.shown.choices if self.shown else ()
        if not numbers or not all(n.isdecimal() and 1 <= int(n) <= len(choices) for n in numbers):
            last = f"from 1 to {len(choices)}" if choices else "none: the last message has no buttons"
            self.note(f"/press needs the number of a button ({last}), as in: /press 1")
            return
        if len(numbers) > 1 and self.shown and not self.shown.many:
            self.note("Only one of these can be chosen: /press 1")
            return
        self.say(choice="\n".join(choices[int(n) - 1].token for n in numbers))

    def photo(self, rest: str) -> None:
        """Store a file and send it, with the words that follow its path."""
        try:
            path, *words = shlex.split(rest)
        except ValueError:
            self.note('/photo needs a path; one with spaces stands in quotes: /photo "my room.jpg"')
            return
        try:
            with Path(path).expanduser().open("rb") as stream:
                media = self.store.media.store(self.organisation, stream, Path(path).name)
        except OSError as error:
            self.note(f"{path} cannot be read: {error.strerror}.")
        except Refused as error:
            self.note(str(error))
        else:
            self.say(text=" ".join(words), media=(media,))

    def note(self, text: str) -> None:
        """Say something that is not part of the talk."""
        typer.echo(text, err=True)


def guessed(text: str) -> str:
    """The language of a text, as every channel guesses it; "" when it cannot be told or is not offered."""
    return identify.spoken(text) if text else ""


def play(
    settings: Settings,
    *,
    channel: str,
    language: str,
    organisation: str,
    sender: str,
    entry: Mapping[str, str],
    as_json: bool,
    temporary: bool,
) -> None:
    """The whole talk, from the first line of standard input to the last. Raises Trouble."""
    if language and language not in LANGUAGES:
        raise Trouble(f"There is no language {language!r}; there are: {', '.join(LANGUAGES)}.")
    found = profiles(settings)
    if organisation and organisation not in found:
        raise Trouble(f"There is no organisation {organisation!r}; there are: {', '.join(found)}.")
    organisation = organisation or next(iter(found))
    with _folder(settings, temporary) as used:
        store = open_store(used, worlds(found, watching(used)), found)
        try:
            chosen = {**store.procedures.entries(organisation).get(entry.get("from", ""), {}), **entry}
            chosen.pop("from", None)
            talk = Talk(store, organisation, channel, sender or _somebody(channel), language, chosen, as_json)
            _converse(talk)
            _end(talk, temporary)
        finally:
            store.close()


@contextmanager
def _folder(settings: Settings, temporary: bool) -> Iterator[Settings]:
    """The settings; for a temporary talk with a database, keys and files that vanish afterwards."""
    if not temporary:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="hearback-") as folder:
        fixed = settings.model_dump(exclude={"data", "database", "keys", "key_store"})
        yield load(**fixed, data=Path(folder), database=f"sqlite:///{folder}/hearback.db", keys=Path(folder) / "keys")


def _somebody(channel: str) -> str:
    """A new sender, of the form the channel has; the number is from the range kept for drama."""
    return f"+447700900{secrets.randbelow(1000):03}" if channel == "sms" else secrets.token_hex(12)


def _converse(talk: Talk) -> None:
    if talk.channel == "web" or talk.entry:
        talk.say(event="open")
    interactive = sys.stdin.isatty()
    while True:
        if interactive:
            typer.echo("> ", nl=False, err=True)
        line = sys.stdin.buffer.readline()
        if not line:
            return
        text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        command, _, rest = text.partition(" ")
        if not text.strip():
            continue
        if command == "/quit":
            return
        if command == "/press":
            talk.press(rest.split())
        elif command == "/photo":
            talk.photo(rest)
        elif command == "/open":
            talk.say(event="open")
        else:
            talk.say(text=text)


def _end(talk: Talk, temporary: bool) -> None:
    """What came of it: the last record that was filed."""
    kind = None
    if talk.reference:
        kind = Cases(talk.store.database, talk.store.vault).show(talk.reference)["kind"]
    if talk.as_json:
        end = {"reference": talk.reference or None, "receipt": talk.receipt or None, "kind": kind}
        typer.echo(json.dumps(end, ensure_ascii=False))
    elif talk.reference:
        look = "" if temporary else f" Look: hearback cases show {talk.reference}"
        talk.note(f"Filed: {talk.reference} ({kind}). Receipt: {talk.receipt}.{look}")
    else:
        talk.note("No record was completed.")
