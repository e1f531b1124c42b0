"""Sends alerts to staff by apprise: every way at once, each for itself, none longer than PATIENCE.

An address holds passwords. It is never logged and never part of an error; a failure is a code ("timeout", "404").
"""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bot import inside
from bot.config import PREFIX, BadSettings, Settings
from casework.alerting import TIERS

#: Seconds that one message may take, from the first byte to the last answer.
PATIENCE = 20.0
#: Codes of a failure: it took too long; nobody answered there; they did not take it; the address is of no known kind.
TIMEOUT, NO_CONNECTION, REFUSED, ADDRESS = "timeout", "no_connection", "refused", "address"
#: The address leads into our own network, where only the deployment's settings may lead.
INSIDE = "inside"
#: A part of HEARBACK_ALERT_ROUTES.
_PART = re.compile(r"(?:(?P<organisation>[a-z0-9][a-z0-9-]*)/)?(?P<tier>[a-z]+)=(?P<address>\S+://\S+)")
_CODE = re.compile(r"error=(\d{3})")
#: What apprise is told a file or address by that it reads first; others end in "file".
_READ = frozenset(("template", "pgpkey"))
_PARTED = re.compile(r"[?&;#]")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message over one way. ``trusted``: the deployment's own settings name the address, not a page."""

    address: str = field(repr=False)
    title: str
    body: str
    trusted: bool = False


def send(letters: Sequence[Letter], patience: float = PATIENCE, *, allowed: Collection[str] | None = None) -> list[str]:
    """Send all of them at once; for each "" when it was taken, or a code of why not. Never raises. Blocking.

    allowed  hosts and networks inside our own network that those not ``trusted`` may lead to; None: anywhere
    """
    found: list[str] = [TIMEOUT] * len(letters)
    threads = [
        threading.Thread(target=_post, args=(letter, found, place, allowed), name="alarm", daemon=True)
        for place, letter in enumerate(letters)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return list(found)  # whoever comes later changes nothing any more


def known(address: str) -> bool:
    """Whether apprise knows this kind of address, and it is whole."""
    return _plugin(address) is not None


def send_one(address: str, title: str, body: str, *, allowed: Collection[str] | None = None) -> str:
    """Send one message: "" when it was taken, or a code of why not. Blocking."""
    return send([Letter(address, title, body)], allowed=allowed)[0]


def leads_inside(address: str, allowed: Collection[str]) -> bool:
    """Whether an address of the console leads into our own network, by name or by number, or to a file of ours.

    Some kinds fill a template or read a key, from a file of this machine or from any address, and send what stands in
    it on: who may do that decides in the settings. Looks names up; what they lead to when they are called is looked at
    then (``bot.inside``). Blocking.
    """
    try:
        plugin, given = _plugin(address), _given(address)
        hosts = {urlsplit(address).hostname or "", *(_host(value) for _, value in given)}
    except ValueError:
        return True  # what cannot be read is not sent anywhere
    if any(name in _READ or name.endswith("file") for name, _ in given):
        return True
    hosts |= {_host(str(getattr(plugin, name, "") or "")) for name in ("host", "smtp_host", "server", "gateway")}
    return any(_inside(host, allowed) for host in hosts if host)


def _given(address: str) -> list[tuple[str, str]]:
    """What stands after the question mark, parted wherever apprise or a browser would part it."""
    pairs = (pair.partition("=") for pair in _PARTED.split(address.partition("?")[2]))
    return [(unquote(name).strip().lower().lstrip("+-:"), unquote(value).strip()) for name, _, value in pairs]


def _host(value: str) -> str:
    """The host of a whole address; itself for anything else, which may be a host."""
    return urlsplit(value).hostname or "" if "://" in value else value


def _inside(host: str, allowed: Collection[str]) -> bool:
    host = inside.bare(host)
    if host in map(inside.bare, allowed):
        return False
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False  # a token or a name that nobody answers to: nothing is sent there
    return any(inside.leads_in(one, inside.networks(allowed)) for one in found)


def known_kind(address: str) -> str:
    """What a whole address begins with; "" for one that apprise does not know."""
    return kind(address) if known(address) else ""


def kind(address: str) -> str:
    """What an address begins with, which is no secret: "mailtos", "tgram"."""
    return address.partition("://")[0]


def _plugin(address: str) -> object:
    import apprise

    _listen()
    asset = apprise.AppriseAsset(
        app_id="Hearback", app_desc="Hearback", app_url="", image_url_mask="", http_redirects=False
    )  # nobody sends us on to another host than the one that was looked at
    try:
        plugin: object = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    except Exception:
        return None  # a plugin that stumbles over an address does not know it
    if plugin is not None:
        plugin.verify_certificate = True  # type: ignore[attr-defined]  # whatever an address asks for: "?verify=no"
    return plugin


def _post(letter: Letter, found: list[str], place: int, allowed: Collection[str] | None) -> None:
    _codes.pop(threading.get_ident(), None)
    try:
        if allowed is None or letter.trusted:
            found[place] = _notified(letter)
        elif leads_inside(letter.address, allowed):
            found[place] = INSIDE
        else:
            with inside.outside_only(allowed) as watch:
                code = _notified(letter)
            found[place] = INSIDE if code and watch.refused else code
    except Exception as error:
        found[place] = type(error).__name__
    finally:
        _codes.pop(threading.get_ident(), None)


def _notified(letter: Letter) -> str:
    plugin = _plugin(letter.address)
    if plugin is None:
        return ADDRESS
    if plugin.notify(title=letter.title, body=letter.body):  # type: ignore[attr-defined]  # apprise has no types
        return ""
    return _codes.get(threading.get_ident(), REFUSED)


#: Thread -> the code that apprise has said last in it; its sentences stay unsaid, they may hold addresses.
_codes: dict[int, str] = {}


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if found := _CODE.search(text):
            _codes[threading.get_ident()] = found[1]
        elif "onnection error" in text:
            _codes[threading.get_ident()] = NO_CONNECTION


def _listen() -> None:
    logger = logging.getLogger("apprise")
    if not any(isinstance(one, _Listener) for one in logger.handlers):
        logger.addHandler(_Listener())
        logger.propagate = False


# Settings ---------------------------------------------------------------------------------------


def given(settings: Settings, organisations: Collection[str]) -> Mapping[str, list[tuple[str, str, str]]]:
    """Organisation -> (role, label, address) of HEARBACK_ALERT_ROUTES. Raises BadSettings, which repeats no address."""
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in organisations}
    name = f"{PREFIX}ALERT_ROUTES"
    for place, part in enumerate(settings.alert_routes.get_secret_value().split(), 1):
        read = _PART.fullmatch(part)
        if read is None or read["tier"] not in TIERS:
            raise BadSettings(
                f"{name}, part {place}: write ROLE=ADDRESS or ORGANISATION/ROLE=ADDRESS, the role being one of "
                f"{', '.join(TIERS)}; for example dudley/duty=mailtos://… (docs/alerts.md)."
            )
        if not known(read["address"]):
            raise BadSettings(
                f"{name}, part {place}: apprise does not know an address that begins with {kind(read['address'])}:// "
                "and goes on like this; docs/alerts.md shows some."
            )
        if read["organisation"] and read["organisation"] not in found:
            raise BadSettings(
                f"{name}, part {place}: {read['organisation']!r} is not served. There are: {', '.join(found)}."
            )
        for organisation in (read["organisation"],) if read["organisation"] else found:
            found[organisation].append((read["tier"], f"{name} {place}", read["address"]))
    return found
