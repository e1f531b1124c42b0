"""python-telegram-bot's ConversationHandler with its own PicklePersistence.

``durable``: everything is flushed to the file before the next update is looked at, as an answer that may be relied on
would need; else as it comes (every 60 seconds). ``open`` talks lie about, three answers in.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from telegram import ReplyKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ContextTypes,
    ConversationHandler,
    ExtBot,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest

SENT = {
    "ok": True,
    "result": {"message_id": 1, "date": 1795165200, "chat": {"id": 1, "type": "private"}, "text": "sent"},
}
ME = {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}}


class Nowhere(BaseRequest):
    """Answers at once what Telegram would: no network is measured."""

    @property
    def read_timeout(self):
        return 5.0

    async def initialize(self):
        pass

    async def shutdown(self):
        pass

    async def do_request(self, url, method, *args, **kwargs):
        return 200, json.dumps(ME if url.endswith("getMe") else SENT).encode()


def asked(number, steps):
    """The handler that keeps answer ``number`` and asks the next question."""

    async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        context.user_data[steps[number]["step"]] = update.message.text
        if number + 1 == len(steps):
            context.bot_data.setdefault("filed", []).append(dict(context.user_data))
            context.user_data.clear()
            await update.message.reply_text(steps[number]["question"])
            return ConversationHandler.END
        labels = [[label] for label in steps[number]["labels"]]
        keys = ReplyKeyboardMarkup(labels, one_time_keyboard=True) if labels else None
        await update.message.reply_text(steps[number]["question"], reply_markup=keys)
        return number + 1

    return handle


async def main() -> None:
    given = json.loads(sys.stdin.readline())
    steps, durable = given["steps"], given["durable"]
    kept = PicklePersistence(Path(tempfile.mkdtemp(prefix="hearback-bench")) / "kept.pickle")
    bot = ExtBot("1:bench", request=Nowhere(), get_updates_request=Nowhere())
    app = Application.builder().bot(bot).persistence(kept).build()
    handlers = [[MessageHandler(filters.TEXT, asked(number, steps))] for number in range(len(steps))]
    app.add_handler(
        ConversationHandler(
            handlers[0], {number: handlers[number] for number in range(1, len(steps))}, [], name="t", persistent=True
        )
    )
    await app.initialize()
    update_id = 0

    async def say(chat: int, number: int, flush: bool) -> None:
        nonlocal update_id
        update_id += 1
        who = {"id": chat, "is_bot": False, "first_name": "Sam", "language_code": "en"}
        message = {
            **{"message_id": update_id, "date": 1795165200, "text": steps[number]["answer"]},
            **{"chat": {"id": chat, "type": "private", "first_name": "Sam"}, "from": who},
        }
        await app.process_update(Update.de_json({"update_id": update_id, "message": message}, bot))
        if flush:
            await app.update_persistence()

    for chat in range(1, given["open"] + 1):
        for number in range(3):
            await say(chat, number, False)
    await app.update_persistence()
    chats = given["open"]
    print(0, flush=True)
    for line in sys.stdin:
        talks = int(line)
        start = time.perf_counter()
        for chat in range(chats + 1, chats + talks + 1):
            for number in range(len(steps)):
                await say(chat, number, durable)
        chats += talks
        print(talks * len(steps) / (time.perf_counter() - start), flush=True)


asyncio.run(main())
