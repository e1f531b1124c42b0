"""Waiting in the event loop for the writer's thread."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from bot.channels.contract import Lately
from bot.committed import committed


def started(count: int) -> list[Future[int]]:
    futures: list[Future[int]] = [Future() for _ in range(count)]
    for future in futures:
        future.set_running_or_notify_cancel()
    return futures


def in_a_thread(work: Any) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_batch_of_answers_wakes_the_loop_once() -> None:
    async def run() -> tuple[list[int], int]:
        loop, calls = asyncio.get_running_loop(), 0
        usual = loop.call_soon_threadsafe

        def counted(*arguments: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            return usual(*arguments, **more)

        futures = started(50)
        waiting = [asyncio.create_task(committed(future)) for future in futures]
        await asyncio.sleep(0)
        loop.call_soon_threadsafe = counted  # type: ignore[method-assign]  # to count
        in_a_thread(lambda: [future.set_result(number) for number, future in enumerate(futures)])
        return await asyncio.gather(*waiting), calls

    assert asyncio.run(run()) == (list(range(50)), 1)


def test_errors_come_through_and_who_has_gone_is_passed_over() -> None:
    async def run() -> None:
        gone, wrong, last = started(3)
        tasks = [asyncio.create_task(committed(future)) for future in (gone, wrong, last)]
        await asyncio.sleep(0)
        tasks[0].cancel()

        def answer() -> None:
            gone.set_result(1)
            wrong.set_exception(LookupError("no such talk"))
            last.set_result(3)

        in_a_thread(answer)
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        with pytest.raises(LookupError):
            await tasks[1]
        assert await tasks[2] == 3

    asyncio.run(run())


def test_an_answer_that_is_there_already() -> None:
    (future,) = started(1)
    future.set_result(7)
    assert asyncio.run(committed(future)) == 7


def test_an_answer_after_the_loop_has_gone_harms_nobody() -> None:
    (future,) = started(1)

    async def leave() -> None:
        task = asyncio.create_task(committed(future))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    future.set_result(1)


def test_somebody_is_looked_up_again_after_a_minute() -> None:
    now = [0.0]
    lately = Lately(lambda: now[0])
    assert not lately.has("+447700900001")
    lately.add("+447700900001")
    now[0] = 59.9
    assert lately.has("+447700900001") and not lately.has("+447700900002")
    now[0] = 60.0
    assert not lately.has("+447700900001")


def test_only_so_many_are_remembered() -> None:
    lately = Lately()
    for number in range(Lately.MOST + 1):
        lately.add(str(number))
    assert not lately.has("0") and lately.has(str(Lately.MOST))
