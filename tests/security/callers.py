"""Calls out with every client of the product, in a process of its own: whom to believe is read when Python starts.

Reads from standard input where servers listen, {"https": "https://localhost:1", …}; writes what became of each call,
{"telegram": ""} where it was answered, {"telegram": "NetworkError"} where not.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, BinaryIO

from bot import alarm
from bot.channels.email import post
from bot.channels.notify.client import Client as Notify
from bot.channels.sms.rest import Rest
from bot.channels.telegram.client import Client as Telegram
from bot.translator import LibreTranslate
from bot.work.webhooks import Teller
from console import Provider, oidc
from locales.machine import NotTranslated
from storage.webhooks import Delivery, Webhook
from tests.channels.mailing import PASSWORD

#: What a server that should not be believed must never see.
SECRET = "9f8e7d6c-4444-4555-8666-ba9876543210"
USER = "talk@dudley.example"


def twilio(address: str) -> None:
    rest = Rest("AC1", SECRET, address)
    asyncio.run(rest.call(lambda client: client.api.accounts("AC1").fetch()))


def twilio_file(address: str) -> None:
    def read(stream: BinaryIO) -> bytes:
        return stream.read()

    assert asyncio.run(Rest("AC1", SECRET, address).fetch(f"{address}/media/one", read))


def notify(address: str) -> None:
    client = Notify(f"live-{SECRET}-{SECRET}", address)
    asyncio.run(client.send_text("+447700900123", SECRET, "Thank you.", "1"))


def telegram(address: str) -> None:
    async def ask() -> None:
        client = Telegram(f"1:{SECRET}", address)
        try:
            await client.updates(None, ())
        finally:
            await client.close()

    asyncio.run(ask())


def webhook(address: str) -> None:
    """To a host that the settings allow; the looks at an address of anybody else are those of ``tests/api``."""
    teller, now = Teller(("localhost",), call=5.0), datetime.now(UTC)
    hook = Webhook(1, "dudley", f"{address}/hook", SECRET)
    delivery = Delivery(1, 1, "AAAA", 1, "filed", now, "due", 0, now, "", None)

    async def tell() -> str:
        async with teller._session(hook) as session:
            return await teller._told(session, hook, delivery)

    said = asyncio.run(tell())
    assert said == "200", said


def translator(address: str) -> None:
    assert asyncio.run(LibreTranslate(address, SECRET).translate(["Hello"], "en", "cy")) == ["Hello"]


def sign_in(address: str) -> None:
    """Its provider."""
    asyncio.run(oidc.Client(Provider(address, "us", SECRET)).begin("http://127.0.0.1/x"))


def alert(address: str, asked: str = "") -> None:
    said = alarm.send_one(f"{address.replace('https', 'jsons')}/{SECRET}{asked}", "A sign of danger", "Look")
    assert said == "", said


def alert_unverified(address: str) -> None:
    """An address that asks for nobody to be looked at."""
    alert(address, "?verify=no")


def alert_mail(address: str, asked: str = "") -> None:
    host = address.partition("://")[2]
    said = alarm.send_one(f"mailtos://{host}?mode=ssl&smtp=localhost&to={USER}&from={USER}{asked}", "Danger", "Look")
    assert said == "", said


def alert_mail_unverified(address: str) -> None:
    alert_mail(address, "&verify=no")


def mail_in(address: str) -> None:
    with post.mailbox(post.server(address, post.IN, USER, PASSWORD)):
        pass


def mail_out(address: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = USER, "jo@home.example"
    mail.set_content("Thank you.")
    post.send(post.server(address, post.OUT, "", ""), mail)


#: Every way out: what it is called -> (the server that it asks, the client).
CALLERS: dict[str, tuple[str, Callable[[str], None]]] = {
    one.__name__: (server, one)
    for server, every in {
        "https": (
            twilio, twilio_file, notify, telegram, webhook, translator, sign_in, alert, alert_unverified,
        ),
        "imaps": (mail_in,),
        "smtps": (mail_out, alert_mail, alert_mail_unverified),
    }.items()
    for one in every
} | {"mail_in_starttls": ("imap", mail_in), "mail_out_starttls": ("smtp", mail_out)}  # fmt: skip


def main() -> None:
    """Tries each at the server that was named for it."""
    servers: dict[str, Any] = json.load(sys.stdin)
    found = {}
    for name, (server, call) in CALLERS.items():
        try:
            call(servers[server])
            found[name] = ""
        except (Exception, NotTranslated) as error:
            found[name] = f"{type(error).__name__}: {error}"[:200]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
