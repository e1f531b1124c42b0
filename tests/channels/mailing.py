"""A mail server as far as we use it: IMAP with one inbox (our own, small), and SMTP by aiosmtpd."""

from __future__ import annotations

import email
import email.policy
import itertools
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from bot.channels.contract import Account
from tests.channels.harness import free_port

OURS, PERSON = "talk@dudley.example", "jo@home.example"
PASSWORD = "a-password-of-the-test"
_ids = itertools.count(1)


@dataclass
class Box:
    """What is in the inbox: number -> (content, flags). ``tried``: how often somebody gave a password."""

    mails: dict[int, tuple[bytes, set[str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    logins: int = 0
    tried: int = 0

    def put(self, mail: EmailMessage | bytes) -> int:
        number = next(_ids)
        with self.lock:
            self.mails[number] = (mail if isinstance(mail, bytes) else mail.as_bytes(), set())
        return number


@dataclass
class Sent:
    """What was sent. ``refuse``: what the server answers to the coming mails, one each."""

    mails: list[EmailMessage] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        return "250 OK"


class _Imap(socketserver.StreamRequestHandler):
    """LOGIN, SELECT, UID SEARCH UNSEEN, UID FETCH, UID STORE, EXPUNGE, LOGOUT, CAPABILITY: what the client sends.

    ``tls`` from the start, or ``later`` by STARTTLS.
    """

    box: Box
    tls: ssl.SSLContext | None = None
    later: ssl.SSLContext | None = None

    def setup(self) -> None:
        if self.tls:
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def _begin_tls(self, tag: str) -> None:
        assert self.later
        self._say(f"{tag} OK begin")
        self.request = self.later.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self._say("* OK ready")
        allowed = False
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            command = rest.upper()
            with self.box.lock:
                if command.startswith("LOGIN"):
                    self.box.tried += 1
                    allowed = PASSWORD in rest
                    self.box.logins += allowed
                    self._say(f"{tag} {'OK in' if allowed else 'NO wrong'}")
                elif command == "CAPABILITY":
                    self._say(f"* CAPABILITY IMAP4rev1{' STARTTLS' * bool(self.later)}", f"{tag} OK done")
                elif command == "STARTTLS" and self.later:
                    self._begin_tls(tag)
                elif command == "LOGOUT":
                    self._say("* BYE", f"{tag} OK done")
                    return
                elif not allowed:
                    self._say(f"{tag} NO sign in first")
                else:
                    self._inside(tag, rest)

    def _inside(self, tag: str, rest: str) -> None:
        mails = self.box.mails
        if rest.upper().startswith("SELECT"):
            self._say(f"* {len(mails)} EXISTS")
        elif rest.upper() == "UID SEARCH UNSEEN":
            self._say("* SEARCH " + " ".join(str(n) for n, (_, flags) in mails.items() if r"\Seen" not in flags))
        elif found := re.fullmatch(r"UID FETCH (\d+) \((RFC822\.SIZE|BODY\.PEEK\[\])\)", rest, re.I):
            content = mails[int(found[1])][0]
            if "SIZE" in found[2].upper():
                self._say(f"* 1 FETCH (UID {found[1]} RFC822.SIZE {len(content)})")
            else:
                self.wfile.write(f"* 1 FETCH (UID {found[1]} BODY[] {{{len(content)}}}\r\n".encode())
                self.wfile.write(content + b")\r\n")
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", rest, re.I):
            mails[int(found[1])][1].update(found[2].split())
        elif rest.upper() == "EXPUNGE":
            for number in [n for n, (_, flags) in mails.items() if r"\Deleted" in flags]:
                del mails[number]
        else:
            self._say(f"{tag} BAD {rest}")
            return
        self._say(f"{tag} OK done")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@dataclass
class Server:
    """Both, running."""

    box: Box
    sent: Sent
    imap: int
    smtp: int

    def account(self, **values: str) -> Account:
        given = {
            "address": OURS,
            "imap": f"imap://127.0.0.1:{self.imap}",
            "smtp": f"smtp://127.0.0.1:{self.smtp}",
            "password": PASSWORD,
            **values,
        }
        return Account("dudley", "email", "dudley", {name: value for name, value in given.items() if value})


def _started(sent: Sent, host: str, **tls: Any) -> Controller:
    """It takes no port 0, and another test may have taken the free one meanwhile."""
    for _ in range(5):
        smtp = Controller(sent, hostname=host, port=free_port(), **tls)
        with suppress(OSError):
            smtp.start()
            return smtp
    raise OSError("no port is free for long enough")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, address: Any) -> None:
        """A client that does not believe our certificate hangs up, and nobody need hear of it."""


@contextmanager
def mail_server(
    host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, later: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """Plain, by ``tls`` from the start, or asking for TLS ``later`` (STARTTLS)."""
    box, sent = Box(), Sent()
    handler = type("Handler", (_Imap,), {"box": box, "tls": tls, "later": later})
    with _Server((host, 0), handler) as imap:
        threading.Thread(target=imap.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        given = {"ssl_context": tls} if tls else {"tls_context": later, "require_starttls": True} if later else {}
        smtp = _started(sent, host, **given)
        try:
            yield Server(box, sent, imap.server_address[1], smtp.port)
        finally:
            smtp.stop()
            imap.shutdown()


def mail(text: str, sender: str = PERSON, **heads: str) -> EmailMessage:
    """A mail of a person to us."""
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"], made["To"], made["Subject"] = sender, OURS, "Hello"
    made["Message-ID"] = f"<person.{next(_ids)}@home.example>"
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def answer(to: EmailMessage, text: str, sender: str = PERSON, *, quote: str = "") -> EmailMessage:
    """An answer to a mail of ours as a mail program makes it: text, who wrote when, our mail quoted."""
    body = to.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
    above = quote or "On Mon, 23 Nov 2026 at 10:12, Dudley <talk@dudley.example> wrote:"
    references = f"{to['References'] or ''} {to['Message-ID']}".strip()
    return mail(f"{text}\n\n{above}\n{quoted}\n", sender, In_Reply_To=str(to["Message-ID"]), References=references)
