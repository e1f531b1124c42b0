"""The first thing one would write: SQLModel, one AsyncSession and one commit a message, on SQLite as durable as ours.

64 people at once; SQLite takes one writer at a time, so a lock keeps them from failing with "database is locked".
"""

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

AT_ONCE = 64


class Talk(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    sender: str = Field(unique=True)
    step: int = 0
    answers: str = "{}"


class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    talk: int = Field(foreign_key="talk.id", index=True)
    direction: str
    text: str
    at: datetime


class Complaint(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    talk: int
    answers: str


async def main() -> None:
    steps = json.loads(sys.stdin.readline())["steps"]
    engine = create_async_engine(f"sqlite+aiosqlite:///{tempfile.mkdtemp(prefix='hearback-bench')}/naive.db")

    @event.listens_for(engine.sync_engine, "connect")
    def durable(raw, record) -> None:
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    lock, people = asyncio.Lock(), 0

    async def say(sender: str, text: str) -> None:
        async with lock, AsyncSession(engine, expire_on_commit=False) as session:
            talk = (await session.exec(select(Talk).where(Talk.sender == sender))).first()
            if talk is None:
                talk = Talk(sender=sender)
                session.add(talk)
                await session.flush()
            step, now = steps[talk.step], datetime.now(UTC)
            talk.answers = json.dumps({**json.loads(talk.answers), step["step"]: text})
            talk.step += 1
            session.add(Note(talk=talk.id, direction="in", text=text, at=now))
            session.add(Note(talk=talk.id, direction="out", text=step["question"], at=now))
            if talk.step == len(steps):
                session.add(Complaint(talk=talk.id, answers=talk.answers))
            await session.commit()

    async def talks(waiting) -> None:
        for person in waiting:
            for step in steps:
                await say(f"+44{person:010}", step["answer"])

    print(0, flush=True)
    for line in sys.stdin:
        count = int(line)
        waiting, start = iter(range(people, people + count)), time.perf_counter()
        await asyncio.gather(*(talks(waiting) for _ in range(AT_ONCE)))
        people += count
        print(count * len(steps) / (time.perf_counter() - start), flush=True)
    await engine.dispose()


asyncio.run(main())
