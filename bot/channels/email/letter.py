"""A mail as it comes in and as it goes out. Pure: no mailbox, no clock.

A person's thread is who they are here: the mail they began it with, and their address. An answer belongs to it when
it names a mail of ours, whose id holds a keyed hash of both: nobody who has not had our mail can join in.
"""

from __future__ import annotations

import codecs
import contextlib
import email
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

import locales
from bot.channels.contract import Occasion
from bot.channels.email.quoting import MARK, plain, written
from flows.message import Message
from flows.steps import N_

#: The whole subject of every mail, and the first words that a locked screen may show.
SUBJECT = N_("There is a message for you.")
#: What mail programs show beside the subject is filled up, so that nothing of what is written shows.
COVER = "\u00a0\u200c" * 120
#: Characters of a mail of theirs, files of one.
MOST_TEXT, MOST_FILES = 50_000, 10
LIMITS: Mapping[str, int] = {"characters": 100_000}
#: Characters of a text, and of a page, that are looked at at all: what is quoted is not counted yet.
MOST_READ, MOST_PAGE = 10 * MOST_TEXT, 20 * MOST_TEXT
#: Characters of one entry of a mail's head, of one that names the mails before, and of a report that one came back.
MOST_HEAD, MOST_BEFORE, MOST_REPORT = 2_000, 16_000, 1_000_000
#: Lines, borders of parts, and parts within parts of a mail. No program of a person comes near, and more takes long.
MOST_LINES, MOST_BORDERS, MOST_WITHIN = 1_000_000, 1_000, 100
#: Media types that are letters, not files.
_TEXTS = ("text/plain", "text/html")
#: Not believed of a mail: what is none of it is UTF-8 nearly always, and the names of machines take long to read.
_NO_TEXT = ("ascii", "punycode", "idna")
_BEFORE = ("references", "in-reply-to")
_SAYS = ("Auto-Submitted", "Precedence", "Return-Path")
_ID = re.compile(r"<[^<>\s]{1,400}>")
#: Of a mail of ours: the row of the outbox, the part, and whose thread it is in.
_OURS = re.compile(r"<hearback\.(\d{1,19})\.(\d{1,3})\.([0-9a-f]{32})@[^<>\s]+>")
#: The same in the words of a mail, for a carrier that makes up ids of its own: the thread's short id, and its key.
_NAMED = re.compile(r"\[#([0-9a-f]{16})\.([0-9a-f]{32})\]")
#: In a report that a mail did not arrive.
_FAILED = re.compile(r"(?im)^Action:[ \t]*+failed")
_STATUS = re.compile(r"(?im)^Status:[ \t]*+(\d\.\d{1,3}\.\d{1,3})")

Hashed = Callable[..., bytes]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that somebody wrote.

    number  its own id, or a hash of it all where it has none
    sender  address and id of the mail that began the thread, with a space between: who they are here
    files   (name, media type, content)
    lost    files that were too many
    """

    number: str
    sender: str
    text: str
    files: tuple[tuple[str, str, bytes], ...] = ()
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours did not arrive: the row of the outbox, and a code like "5.1.1"."""

    row: int
    code: str


