"""Notify's own client as we use it: in threads, with a timeout, at an address that may be ours, its errors sorted."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import requests
from notifications_python_client.errors import APIError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from bot.channels.contract import Finding
from bot.message import SendError

#: Calls of one service under way at a time.
AT_ONCE = 6
#: Seconds until an answer.
TIMEOUT = 8
#: Seconds until a wrong set-up is tried again, and until the day's allowance is asked for again.
SET_UP_WRONG, ALLOWANCE_GONE = 300.0, 900.0

# Its log repeats what Notify says of a message, and that may hold a number.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)

T = TypeVar("T")
_MAKE: Any = NotificationsAPIClient  # the library has types for little of itself


class Client:
    """One service. Its client is not for several threads: each has one of its own."""

    def __init__(self, api_key: str, base: str = "") -> None:
        self._given: dict[str, Any] = {"api_key": api_key, "timeout": TIMEOUT} | ({"base_url": base} if base else {})
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify")

    async def send_text(self, to: str, template: str, message: str, reference: str, sender: str = "") -> str:
        """Notify's id of a text. Raises SendError."""
        return await self._call(
            lambda client: client.send_sms_notification(to, template, {"message": message}, reference, sender or None)
        )

    async def send_mail(self, to: str, template: str, subject: str, message: str, reference: str) -> str:
        """Notify's id of a mail. Raises SendError."""
        filled = {"subject": subject, "message": message}
        return await self._call(lambda client: client.send_email_notification(to, template, filled, reference))

    async def check(self, template: str) -> list[Finding]:
        """Asks Notify for the template."""
        try:
            made = await self._run(lambda client: client.get_template(template))
        except SendError as error:
            if error.code in ("timeout", "network"):
                return [("wrong", "Notify cannot be reached from here. Is there a firewall or a proxy in between?")]
            return [("wrong", f"Notify refuses ({error.code}). Is it the live key, and the template of its service?")]
        found: list[Finding] = [("ok", "Notify accepts the key and knows the template.")]
        if "((message))" not in str(made.get("body", "")):
            found.append(("wrong", "The template must hold ((message)), and best nothing else."))
        return found

    async def _call(self, call: Callable[[Any], Any]) -> str:
        answer = await self._run(call)
        return str(answer.get("id", "")) if isinstance(answer, dict) else ""

    async def _run(self, call: Callable[[Any], T]) -> T:
        def run() -> T:
            if not hasattr(self._own, "client"):
                self._own.client = _MAKE(**self._given)
            return call(self._own.client)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except Exception as error:
            raise sorted_out(error) from None  # its text may quote the message

    def close(self) -> None:
        """Lets calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def sorted_out(error: Exception) -> SendError:
    """What an error of the client means for a message: https://docs.notifications.service.gov.uk/python.html."""
    cause = error.__cause__
    if isinstance(cause, requests.Timeout):
        return SendError("the provider did not answer", retryable=True, code="timeout")
    if isinstance(error, InvalidResponse):
        return SendError("the provider answered nonsense", retryable=True, code="nonsense")
    if isinstance(error, APIError) and error.response is not None:
        status, kinds = error.status_code, _kinds(error)
        if status == 429:
            spent = "TooManyRequestsError" in kinds
            wait = ALLOWANCE_GONE if spent else 60.0
            return SendError("the provider asks to wait", retryable=True, after=wait, code="429", pause=True)
        if status in (401, 403, 404) or any("team-only" in said or "emplate" in said for said in kinds):
            return SendError(
                "the account is not set up for this", retryable=True, after=SET_UP_WRONG, code=str(status), pause=True
            )
        if status >= 500:
            return SendError("the provider has a problem", retryable=True, code=str(status))
        return SendError("the provider refused the message", retryable=False, code=str(status))
    if isinstance(error, APIError) or isinstance(cause, requests.RequestException):
        return SendError("the provider could not be reached", retryable=True, code="network")
    return SendError("the message could not be sent", retryable=True, code="error")


def _kinds(error: APIError) -> list[str]:
    """The kinds of error that Notify named, and what it said of a set-up; never shown."""
    found = error.message if isinstance(error.message, list) else []
    return [str(one.get(name, "")) for one in found if isinstance(one, dict) for name in ("error", "message")]
