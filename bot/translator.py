"""Machine translation for staff to read by: LibreTranslate's HTTP API, at an address of the organisation's own.

What it gives is shown as machine translation, beside the original, and kept nowhere. It is never used for decisions,
for signs of danger, or for what a person is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from locales.machine import NotTranslated

#: Seconds until staff are told that it takes too long, and bytes of an answer.
PATIENCE = 20.0
LARGEST = 4_000_000


@dataclass
class LibreTranslate:
    """A LibreTranslate server. ``key`` is its API key, "" for none; never in a log or repr."""

    url: str
    key: str = field(default="", repr=False)
    _codes: frozenset[str] = frozenset()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in another language, in their order. Raises NotTranslated with a code that says why."""
        if not texts:
            return []
        try:
            async with asyncio.timeout(PATIENCE), aiohttp.ClientSession(trust_env=False) as session:
                if not self._codes:
                    self._codes = frozenset(one["code"] for one in await self._ask(session, "GET", "/languages"))
                asked = {
                    "q": list(texts),
                    "source": self._code(source),
                    "target": self._code(target),
                    "format": "text",
                    **({"api_key": self.key} if self.key else {}),
                }
                answer = await self._ask(session, "POST", "/translate", asked)
                found = answer["translatedText"]
        except NotTranslated:
            raise
        except TimeoutError:
            raise NotTranslated("slow") from None
        except aiohttp.ClientError:
            raise NotTranslated("away") from None
        except (KeyError, TypeError, ValueError):
            raise NotTranslated("strange") from None
        if not isinstance(found, list) or len(found) != len(texts) or not all(isinstance(one, str) for one in found):
            raise NotTranslated("strange")
        return found

    async def _ask(self, session: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
        address = self.url.rstrip("/") + path
        async with session.request(method, address, json=body, allow_redirects=False) as answer:
            if answer.status == 403:
                raise NotTranslated("key")
            if answer.status == 429:
                raise NotTranslated("busy")
            if answer.status != 200 or (answer.content_length or 0) > LARGEST:
                raise NotTranslated("strange")
            return await answer.json(content_type=None)

    def _code(self, ours: str) -> str:
        """Their code of one of our languages: "zh_Hans" may be "zh-Hans" or "zh" there."""
        wanted = ours.replace("_", "-")
        for code in (wanted, wanted.partition("-")[0]):
            if code in self._codes:
                return code
        raise NotTranslated("language")