class _Cut(EmailPolicy):
    """Reads no entry of a head further than MOST_HEAD: the library's time grows with the square of its length."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(list(sourcelines))
        return name, value[: MOST_BEFORE if name.lower() in _BEFORE else MOST_HEAD]


_POLICY = _Cut()


def read(raw: bytes, address: str, hashed: Hashed, *, named: bool = False) -> Letter | Bounce | None:
    """What a mail is; None for what no person wrote to us. ValueError when it cannot be read.

    address  ours
    named    our mails carry ids of their carrier: a thread has a short id of its own (``name``)
    """
    if raw.count(b"\n") > MOST_LINES or raw.count(b"\n--") > MOST_BORDERS or raw.count(b"ultipart/") > MOST_WITHIN:
        raise ValueError("this mail has more parts than any that a person sends")
    try:
        mail = email.message_from_bytes(raw, policy=_POLICY)
        if not isinstance(mail, EmailMessage):
            raise ValueError("no mail")
        if mail.get_content_type() == "multipart/report":
            return _bounce(mail, raw)
        sender = parseaddr(str(mail.get("From", "")))[1].casefold()
        if sender == address.casefold() or not _reachable(sender) or _automatic(mail, sender):
            return None
        number = _first(str(mail.get("Message-ID", ""))) or f"<{hashlib.sha256(raw).hexdigest()}@none>"
        text, page = _text(mail)[:MOST_READ], ""
        if not text:
            page = _cut(_text(mail, "html"))
        begun = _thread(mail, text or page, sender, hashed) or (short(number) if named else number)
        files = list(_files(mail))
        said = written(text or plain(page)[:MOST_READ])[:MOST_TEXT]
        return Letter(number, f"{sender} {begun}", said, tuple(files[:MOST_FILES]), max(0, len(files) - MOST_FILES))
    except (LookupError, AttributeError, TypeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"this mail cannot be read: {type(error).__name__}") from None


def _reachable(sender: str) -> bool:
    """Whether it is an address that can be answered."""
    try:
        return "@" in sender and sender.isascii() and " " not in sender and bool(Address(addr_spec=sender).domain)
    except (ValueError, MessageError):
        return False


def _automatic(mail: EmailMessage, sender: str) -> bool:
    """Whether a machine sent it: nobody answers a machine (RFC 3834)."""
    told = {name: str(mail.get(name, "")).strip().casefold() for name in _SAYS}
    return (
        told["Auto-Submitted"] not in ("", "no")
        or told["Precedence"] in ("bulk", "junk", "list", "auto_reply")
        or told["Return-Path"] == "<>"
        or any(name in mail for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Response"))
        or sender.partition("@")[0] in ("mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply")
    )


def _thread(mail: EmailMessage, text: str, sender: str, hashed: Hashed) -> str:
    """The id of the mail that began the thread, "" for a new one."""
    given = _ID.findall(f"{mail.get('References', '')} {mail.get('In-Reply-To', '')}")[:200]
    keys = {found[3] for one in given if (found := _OURS.fullmatch(one))}
    said = {f"<{one}>": mark for one, mark in _NAMED.findall(text)[:20]}
    by_id = (one for one in given if keys and key(hashed, sender, one) in keys)
    return next(by_id, "") or next((one for one, mark in said.items() if key(hashed, sender, one) == mark), "")


def short(number: str) -> str:
    """The short id of the thread that a mail begins."""
    return f"<{hashlib.sha256(number.encode()).hexdigest()[:16]}>"


def name(hashed: Hashed, to: str) -> str:
    """What names a thread in the words of a mail: ``to`` as ``Letter.sender`` with a short id."""
    sender, _, begun = to.partition(" ")
    return f"[#{begun.strip('<>')}.{key(hashed, sender, begun)}]"


def key(hashed: Hashed, sender: str, begun: str) -> str:
    """What shows that somebody has had a mail of ours in this thread."""
    return hashed("mail.thread", sender, begun).hex()


def _first(text: str) -> str:
    found = _ID.search(text)
    return found[0] if found else ""


def _text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    content = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(content, bytes):
        return ""
    content, name = content[: 4 * MOST_PAGE], part.get_content_charset() or "ascii"
    with contextlib.suppress(LookupError, ValueError):
        if (codec := codecs.lookup(name).name) not in _NO_TEXT:
            return content.decode(codec, "replace").replace("\0", "")
    return content.decode("utf-8", "replace").replace("\0", "")


def _cut(page: str) -> str:
    """As much of a page as is read, without a tag that the cut goes through."""
    if len(page) <= MOST_PAGE:
        return page
    whole, found, last = page[:MOST_PAGE].rpartition("<")
    return whole if found and ">" not in last else page[:MOST_PAGE]


def _files(mail: EmailMessage) -> Iterator[tuple[str, str, bytes]]:
    for part in mail.walk():
        if part.is_multipart():
            continue
        name = part.get_filename() or ""
        attached = part.get_content_disposition() == "attachment"
        if not attached and (part.get_content_type() in _TEXTS or not name):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            yield name[:200], part.get_content_type(), content


def _bounce(mail: EmailMessage, raw: bytes) -> Bounce | None:
    """A report that a mail of ours did not arrive; None for one of anything else, or of a delay."""
    said = raw[:MOST_REPORT].decode("utf-8", "replace")
    failed = _FAILED.search(said)
    ours = _OURS.search(said)
    if str(mail.get_param("report-type", "")) != "delivery-status" or not failed or not ours:
        return None
    status = _STATUS.search(said)
    return Bounce(int(ours[1]), status[1] if status else "failed")


# Out ----------------------------------------------------------------------------------------------


def render(message: Message, occasion: Occasion) -> tuple[str, ...]:
    """One mail: what is said, the question last, its choices numbered; ``MARK`` in front for the way back."""
    paragraphs = list(message.lines)
    if message.more:
        paragraphs.insert(len(paragraphs) - 1, message.more)
    if message.choices:
        paragraphs.append("\n".join(f"{number}. {one.label}" for number, one in enumerate(message.choices, 1)))
    before = [f"{subject(message.language)}{COVER}"] if occasion.private else []
    return ("\n\n".join([*before, MARK, *paragraphs]) + "\n",)


def subject(language: str) -> str:
    """The subject in a language."""
    return locales.translator(language or locales.SOURCE)("", SUBJECT)


def made(
    text: str, to: str, ours: str, language: str, row: int, part: int, hashed: Hashed, at: datetime
) -> EmailMessage:
    """The mail to a person ``to`` (a ``Letter.sender``), in their thread; ``ours`` is our address with its name."""
    address, _, begun = to.partition(" ")
    name, own = parseaddr(ours)
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = Address(name, addr_spec=own)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = subject(language)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<hearback.{row}.{part}.{key(hashed, address, begun)}@{own.partition('@')[2]}>"
    mail["In-Reply-To"] = mail["References"] = begun
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    if language:
        mail["Content-Language"] = language
    mail.set_content(text, charset="utf-8", cte="base64")
    return mail
