"""What WhatsApp wants besides: its own sender, and after a day without a word from the person an approved template.

https://www.twilio.com/docs/api/errors/63016: a service's own words may follow within 24 hours of the person's last
message. Later only a template that Meta has approved may go, by its ContentSid; ours asks them to write, and says
nothing else. What waits for it is kept by ``storage.windows``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import locales
from storage import windows
from storage.outbox import Parcel

PREFIX = "whatsapp:"
#: "Outside the allowed window", when asked or in a report.
TOO_LATE = "63016"
#: Counted from when their message came here: a little less than the 24 hours that are counted at Meta.
WINDOW = timedelta(hours=24) - timedelta(minutes=5)

_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")


def is_address(to: str) -> bool:
    """Whether a person is reached over WhatsApp."""
    return to.startswith(PREFIX)


def templates(values: Mapping[str, str]) -> dict[str, str]:
    """Language -> ContentSid of an endpoint, the one for every other language first; ValueError in words."""
    found: dict[str, str] = {}
    for one in filter(str.strip, values.get("whatsapp_templates", "").split(",")):
        language, _, sid = (part.strip() for part in one.partition("="))
        if language not in {entry.code for entry in locales.offered()} or language in found:
            raise ValueError(f"whatsapp_templates names each language once, by its code; {language!r} is none")
        if not _CONTENT.fullmatch(sid):
            raise ValueError(f"whatsapp_templates: the template of {language} begins with HX, like {language}=HX…")
        found[language] = sid
    return found


def template(found: Mapping[str, str], language: str) -> str:
    """The ContentSid for a language, or the first one."""
    return found.get(language) or next(iter(found.values()))


def sender(values: Mapping[str, str], *, over_whatsapp: bool) -> dict[str, str]:
    """Whom a message is from, as the client is told: a number, or the service that chooses one of its pool."""
    number = values.get("number", "")
    if over_whatsapp and (number := values.get("whatsapp") or number):
        return {"from_": PREFIX + number}
    if "messaging_service_sid" in values:
        return {"messaging_service_sid": values["messaging_service_sid"]}
    return {"from_": number}


def is_too_late(parcel: Parcel, heard: datetime | None, now: datetime) -> bool:
    """Whether free words may not be sent any more: by our own clock, or as the provider reported it.

    heard  when the person last wrote, None where it is not known: then the provider is asked
    """
    return parcel.window == windows.CLOSED or (heard is not None and now - heard >= WINDOW)
