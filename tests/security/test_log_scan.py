"""Names that are planted by e-mail, by GOV.UK Notify and by staff at the console never come to the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bot.channels.email as by_mail
from bot.app import staff_site
from bot.config import load
from bot.deployment import profiles
from tests.channels import test_notify as notify
from tests.channels.harness import Running, hearback, served
from tests.channels.mailing import Server, mail, mail_server
from tests.channels.test_notify import Notify
from tests.console.conftest import PASSWORD, House

NAME, PLACE, NUMBER, MAIL = "Zebedee Quillfeather", "Peppercorn Lane", "447700900987", "marigold@home.example"
PLANTED = ("Zebedee", "Quillfeather", "quillfeather", "Peppercorn", "900987", "07700 900", "arigold", PASSWORD)


@pytest.fixture(scope="module")
def post() -> Iterator[Server]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
def provider() -> Notify:
    return Notify()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, post: Server, provider: Notify) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("logs")
    with pytest.MonkeyPatch.context() as patch, served(provider.application) as (url, _):
        patch.setattr(by_mail, "EVERY", 0.02)
        patch.setattr(by_mail, "LATE", 0.02)
        with hearback(folder, [post.account(), notify.account()], patch, notify_url=url) as made:
            yield made


@pytest.fixture(scope="module")
def house(running: Running) -> House:
    """The console of the same server."""
    settings = load(base_url=running.url, organisations="dudley")
    return House(running.url, running.store, running.clock, staff_site(settings, profiles(settings), running.store))


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


def nobody_in(running: Running, *more: str) -> None:
    """Nothing that was planted is in the log, which does say something."""
    log = running.log.getvalue()
    assert log and not [planted for planted in (*PLANTED, *more) if planted in log]


def test_by_mail(running: Running, post: Server) -> None:
    post.sent.refuse = ["550 5.1.1 <marigold@home.example> Zebedee is unknown", "451 Zebedee, later"]
    sender = f"{NAME} <{MAIL}>"
    for text in (f"{NAME} of {PLACE} hits me. Ring {NUMBER}", f"I am {NAME}, and nobody from {PLACE} comes."):
        one = mail(text, sender, Reply_To=sender, List_Owner=NAME)
        one.replace_header("Subject", f"{NAME} at {PLACE}")
        one.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 64, maintype="image", subtype="png", filename=f"{NAME}.png")
        post.box.put(one)
    broken = (
        f"From: {NAME}\r\nSubject: =?x-zebedee?b?Zebedee?=\r\nContent-Type: text/Zebedee; charset=Zebedee\r\n\r\n\xff"
    )
    post.box.put(broken.encode("latin-1"))
    post.box.put(mail(f"{NAME} is out.", sender, Auto_Submitted="auto-replied"))
    until(lambda: all(r"\Seen" in flags for _, flags in list(post.box.mails.values())))
    until(lambda: not post.sent.refuse)
    running.quiet()
    assert len(running.rows("SELECT id FROM talk WHERE channel = 'email'")) == 2
    nobody_in(running)


def test_by_notify(running: Running, provider: Notify) -> None:
    provider.next = [(500, f"{NAME} {NUMBER}"), (400, f"{NAME} is no number")]
    for text in (f"{NAME} hits me", f"come to {PLACE}, 07700 900 987"):
        notify.say(running, text, NUMBER)
    body = {"id": notify.uuid(), "source_number": NUMBER, "message": NAME}
    assert notify.call(running, "", body, token=f"{NAME}-{PLACE}") == 403
    for bad in ({"message": NAME}, [NAME], NAME, {"id": NAME, "source_number": f"{NUMBER}x", "message": 3}):
        assert notify.call(running, "", bad) == 400
    assert notify.call(running, "/status", {"reference": NAME, "status": PLACE}) == 400
    nobody_in(running)


def test_by_staff_at_the_console(running: Running, house: House) -> None:
    login = "zebedee.quillfeather@home.example"
    desk = house.person("dudley", "complaints", "administrator")
    added = {"login": login, "name": NAME, "also": f"Zeb {PLACE}", "roles": "officer"}
    assert desk.post("/staff/settings/staff/add", added).status_code == 200
    stranger = house.browser()
    stranger.post("/staff/sign-in", {"login": login, "password": PASSWORD}, token=stranger.token("/staff/sign-in"))
    for path in (f"/staff/records?q={NAME}", f"/staff/record/{NAME}", f"/staff/nothing/{PLACE}?name={NAME}"):
        desk.get(path)
    desk.post("/staff/settings/campaigns/add", {"name": NAME, "code": "quillfeather"})
    desk.post(f"/staff/settings/campaigns/{NAME}/change", {"name": PLACE}, token=NAME)
    token = desk.token()
    file = Path(house.store.database.url.removeprefix("sqlite:///"))
    with house.database_gone():
        answer = desk.post("/staff/settings/staff/add", added | {"login": f"other.{login}"}, token=token)
    assert answer.status_code >= 500 and file.exists()
    nobody_in(running, desk.cookie("staff"), token)
