"""Whoever we call has to show a certificate for the name we called, from somebody we believe, and for today."""

from __future__ import annotations

import ast
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from tests.certificates import Authority
from tests.channels.harness import served
from tests.channels.mailing import Server, mail_server
from tests.security.callers import CALLERS, SECRET

ROOT = Path(__file__).parents[2]
#: The parts of the product that open connections to somebody else, and what there tries each.
OUT = {
    Path("bot/alarm.py"): "alert", Path("bot/channels/email/__init__.py"): "mail_in",
    Path("bot/channels/email/post.py"): "mail_out", Path("bot/channels/notify/client.py"): "notify",
    Path("bot/channels/sms/rest.py"): "twilio", Path("bot/channels/telegram/client.py"): "telegram",
    Path("bot/translator.py"): "translator", Path("bot", "work", "webhooks.py"): "webhook",
    Path("console/oidc.py"): "sign_in",
}  # fmt: skip
#: Those that call nobody else: the scanner, by a line of one's own network; looks at our own address; which proxies
#: there are; a bell of one process.
BESIDES = {
    Path("bot/scanning.py"), Path("bot/cli/check.py"), Path("bot/cli/checkups.py"), Path("bot/inside.py"),
    Path("storage/waking.py"),
}  # fmt: skip
CLIENTS = {
    "apprise", "http.client", "httpx", "imaplib", "notifications_python_client", "requests", "smtplib", "socket", "ssl",
    "telegram.request", "twilio.http", "urllib.request", "urllib3", "ftplib", "poplib", "xmlrpc.client",
}  # fmt: skip
UNVERIFIED = re.compile(
    r"verify *= *False|ssl *= *False|CERT_NONE|CERT_OPTIONAL|_unverified|check_hostname|verify_mode|SSLContext\("
)


@dataclass
class Answering:
    """Whoever answers on https, as far as each client reads it. ``heard``: what was asked, with its heads and body."""

    heard: list[str] = field(default_factory=list)
    address: str = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(f"{request.method} {request.path_qs} {dict(request.headers)} {await request.text()}")
        if "/languages" in request.path:
            return web.json_response([{"code": "en"}, {"code": "cy"}])
        named = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), f"{self.address}/x")
        rest = {"id": "1", "sid": "AC1", "ok": True, "result": [], "translatedText": ["Hello"], "issuer": self.address}
        return web.json_response(rest | named)


@dataclass
class Servers:
    """Every kind of server that is called, with certificates of one kind."""

    https: Answering
    first: Server
    later: Server

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "https": self.https.address,
            "imaps": f"imaps://localhost:{self.first.imap}",
            "smtps": f"smtps://localhost:{self.first.smtp}",
            "imap": f"imap://127.0.0.2:{self.later.imap}",
            "smtp": f"smtp://127.0.0.2:{self.later.smtp}",
        }

    @property
    def heard(self) -> int:
        """How much was said to them: requests, sign-ins and mails."""
        return len(self.https.heard) + sum(
            len(one.sent.mails) + one.box.logins + one.box.tried for one in (self.first, self.later)
        )


@contextmanager
def servers(tls: ssl.SSLContext) -> Iterator[Servers]:
    https = Answering()
    with (
        served(https.application, tls=tls) as (https.address, _),
        mail_server(tls=tls) as first,
        mail_server("127.0.0.2", later=tls) as later,
    ):
        yield Servers(https, first, later)


def called(there: Servers, believed: Path | None) -> dict[str, str]:
    """What became of each call. ``believed``: the file of an authority, named as somebody who runs it would."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    if believed:
        env |= {"SSL_CERT_FILE": str(believed), "REQUESTS_CA_BUNDLE": str(believed)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.callers"], cwd=ROOT, env=env, input=json.dumps(there.addresses),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    assert found.keys() == CALLERS.keys()
    return found


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_whoever_shows_a_right_certificate_is_called(authority: Authority) -> None:
    with servers(authority.context()) as there:
        found = called(there, authority.file)
        assert not {name: why for name, why in found.items() if why}
        asked = "\n".join(there.https.heard)
        for path in ("AC1.json", "/media/one", "/v2/notifications/sms", "/getupdates", "/hook", "/translate", "openid"):
            assert path in asked
        assert SECRET in asked and len(there.first.sent.mails) == 3 and len(there.later.sent.mails) == 1


@pytest.mark.parametrize("wrong", ["nobody believes", "another name", "ended"])
def test_whoever_shows_a_wrong_one_hears_nothing(authority: Authority, tmp_path: Path, wrong: str) -> None:
    """Not one request, sign-in or mail, so no token, password or word either; also where an address asks for it."""
    made = {
        "nobody believes": Authority(tmp_path).context,
        "another name": lambda: authority.context("other.example", "192.0.2.1"),
        "ended": lambda: authority.context(ended=True),
    }
    with servers(made[wrong]()) as there:
        found = called(there, authority.file)
        assert {name for name, why in found.items() if not why} == set() and there.heard == 0


def test_without_the_authority_nobody_of_its_own_is_believed(authority: Authority) -> None:
    with servers(authority.context()) as there:
        assert all(called(there, None).values()) and there.heard == 0


def test_a_mail_server_without_tls_hears_no_password() -> None:
    """What is not on this machine: STARTTLS has to come first."""
    with mail_server("127.0.0.2") as plain, servers_of(plain) as there:
        found = called(there, None)
        assert found["mail_in_starttls"] and found["mail_out_starttls"] and there.heard == 0


def clients(text: str) -> set[str]:
    """The clients that a module uses, as far as its imports and its words tell."""
    found = {"ClientSession"} & set(re.findall(r"\w+", text))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}", *(f"{node.module}.{one.name}" for one in node.names)}
    return {one for one in found if one == "ClientSession" or any(f"{one}.".startswith(f"{it}.") for it in CLIENTS)}


@contextmanager
def servers_of(plain: Server) -> Iterator[Servers]:
    https = Answering()
    with served(https.application) as (https.address, _):
        https.address = "https://localhost:9"
        yield Servers(https, plain, plain)


def test_no_other_part_of_the_product_calls_anybody_and_none_looks_away() -> None:
    """Every client is one of those above; and nowhere is Python told to believe anybody."""
    sources = {
        path.relative_to(ROOT): path.read_text("utf-8")
        for package in ("bot", "casework", "console", "flows", "locales", "storage")
        for path in (ROOT / package).rglob("*.py")
    }
    calling = {name for name, text in sources.items() if clients(text)}
    assert OUT.keys() <= calling and set(OUT.values()) <= CALLERS.keys()
    assert calling - OUT.keys() - BESIDES == set(), "a way out that no test tries with a wrong certificate"
    assert not [name for name, text in sources.items() if UNVERIFIED.search(text)]
