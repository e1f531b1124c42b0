"""What somebody adds, as they would write it: a channel, a flow, a language, an organisation, a table of the report.

Each is put into a copy of the tree, and touches only the place that docs/extending.md names.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from babel.messages.pofile import read_po, write_po

#: A channel: carrier pigeons. One module in bot/channels/ that exposes CHANNEL.
CHANNEL = '''
"""Carrier pigeons, which come to a loft: what they bring is posted there, and what they take away lies in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.channels.contract import Account, Channel, Finding, House, Occasion
from flows.message import Message
from storage.outbox import Parcel
from storage.post import Inbound


def parse(account: Account, ring: Mapping[str, str], at: Any) -> Inbound:
    """What a pigeon brought."""
    return Inbound(
        account.organisation, "pigeon", account.id, ring["pigeon"], ring["number"], at, text=ring["text"], language="en"
    )


def render(message: Message, occasion: Occasion) -> tuple[str, ...]:
    """One small roll of paper: what is said, and the choices by number."""
    choices = [f"{number} {choice.label}" for number, choice in enumerate(message.choices, 1)]
    return ("\\n".join((*message.lines, *choices)),)


@dataclass
class Loft:
    """The account of a loft, as it runs."""

    account: Account
    house: House

    def routes(self) -> list[web.RouteDef]:
        return [web.post(f"/pigeon/{self.account.id}", self.landed)]

    async def landed(self, request: web.Request) -> web.Response:
        await self.house.take_or_503(parse(self.account, await request.json(), self.house.clock()))
        return web.Response(text="coo")

    def render(self, parcel: Parcel) -> tuple[str, ...]:
        return render(parcel.outgoing.message, Occasion())

    async def send(self, parcel: Parcel, part: str, number: int) -> str:
        with Path(self.account.values["roof"]).open("a", encoding="utf-8") as roof:
            roof.write(f"{parcel.outgoing.to}: {part}\\n")
        return f"flight-{parcel.id}-{number}"

    async def run(self) -> None:
        return

    async def check(self) -> list[Finding]:
        return [("ok", "the loft is open.")]

    async def close(self) -> None:
        return


CHANNEL = Channel(
    name="pigeon",
    needs=frozenset({"roof"}),
    may=frozenset(),
    secrets=frozenset(),
    limits={"grams": 75},
    parse=parse,
    render=render,
    opened=Loft,
)
'''

#: A flow: an idea. One module in flows/scripts/ that exposes FLOW; ``menu=`` is its place in the menu.
FLOW = '''
"""Tell us an idea: two questions, filed as informal feedback."""

from flows.scripts import common
from flows.steps import N_, Ask, Flow, Tell, Text

FLOW = Flow(
    id="idea",
    menu=35,
    title=Text(N_("Tell us an idea")),
    kind="informal",
    symbol="write",
    steps=(
        Ask(id="story", text=Text(N_("What is your idea?")), label=Text(N_("The idea")), optional=False),
        common.SERVICES,
        common.file_it("informal"),
        Tell(id="receipt", text=Text(N_("What an idea! It has arrived: {reference}. Your own number: {receipt}."))),
    ),
)
'''

#: An organisation: one file in casework/profiles/, or in the deployment's own folder.
ORGANISATION = """
base = "wales"
name = { en = "Riverside", cy = "Glan yr Afon" }
about = "A charity for young carers."

[services]
carers = { en = "Young carers", cy = "Gofalwyr ifanc" }

[duty]
name = "Riverside on call"
number = "01632 960999"
hours = "08:00–20:00 every day"
check_by = 2099-06-30
"""

#: A table of the report: one declaration among casework/reports.py's TABLES.
TABLE = """
    Table(code="ways_of_children", title=S_("How children came to us"), part="received", stub=S_("Way"),
          rows="channel", across="kind", where=VOICES & CHILDREN, ranked=True),
"""

#: A language: one entry in locales/languages.toml, and one folder.
LANGUAGE = """
[eo]
name = "Esperanto"
english = "Esperanto"
script = "Latn"
direction = "ltr"
date = "EEEE d MMMM y"
dates_like = "eo"
sms = "any"
review = "written"
offered = true
"""


def add_channel(tree: Path) -> None:
    (tree / "bot" / "channels" / "pigeon.py").write_text(CHANNEL.lstrip(), "utf-8")


def add_flow(tree: Path) -> None:
    (tree / "flows" / "scripts" / "idea.py").write_text(FLOW.lstrip(), "utf-8")


def add_organisation(tree: Path) -> None:
    (tree / "casework" / "profiles" / "riverside.toml").write_text(ORGANISATION.lstrip(), "utf-8")


def add_table(tree: Path) -> None:
    reports = tree / "casework" / "reports.py"
    before, first, after = reports.read_text("utf-8").partition("TABLES: tuple[Table, ...] = (\n")
    reports.write_text(before + first + TABLE.lstrip("\n") + after, "utf-8")


def add_language(tree: Path) -> None:
    """The words of Esperanto are English here, each marked: what is tested is the house, not the translator."""
    entries = tree / "locales" / "languages.toml"
    entries.write_text(entries.read_text("utf-8") + LANGUAGE, "utf-8")
    folder = tree / "locales" / "eo"
    shutil.copytree(tree / "locales" / "en", folder)
    with (tree / "locales" / "messages.pot").open("rb") as file:
        catalogue = read_po(file, locale="eo")
    for message in catalogue:
        if isinstance(message.id, str) and message.id:
            message.string = f"{message.id} ^"
            message.flags.discard("fuzzy")
        elif message.id:
            message.string = tuple(message.id)
    out = io.BytesIO()
    write_po(out, catalogue)
    (folder / "messages.po").write_bytes(out.getvalue())


#: What is added -> how, and the places it touches.
ADDITIONS = {
    "channel": (add_channel, ("bot/channels/pigeon.py",)),
    "flow": (add_flow, ("flows/scripts/idea.py",)),
    "language": (add_language, ("locales/eo/", "locales/languages.toml")),
    "organisation": (add_organisation, ("casework/profiles/riverside.toml",)),
    "table": (add_table, ("casework/reports.py",)),
}
#: What is added -> files that tests hold to it, found by adding it to a copy and running what could notice.
ASKED_FOR = {
    "channel": ("docs/dpia.md",),
    "flow": (
        "locales/<code>/messages.po", "tests/flows/golden/steps.json", "tests/flows/transcripts",
        "tests/flows/test_walk.py", "tests/flows/test_talks.py", "docs/data-dictionary.md",
        "tests/console/test_enter.py",
    ),
    "organisation": (
        "casework/profiles/names/<code>.toml", "tests/casework/histories", "tests/casework/test_profiles.py",
        "tests/casework/test_escalation.py", "tests/test_world.py", "tests/test_deployment.py",
        "tests/demo/test_five.py", "tests/cli/test_wizard.py",
    ),
    "report table": ("docs/data-dictionary.md", "locales/cy/console.po"),
}  # fmt: skip
