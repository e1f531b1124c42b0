"""A Bot API on loopback: checks the token, the shape and the limits of every call, and fails when it is told to."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, web

from tests.channels.twilio import half_an_answer

TOKEN = "5005005005:AAstand-in_for-tests"
BOT = {
    "id": 5005005005, "is_bot": True, "first_name": "Hearback", "username": "hearback_test_bot",
    "can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False,
    "can_connect_to_business": False, "has_main_web_app": False,
}  # fmt: skip
#: Method -> the parameters it may have; those with a star it must have.
METHODS = {
    "getMe": "",
    "getUpdates": "offset timeout allowed_updates limit",
    "sendMessage": "chat_id* text* entities reply_markup link_preview_options",
    "sendPhoto": "chat_id* photo* caption caption_entities has_spoiler reply_markup",
    "answerCallbackQuery": "callback_query_id* text",
    "editMessageReplyMarkup": "chat_id* message_id* reply_markup",
    "setMyCommands": "commands* scope language_code",
    "getMyCommands": "scope language_code",
    "setMyDescription": "description language_code",
    "getMyDescription": "language_code",
    "setWebhook": "url* secret_token allowed_updates max_connections",
    "deleteWebhook": "drop_pending_updates",
    "getWebhookInfo": "",
    "getFile": "file_id*",
    "leaveChat": "chat_id*",
}
_METHODS = {name.lower(): name for name in METHODS}
#: What a fault answers: status and body; the others end or hold up the connection.
FAULTS: dict[str, tuple[int, Any]] = {
    "429": (429, {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 7",
                  "parameters": {"retry_after": 7}}),
    "403": (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    "400": (400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}),
    "401": (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    "500": (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}),
    "502": (502, "<html>Bad Gateway</html>"),
    "nonsense": (200, "<html>Welcome to the hotel's wireless network</html>"),
    "empty": (200, {"ok": True}),
    "other": (200, {"ok": True, "result": "yes"}),
}  # fmt: skip


class Standin:
    """Runs in a thread of its own. ``calls`` is everything that was asked, ``wrong`` what Telegram would refuse."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self.faults: dict[str, deque[str]] = {}
        self.files: dict[str, bytes] = {}
        self.pending: deque[dict[str, Any]] = deque()
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.commands: dict[str, Any] = {}
        self.about: dict[str, str] = {}
        self.webhook: dict[str, Any] = {}
        self.confirmed = 0
        self.port = 0
        self._number = 100
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve(started)))
        self._thread.start()
        assert started.wait(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        started.set()
        await self._stop.wait()
        await runner.cleanup()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # For the tests -----------------------------------------------------------------------------------

    def fail(self, method: str, *faults: str) -> None:
        """The next calls of a method fail like that; "reset", "stall" and "half" are faults too."""
        self.faults.setdefault(method, deque()).extend(faults)

    def bring(self, *updates: dict[str, Any]) -> None:
        """Updates for whoever fetches them."""
        with self._changed:
            self.pending.extend(updates)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of a method."""
        with self._lock:
            return [given for name, given in self.calls if name == method]

    def wait(self, ready: Callable[[], bool], seconds: float = 20.0) -> None:
        """Until something is so."""
        end = time.monotonic() + seconds
        with self._changed:
            while not ready():
                assert time.monotonic() < end, "it never happened"
                self._changed.wait(0.02)

    def sent(self, chat: int) -> list[dict[str, Any]]:
        """What a chat shows of the bot's, as it stands now."""
        return [message for (where, _), message in self.messages.items() if where == chat]

    # The API -------------------------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = _METHODS.get(request.match_info["method"].lower(), "")
        if request.match_info["token"] != TOKEN:
            return _refused(401, "Unauthorized")
        given = {
            name: value.file.read() if isinstance(value, web.FileField) else _plain(name, str(value))
            for name, value in (await request.post()).items()
        }
        with self._changed:
            self.calls.append((method, given))
            problem = self._shape(method, given)
            if problem:
                self.wrong.append(f"{method}: {problem}")
            fault = self.faults[method].popleft() if self.faults.get(method) else ""
            self._changed.notify_all()
        if fault == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault == "stall":
            await asyncio.sleep(30)
        if fault == "half":
            return await half_an_answer(request)
        if fault:
            status, body = FAULTS[fault]
            text = body if isinstance(body, str) else json.dumps(body)
            return web.Response(status=status, text=text, content_type="application/json")
        if problem:
            return _refused(400, f"Bad Request: {problem}")
        if method == "getUpdates":
            return web.json_response({"ok": True, "result": await self._updates(given)})
        with self._changed:
            result = self._do(method, given)
            self._changed.notify_all()
        if isinstance(result, web.Response):
            return result
        return web.json_response({"ok": True, "result": result})

    def _shape(self, method: str, given: dict[str, Any]) -> str:
        if method not in METHODS:
            return "no such method"
        allowed = {name.strip("*") for name in METHODS[method].split()}
        needed = {name.strip("*") for name in METHODS[method].split() if name.endswith("*")}
        if strange := given.keys() - allowed:
            return f"strange parameters {sorted(strange)}"
        if missing := needed - given.keys():
            return f"missing {sorted(missing)}"
        if "chat_id" in given and not isinstance(given["chat_id"], int):
            return "chat_id is not a number"
        if "text" in given:
            longest = 200 if method == "answerCallbackQuery" else 4096
            if not 1 <= len(str(given["text"]).encode("utf-16-le")) // 2 <= longest:
                return "message is too long or empty"
        if len(str(given.get("caption", "")).encode("utf-16-le")) // 2 > 1024:
            return "message caption is too long"
        if isinstance(given.get("photo"), str) and given["photo"] not in self.files:
            return "wrong file identifier/HTTP URL specified"
        return self._markup(given.get("reply_markup")) or self._menu(given.get("commands"))

    def _markup(self, markup: Any) -> str:
        buttons = [button for row in (markup or {}).get("inline_keyboard", ()) for button in row]
        if len(buttons) > 100 or len(json.dumps(markup)) > 10_000:
            return "reply markup too long"
        for button in buttons:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                return "BUTTON_DATA_INVALID"
            if not button["text"]:
                return "button text is empty"
        return ""

    def _menu(self, commands: Any) -> str:
        for command in commands or ():
            if not command["command"].islower() or not 1 <= len(command["description"]) <= 256:
                return "BOT_COMMAND_INVALID"
        return ""

    async def _updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        offset = int(given.get("offset", 0))
        end = time.monotonic() + min(float(given.get("timeout", 0)), 0.3)
        while True:
            with self._changed:
                while self.pending and self.pending[0].get("update_id", offset) < offset:
                    self.confirmed = max(self.confirmed, self.pending.popleft()["update_id"])
                    self._changed.notify_all()
                found = list(self.pending)[: int(given.get("limit", 100))]
            if found or time.monotonic() >= end:
                return found
            await asyncio.sleep(0.005)

    def _do(self, method: str, given: dict[str, Any]) -> Any:
        language = str(given.get("language_code", ""))
        if method == "getMe":
            return BOT
        if method in ("sendMessage", "sendPhoto"):
            self._number += 1
            message = {
                "message_id": self._number,
                "from": BOT,
                "chat": {"id": given["chat_id"], "type": "private" if given["chat_id"] > 0 else "supergroup"},
                "date": int(time.time()),
                **({"text": given["text"]} if "text" in given else self._photo(given)),
                **({"reply_markup": given["reply_markup"]} if "reply_markup" in given else {}),
            }
            self.messages[given["chat_id"], self._number] = message
            return message
        if method == "editMessageReplyMarkup":
            message = self.messages[given["chat_id"], given["message_id"]]
            if message.get("reply_markup") == given.get("reply_markup"):
                return _refused(400, "Bad Request: message is not modified")
            message["reply_markup"] = given["reply_markup"]
            return message
        if method == "setMyCommands":
            self.commands[language] = given["commands"]
        elif method == "getMyCommands":
            return self.commands.get(language, [])
        elif method == "setMyDescription":
            self.about[language] = given["description"]
        elif method == "getMyDescription":
            return {"description": self.about.get(language, "")}
        elif method == "setWebhook":
            self.webhook = given
        elif method == "deleteWebhook":
            self.webhook = {}
        elif method == "getWebhookInfo":
            return {
                "url": self.webhook.get("url", ""),
                "has_custom_certificate": False,
                "pending_update_count": len(self.pending),
                **({"last_error_date": 1, "last_error_message": "Connection refused"} if self.pending else {}),
            }
        elif method == "getFile":
            if given["file_id"] not in self.files:
                return _refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
            content = self.files[given["file_id"]]
            if len(content) > 20 * 1024 * 1024:
                return _refused(400, "Bad Request: file is too big")
            return {
                "file_id": given["file_id"],
                "file_unique_id": "u",
                "file_size": len(content),
                "file_path": f"media/{given['file_id']}",
            }
        return True

    def _photo(self, given: dict[str, Any]) -> dict[str, Any]:
        """An image is kept as two sizes, each with a name by which it can be sent again."""
        content = given["photo"]
        if isinstance(content, bytes):
            given["photo"] = f"photo{len(self.files)}"
            self.files[given["photo"]] = content
        sizes = [
            {"file_id": name, "file_unique_id": f"u{name}", "width": side, "height": side}
            for name, side in (("small", 90), (given["photo"], 800))
        ]
        return {"photo": sizes, "caption": given.get("caption", "")}

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            raise web.HTTPUnauthorized
        fault = self.faults["file"].popleft() if self.faults.get("file") else ""
        if fault:
            raise web.HTTPBadGateway
        return web.Response(body=self.files[request.match_info["path"].rpartition("/")[2]])

    # The other direction ---------------------------------------------------------------------------------

    async def deliver(self, update: Any, secret: str | None = "") -> int:
        """Send an update to the webhook as Telegram does; the status that came back. ``secret``: another one."""
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret or self.webhook["secret_token"]
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        async with ClientSession() as session, session.post(self.webhook["url"], data=body, headers=headers) as answer:
            await answer.read()
            return answer.status


def _plain(name: str, value: str) -> Any:
    """A parameter as the Bot API reads it: everything but text is JSON."""
    if name in ("text", "description", "callback_query_id", "file_id"):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, (dict, list, bool)) else int(value) if value.lstrip("-").isdigit() else value


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": why}, status=status)
