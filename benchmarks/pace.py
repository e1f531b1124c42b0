"""1,000 messages a second, whether we keep up or not: how long an answer takes from the moment its message was due.

An open loop: the next message is never kept back because the last is not answered. Signed SMS webhooks over HTTP, the
real complaint by many people, each waiting half a second between messages. At any moment they stand at every step,
as people do: they begin one after the other, and the clock runs when those who began first are through.

    python -m benchmarks pace
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from benchmarks.pairs import Row, Size, folder, most, percentile
from benchmarks.posts import Browser, served
from benchmarks.texts import request
from benchmarks.world import ENGLISH, real, typed

#: Messages a second, and how many people take turns.
PACE, PEOPLE = 1_000, 500


async def answers(seconds: float) -> list[float]:
    """Milliseconds of every answer."""
    world, _ = real()
    script = [step.answer for step in typed(world, ENGLISH)]
    count = int(PACE * seconds)
    with folder() as where:
        async with served(where, "durable", "benchmarks.texts") as port:
            # Rounds of half a second; who begins a round later is a step behind.
            posts: list[tuple[int, bytes]] = []
            for number in range(count + PEOPLE * len(script)):
                turn, slot = divmod(number, PEOPLE)
                if (done := turn - slot % len(script)) >= 0:
                    crowd, step = divmod(done, len(script))
                    posts.append((number, request(port, crowd * PEOPLE + slot, step, script[step])))
            lines: deque[Browser] = deque()
            for _ in range(64):
                lines.append(line := Browser(port))
                await line.open()
            for step, words in enumerate(script):  # whatever is slow the first time
                await lines[0].send(request(port, 99_999, step, words))
            took: list[float] = []

            async def send(post: bytes, due: float, counts: bool) -> None:
                if not lines:
                    line = Browser(port)
                    await line.open()
                else:
                    line = lines.pop()
                status, _ = await line.send(post)
                assert status == 200, status
                if counts:
                    took.append((time.perf_counter() - due) * 1000)
                lines.append(line)

            under_way, start = set[asyncio.Task[None]](), time.perf_counter()
            for number, post in posts:
                due = start + number / PACE
                if (wait := due - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                under_way.add(asyncio.create_task(send(post, due, number >= PEOPLE * len(script))))
            await asyncio.gather(*under_way)
    return took


def rows(size: Size) -> list[Row]:
    rounds = [asyncio.run(answers(3 if size.quick else 10)) for _ in range(size.pairs)]
    p99, middle = [percentile(one, 0.99) for one in rounds], [percentile(one, 0.5) for one in rounds]
    found = most(f"p99 answer at {PACE:,} messages a second, open loop, signed SMS webhooks", 30, "ms", p99)
    return [found, most("the same, median answer", 30, "ms", middle)]
