"""Run in a copy of the tree to which things were added: uses each of them, and writes down what came of it (seen.json).

``python use.py FOLDER``: the real server with its own store, on a loopback port. The lists of danger words, which take
seconds to read, are left out: they are no part of what is added.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any, cast

import aiohttp
from aiohttp import web

import locales
from bot import app, deployment, endpoints
from bot.config import load
from bot.danger import Watching
from bot.world import london_now
from casework.report_model import Sheet
from flows.session import Signs
from storage.report_build import Voice
from storage.reporting import Asked, build
from storage.store import Store, open_store

ORGANISATION = "riverside"


class Calm:
    """No signs of danger."""

    def signs(self, text: str, language: str) -> Signs:
        return Signs()


class Pigeon:
    """Somebody who keeps pigeons: sends one, waits for what comes back."""

    def __init__(self, client: aiohttp.ClientSession, url: str, roof: Path, name: str) -> None:
        self.client, self.url, self.roof, self.name = client, url, roof, name
        self.sent, self.read = 0, 0

    async def say(self, text: str) -> str:
        self.sent += 1
        bird = {"pigeon": self.name, "number": f"{self.name} {self.sent}", "text": text}
        async with self.client.post(f"{self.url}/pigeon/{ORGANISATION}", json=bird) as answer:
            assert answer.status == 200, await answer.text()
        for _ in range(400):
            lying = self.roof.read_text("utf-8") if self.roof.exists() else ""
            if len(lying) > self.read:
                new, self.read = lying[self.read :], len(lying)
                return new
            await asyncio.sleep(0.05)
        raise AssertionError(f"no pigeon came back after {text!r}")

    async def choose(self, heard: str, label: str) -> str:
        found = re.search(rf"^(?:{self.name}: )?(\d+) {label}$", heard, re.MULTILINE)
        assert found, f"{label!r} is not among the choices: {heard}"
        return await self.say(found[1])


async def use(folder: Path) -> dict[str, Any]:
    """What was seen of each thing that was added."""
    roof = folder / "roof.txt"
    (folder / "endpoints.toml").write_text(f'[[pigeon]]\norganisation = "{ORGANISATION}"\nroof = "{roof}"\n')
    settings = load(data=folder / "data", organisations=(ORGANISATION,), endpoints=folder / "endpoints.toml")
    found = deployment.profiles(settings)
    store = open_store(
        settings.database_url, key_ring=settings.ring_file, key_store=settings.key_store_url,
        media=settings.media_folder, receipt_cost=2**4, profiles=found,
        worlds=deployment.worlds(found, cast(Watching, Calm())).__getitem__,
    )  # fmt: skip
    runner = web.AppRunner(
        app.application(settings, found, store, endpoints.accounts(settings, tuple(found))), access_log=None
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as client:
            pigeon = Pigeon(client, url, roof, "Speckled Jim")
            menu = await pigeon.say("hello")
            question = await pigeon.choose(menu, "Tell us an idea")
            services = await pigeon.say("A swing for grown-ups.")
            end = await pigeon.choose(services, "Young carers")
            async with client.get(f"{url}/{ORGANISATION}/?lang=eo") as answer:
                page = await answer.text()
        return {
            "menu": menu, "question": question, "end": end, "page": page,
            "offered": [one.code for one in locales.offered()],
            "served": [str(profile.name) for profile in found.values()],
            "tables": tables(store),
        }  # fmt: skip
    finally:
        await runner.cleanup()
        store.close()


def tables(store: Store) -> list[str]:
    """The codes of the tables of this year's report."""
    profile, voice = store.procedures.now(ORGANISATION), Voice("en", **locales.reports.voice("en"))
    today = london_now().date()
    with store.database.reading() as db:
        report = build(db, profile, Asked(date(today.year, 1, 1), today), voice, london_now())
    return [part.code for part in report.parts if isinstance(part, Sheet)]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "seen.json").write_text(json.dumps(asyncio.run(use(folder))), "utf-8")
