"""asyncpg, a connection for each turn and six round trips on it, 16 turns at once; no engine, nothing sealed.

``pooled``: the connections are kept and lent, which the prototype's peer did not do.
"""

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager

import asyncpg

AT_ONCE = 16
TABLES = """
DROP TABLE IF EXISTS trips_note; DROP TABLE IF EXISTS trips_talk;
CREATE TABLE trips_talk (sender text PRIMARY KEY, step int NOT NULL, answers text NOT NULL);
CREATE TABLE trips_note (id bigserial PRIMARY KEY, sender text NOT NULL, direction text NOT NULL, said text NOT NULL);
"""


async def main() -> None:
    given = json.loads(sys.stdin.readline())
    steps, url = given["steps"], given["url"]
    pool = await asyncpg.create_pool(url, min_size=AT_ONCE, max_size=AT_ONCE)
    async with pool.acquire() as connection:
        await connection.execute(TABLES)

    @asynccontextmanager
    async def connected():
        if given["pooled"]:
            async with pool.acquire() as connection:
                yield connection
            return
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()

    async def say(sender: str, number: int) -> None:
        text, question = steps[number]["answer"], steps[number]["question"]
        async with connected() as db, db.transaction():
            row = await db.fetchrow("SELECT step, answers FROM trips_talk WHERE sender = $1", sender)
            answers = json.dumps({**json.loads(row["answers"] if row else "{}"), steps[number]["step"]: text})
            await db.execute("INSERT INTO trips_note (sender, direction, said) VALUES ($1, 'in', $2)", sender, text)
            await db.execute(
                "INSERT INTO trips_talk VALUES ($1, 1, $2) ON CONFLICT (sender) "
                "DO UPDATE SET step = trips_talk.step + 1, answers = excluded.answers",
                sender,
                answers,
            )
            await db.execute(
                "INSERT INTO trips_note (sender, direction, said) VALUES ($1, 'out', $2)", sender, question
            )

    async def talks(waiting) -> None:
        for person in waiting:
            for number in range(len(steps)):
                await say(f"+44{person:010}", number)

    people = 0
    print(0, flush=True)
    for line in sys.stdin:
        count = int(line)
        waiting, start = iter(range(people, people + count)), time.perf_counter()
        await asyncio.gather(*(talks(waiting) for _ in range(AT_ONCE)))
        people += count
        print(count * len(steps) / (time.perf_counter() - start), flush=True)
    await pool.close()


asyncio.run(main())
