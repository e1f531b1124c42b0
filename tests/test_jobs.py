"""What happens when nobody writes: silence after a sign of danger, in the real store."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from bot import deployment, jobs
from bot.config import Settings
from bot.store import open_store
from casework.calendar import LONDON
from storage.cases import Cases
from storage.post import Inbound
from storage.talks import Talks

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=LONDON)


def test_silence_after_a_sign_of_danger_wakes_the_talk_once(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    found = deployment.profiles(settings)
    store = open_store(settings, deployment.worlds(found, deployment.watch(), lambda: NOON), deployment.dues(found))
    try:
        said = Inbound(
            "dudley", "web", "web", "somebody", "1", NOON, text="I am in danger, he has a knife", language="en"
        )
        store.writer.take(said).result(10)
        talks = Talks(store.database, store.vault, store.writer)
        talk = talks.find("dudley", "web", "web", "somebody")
        assert talk is not None
        before = len(talks.since(talk))
        assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=4))) == 0
        assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=6))) == 1
        assert asyncio.run(jobs.wake_due(store.writer, lambda: NOON + dt.timedelta(minutes=6))) == 0
        after = talks.since(talk)
        assert len(after) > before
        (case,) = Cases(store.database, store.vault).list(("dudley",))
        assert case["open_alerts"] >= 1
    finally:
        store.close()
