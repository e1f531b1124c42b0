"""The mailbox and the way out, as the standard library speaks them: blocking, with timeouts, always by TLS.

Plain connections go to this machine and nowhere else.
"""

from __future__ import annotations

import contextlib
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from bot.message import SendError

#: Seconds for a connection and each answer.
TIMEOUT = 15.0
#: Mails fetched in one look.
AT_ONCE = 20
#: Seconds until a wrong set-up is tried again.
SET_UP_WRONG = 300.0
HERE = ("127.0.0.1", "::1", "localhost")
#: What may be written for each way: scheme -> its usual port.
IN = {"imaps": 993, "imap": 143}
OUT = {"smtps": 465, "smtp": 587}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: ``tls`` from the start; else it is asked for before anything is said (not on this machine)."""

    host: str
    port: int
    tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def here(self) -> bool:
        """Whether it is on this machine, so that nothing it is told goes over a network."""
        return self.host in HERE


def server(address: str, ports: dict[str, int], user: str, password: str) -> Server:
    """The server of "imaps://host:port"; ValueError in words."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ports or parts.path.strip("/") or parts.username:
        raise ValueError(f"write {' or '.join(f'{name}://host' for name in ports)}, without a user or a path")
    return Server(host, port or ports[parts.scheme], parts.scheme.endswith("s"), user, password)


# In -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def mailbox(one: Server) -> Iterator[imaplib.IMAP4]:
    """The inbox, open. OSError or imaplib.IMAP4.error where that cannot be."""
    context = ssl.create_default_context()
    box: imaplib.IMAP4
    if one.tls:
        box = imaplib.IMAP4_SSL(one.host, one.port, ssl_context=context, timeout=TIMEOUT)
    else:
        box = imaplib.IMAP4(one.host, one.port, timeout=TIMEOUT)
    try:
        if not one.tls and not one.here:
            box.starttls(context)
        box.login(one.user, one.password)
        _ok(box.select("INBOX"))
        yield box
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def unseen(box: imaplib.IMAP4, largest: int) -> Iterator[tuple[bytes, bytes | None]]:
    """(number, content) of mails that nobody has looked at; None for one that is larger than ``largest`` bytes.

    Each is fetched when it is asked for: one lies in memory at a time.
    """
    (found, *_) = _ok(box.uid("SEARCH", "UNSEEN"))
    for number in (found or b"").split()[:AT_ONCE]:
        head = _ok(box.uid("FETCH", number.decode(), "(RFC822.SIZE)"))
        said = b" ".join(part if isinstance(part, bytes) else part[0] for part in head if part)
        size = said.partition(b"RFC822.SIZE ")[2].split(b")")[0].split(b" ")[0]
        if not size.isdigit() or int(size) > largest:
            yield number, None
            continue
        parts = _ok(box.uid("FETCH", number.decode(), "(BODY.PEEK[])"))
        yield number, next((bytes(part[1]) for part in parts if isinstance(part, tuple)), None)


def taken(box: imaplib.IMAP4, number: bytes, remove: bool) -> None:
    """A mail needs no second look; ``remove``: it is saved here and leaves the mailbox."""
    _ok(box.uid("STORE", number.decode(), "+FLAGS.SILENT", r"(\Seen \Deleted)" if remove else r"(\Seen)"))
    if remove:
        _ok(box.expunge())


def _ok(answer: tuple[str, Any]) -> list[Any]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error("the mailbox refuses")
    return list(answer[1])


# Out ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def carrier(one: Server) -> Iterator[smtplib.SMTP]:
    """The way out, signed in."""
    context = ssl.create_default_context()
    if one.tls:
        line: smtplib.SMTP = smtplib.SMTP_SSL(one.host, one.port, timeout=TIMEOUT, context=context)
    else:
        line = smtplib.SMTP(one.host, one.port, timeout=TIMEOUT)
    try:
        if not one.tls and not one.here:
            line.starttls(context=context)
        if one.user and (not one.here or line.has_extn("auth")):
            line.login(one.user, one.password)
        yield line
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            line.quit()


def send(one: Server, mail: EmailMessage) -> None:
    """Send a mail. Raises SendError."""
    try:
        with carrier(one) as line:
            line.ehlo_or_helo_if_needed()
            line.send_message(mail)
    except Exception as error:
        raise sorted_out(error) from None  # its text may quote an address


def sorted_out(error: Exception) -> SendError:
    """What an error on the way out means for a mail."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SendError(
            "the account is not set up for this", retryable=True, after=SET_UP_WRONG, code="login", pause=True
        )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return _by_code(codes[0] if codes else 550)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code)
    if isinstance(error, ssl.SSLError):
        return SendError("no safe connection", retryable=True, after=SET_UP_WRONG, code="tls", pause=True)
    if isinstance(error, TimeoutError):
        return SendError("the mail server did not answer", retryable=True, code="timeout")
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return SendError("the mail server could not be reached", retryable=True, code="network")
    return SendError("the mail could not be sent", retryable=True, code="error")


def _by_code(code: int) -> SendError:
    if 500 <= code < 600:
        return SendError("the mail server refused the mail", retryable=False, code=str(code))
    return SendError("the mail server asks to wait", retryable=True, code=str(code))
