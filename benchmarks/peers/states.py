"""aiogram's states, kept by its RedisStorage; Redis appends and syncs every write. ``at_once``: so many people."""

import asyncio
import json
import sys
import time

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.base import BaseSession
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, KeyboardButton, Message, ReplyKeyboardMarkup, Update
from redis.asyncio import Redis


class Nowhere(BaseSession):
    """Answers at once what Telegram would."""

    async def make_request(self, bot: Bot, method: TelegramMethod, timeout=None):
        return Message(message_id=1, date=1795165200, chat=Chat(id=1, type="private"), text="sent")

    async def stream_content(self, *args, **kwargs):
        yield b""

    async def close(self):
        pass


async def main() -> None:
    given = json.loads(sys.stdin.readline())
    steps, store = given["steps"], Redis(port=given["port"])
    form = type("Form", (StatesGroup,), {f"step{number}": State() for number in range(1, len(steps))})
    states = [None, *(getattr(form, f"step{number}") for number in range(1, len(steps)))]
    dispatcher, bot = Dispatcher(storage=RedisStorage(store)), Bot("1:bench", session=Nowhere())

    def asked(number):
        async def handle(message: Message, state: FSMContext) -> None:
            await state.update_data({steps[number]["step"]: message.text})
            if number + 1 == len(steps):
                await store.rpush("filed", json.dumps(await state.get_data()))
                await state.clear()
                await message.answer(steps[number]["question"])
                return
            await state.set_state(states[number + 1])
            labels = [[KeyboardButton(text=label)] for label in steps[number]["labels"]]
            await message.answer(
                steps[number]["question"], reply_markup=ReplyKeyboardMarkup(keyboard=labels) if labels else None
            )

        return handle

    for number, state in enumerate(states):
        dispatcher.message.register(asked(number), StateFilter(state), F.text)
    update_id = chats = 0

    async def talk(chat: int) -> None:
        nonlocal update_id
        who = {"id": chat, "is_bot": False, "first_name": "Sam", "language_code": "en"}
        for step in steps:
            update_id += 1
            message = {
                **{"message_id": update_id, "date": 1795165200, "text": step["answer"], "from": who},
                "chat": {"id": chat, "type": "private", "first_name": "Sam"},
            }
            await dispatcher.feed_update(bot, Update.model_validate({"update_id": update_id, "message": message}))

    async def talks(waiting) -> None:
        for chat in waiting:
            await talk(chat)

    print(0, flush=True)
    for line in sys.stdin:
        count = int(line)
        waiting, start = iter(range(chats + 1, chats + count + 1)), time.perf_counter()
        await asyncio.gather(*(talks(waiting) for _ in range(given["at_once"])))
        chats += count
        print(count * len(steps) / (time.perf_counter() - start), flush=True)
    await store.aclose()


asyncio.run(main())
