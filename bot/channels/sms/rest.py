"""Twilio's REST client as we use it: with timeouts, at an address that may be ours, and its errors sorted.

The client is Twilio's own, blocking one; every account has threads of its own, so that a slow account holds up
nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.inside import outside_only
from bot.message import SendError
from storage import webhooks

#: Calls of one account under way at a time.
AT_ONCE = 8
#: Seconds to connect, and between bytes; both together are less than ``bot.outbox.Patience.call``.
TIMEOUT = 8.0
#: Seconds until a wrong set-up is tried again: somebody has to put it right first.
SET_UP_WRONG = 300.0

#: A provider keeps files with somebody else and sends us on there, so often at most.
MOST_HOPS = 3

#: https://www.twilio.com/docs/api/errors - what they mean for us.
STOPPED_CODES = frozenset((21610, 63032))
#: The person's number takes no texts, or not from us: a landline, not a number, a country that is not enabled; it is
#: not on WhatsApp.
UNREACHABLE_CODES = frozenset(
    (21211, 21214, 21217, 21265, 21407, 21408, 21612, 21614, 21635, 30003, 30005, 30006, 63024)
)
#: Our set-up: the sender, the account, the token. The message is kept until it is right.
SET_UP_CODES = frozenset((20003, 20005, 20006, 20404, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 30002, 30034))
#: Theirs, and passing.
PASSING_CODES = frozenset((20429, 20500, 20503, 20504, 21611, 30001, 30008))

T = TypeVar("T")


class Http(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Sends what Twilio's client would, to ``base`` instead of ``https://….twilio.com``; logs nothing."""

    def __init__(self, base: str, timeout: float = TIMEOUT) -> None:
        super().__init__(timeout=timeout)
        self.base = base
        assert self.session is not None
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))

    def log_request(self, kwargs: Any) -> None:
        """Nothing: it would hold words and numbers."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing: it would hold words and numbers."""

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        """As the client's own; "too many" is told apart here because only here is Retry-After seen."""
        if self.base:
            parts = urlsplit(url)
            url = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        response = super().request(method, url, *args, **more)
        if response.status_code in (429, 503):
            raise SendError(
                "the provider asks to wait",
                retryable=True,
                after=seconds(response.headers or {}),
                code=str(response.status_code),
                pause=response.status_code == 429,
            )
        return response


class Rest:
    """One account's client; ``call`` runs its blocking calls, ``fetch`` gets a file that somebody sent."""

    def __init__(self, account_sid: str, token: str, base: str = "", timeout: float = TIMEOUT) -> None:
        self.client = Client(account_sid, token, http_client=Http(base, timeout))
        self._auth = (account_sid, token)
        self._base = base
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="twilio")

    async def call(self, call: Callable[[Client], T]) -> T:
        """What ``call(client)`` returns. Raises SendError, and nothing else, when the provider does not do it."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, self.client)
        except SendError:
            raise
        except Exception as error:
            raise sorted_out(error) from None  # its text may quote the message

    async def fetch(self, address: str, keep: Callable[[BinaryIO], T]) -> T:
        """``keep(stream)`` of a file at the provider, asked for with the account's credentials.

        Raises ValueError for an address that is not the provider's: nobody else is shown the credentials.
        """
        if not self._theirs(address):
            raise ValueError("not an address of the provider")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._fetch, address, keep)

    def _fetch(self, address: str, keep: Callable[[BinaryIO], T]) -> T:
        with requests.Session() as session:
            for _ in range(MOST_HOPS + 1):
                with self._asked(session, address) as response:
                    if not response.is_redirect:
                        response.raise_for_status()
                        response.raw.decode_content = True
                        return keep(response.raw)
                    address = urljoin(address, response.headers["Location"])
        raise ValueError("sent on too often")

    def _asked(self, session: requests.Session, address: str) -> requests.Response:
        """The answer there. Only the provider is shown the credentials, and nobody inside our network is called."""
        theirs, parts = self._theirs(address), urlsplit(address)
        if not theirs and (parts.scheme != "https" or not webhooks.outside(parts.hostname or "")):
            raise ValueError("sent on to where no file is fetched from")
        own = (parts.hostname or "",) if self._base and theirs else ()
        with outside_only(own):
            return session.get(
                address, auth=self._auth if theirs else _nobody, timeout=self._timeout, stream=True,
                allow_redirects=False,
            )  # fmt: skip

    def _theirs(self, address: str) -> bool:
        """Whether an address is the provider's own."""
        if self._base and address.startswith(self._base + "/"):
            return True
        return address.startswith("https://") and (urlsplit(address).hostname or "").endswith(".twilio.com")

    def close(self) -> None:
        """Lets calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Shows no credentials: left out, requests looks for some in the account's own files."""
    return request


def sorted_out(error: Exception) -> SendError:
    """What an error of the client means for a message."""
    if isinstance(error, TwilioRestException) or hasattr(error, "code"):
        code, status = _number(getattr(error, "code", 0)), _number(getattr(error, "status", 0))
        if code in STOPPED_CODES:
            return SendError("they asked for no more messages", retryable=False, code=str(code), stopped=True)
        if code in UNREACHABLE_CODES:
            return SendError("this number takes no texts", retryable=False, code=str(code))
        if code in SET_UP_CODES or status in (401, 403, 404):
            return SendError(
                "the account is not set up for this", retryable=True, after=SET_UP_WRONG, code=str(code), pause=True
            )
        if code in PASSING_CODES or status >= 500 or status == 408:
            return SendError("the provider has a problem", retryable=True, code=str(code))
        return SendError("the provider refused the message", retryable=False, code=str(code or status))
    if isinstance(error, requests.Timeout):
        return SendError("the provider did not answer", retryable=True, code="timeout")
    if isinstance(error, (requests.ConnectionError, OSError)):
        return SendError("the provider could not be reached", retryable=True, code="network")
    if isinstance(error, (ValueError, KeyError, TypeError, AttributeError, TwilioException)):
        return SendError("the provider answered nonsense", retryable=True, code="nonsense")
    return SendError("the message could not be sent", retryable=True, code="error")


def seconds(headers: Mapping[str, str]) -> float | None:
    """What Retry-After asks for, at most an hour; None when it is absent or no number."""
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return max(0.0, min(float(given), 3600.0))
    except ValueError:
        return None


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
