"""E-mail both ways, against a mail server of our own on this machine."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest

import bot.channels.email as channel
from bot.channels.contract import Occasion
from bot.channels.email import letter
from bot.channels.email.quoting import MARK, plain, written
from flows.message import Message
from tests.channels.harness import Running, hearback, same_record
from tests.channels.mailing import OURS, PERSON, Server, answer, mail, mail_server

ANSWERS = (
    "Nobody from the team has rung me back for three weeks", "3", "1", "2", "1", "I have left six messages",
    "thats all", "last Tuesday", "1 3", "I want someone to ring me", "1", "1", "1", "2", "1",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    with mail_server() as made:
        yield made


@pytest.fixture
def running(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(channel, "EVERY", 0.02)
    monkeypatch.setattr(channel, "LATE", 0.02)
    with hearback(tmp_path, [server.account(name="Dudley, speak up")], monkeypatch) as made:
        yield made


def until(true: Callable[[], object], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


def say(running: Running, server: Server, one: EmailMessage) -> EmailMessage:
    """Send a mail; our last answer to it."""
    before = len(server.sent.mails)
    number = server.box.put(one)
    until(lambda: number not in server.box.mails and len(server.sent.mails) > before)
    running.quiet()
    return server.sent.mails[-1]


def text_of(one: EmailMessage) -> str:
    body = one.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_whole_complaint_in_one_thread(running: Running, server: Server) -> None:
    first, *rest = ANSWERS
    begun = mail(first)
    last = say(running, server, begun)
    for text in rest:
        last = say(running, server, answer(last, text))
    (case,) = running.cases()
    assert (case["complete"], case["channel"], case["language"]) == (True, "email", "en")
    assert any(case["reference"] in text_of(one) for one in server.sent.mails)
    same_record(case, running.by_web("dudley", ANSWERS, "en"))
    heads = {(str(one["Subject"]), one["To"], one["References"]) for one in server.sent.mails}
    assert heads == {("There is a message for you.", PERSON, begun["Message-ID"])}
    assert all(one["Auto-Submitted"] == "auto-replied" for one in server.sent.mails)
    assert not server.box.mails, "what is saved here leaves the mailbox"


def test_a_thread_is_one_person_and_another_thread_another(running: Running, server: Server) -> None:
    ours = say(running, server, mail("The cook is kind to everybody here."))
    say(running, server, mail("Something else altogether is wrong at school."))
    say(running, server, answer(ours, "1"))
    assert len(running.rows("SELECT id FROM talk")) == 2


def test_nobody_joins_a_thread_who_has_not_had_our_mail(running: Running, server: Server) -> None:
    begun = mail("The cook is kind to everybody here.")
    ours = say(running, server, begun)
    forged = mail("1", References=f"{begun['Message-ID']} <hearback.1.0.{'0' * 32}@dudley.example>")
    say(running, server, forged)
    other = answer(ours, "1", sender="somebody@else.example")
    say(running, server, other)
    assert len(running.rows("SELECT id FROM talk")) == 3


def test_machines_get_no_answer(running: Running, server: Server) -> None:
    heads: list[dict[str, str]] = [
        {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"},
        {"List_Id": "<news.example>"}, {"X_Autoreply": "yes"},
    ]  # fmt: skip
    numbers = [server.box.put(mail("I am out of office.", **one)) for one in heads]
    until(lambda: all(r"\Seen" in server.box.mails[number][1] for number in numbers))
    assert running.counts["email", "nobody to answer"] == len(heads)
    assert not server.sent.mails and not running.rows("SELECT id FROM talk")


def test_our_own_mail_and_what_is_no_mail_is_left_alone(running: Running, server: Server) -> None:
    for content in (mail("Hello", sender=OURS), b"", b"\xff\xfe nonsense", mail("x", sender="jo")):
        number = server.box.put(content)
        until(lambda: r"\Seen" in server.box.mails[number][1])  # noqa: B023 - called at once
    assert not running.rows("SELECT id FROM talk") and not server.sent.mails


def test_files_come_with_it(running: Running, server: Server) -> None:
    one = mail("My room is mouldy and nobody does anything about it at all.")
    one.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 64, maintype="image", subtype="png", filename="wall.png")
    one.add_attachment(b"MZ\x90\x00" + b"0" * 64, maintype="application", subtype="exe", filename="x.exe")
    say(running, server, one)
    assert [row["kind"] for row in running.rows("SELECT kind FROM media")] == ["image"]
    assert running.counts["email", "file refused"] == 1 and "file_lost" in running.tasks()


def test_what_cannot_be_saved_stays_in_the_mailbox(running: Running, server: Server) -> None:
    file = Path(running.store.database.url.removeprefix("sqlite:///"))
    away = file.with_suffix(".away")
    file.rename(away)
    number = server.box.put(mail("The cook is kind to everybody here."))
    until(lambda: running.counts["email", "not saved"])
    assert server.box.mails[number][1] == set()
    away.rename(file)
    until(lambda: number not in server.box.mails)
    running.quiet()
    assert len(running.rows("SELECT id FROM talk")) == 1 and server.sent.mails


def test_the_same_mail_twice_is_taken_once(running: Running, server: Server) -> None:
    one = mail("The cook is kind to everybody here.")
    say(running, server, one)
    count = len(server.sent.mails)
    number = server.box.put(one)
    until(lambda: number not in server.box.mails)
    running.quiet()
    assert len(server.sent.mails) == count and len(running.rows("SELECT id FROM inbound")) == 1


def test_what_the_server_refuses_is_tried_again_or_given_up(running: Running, server: Server) -> None:
    server.sent.refuse = ["451 later"]
    ours = say(running, server, mail("The cook is kind to everybody here."))
    assert running.counts["email", "again: 451"] == 1
    server.sent.refuse = ["550 nobody of this name"]
    number = server.box.put(answer(ours, "1"))
    until(lambda: number not in server.box.mails and running.counts["email", "given up: 550"])
    running.quiet()
    assert running.tasks() == ["undelivered"]


def test_a_mail_that_comes_back_is_a_task(running: Running, server: Server) -> None:
    ours = say(running, server, mail("The cook is kind to everybody here."))
    report = (
        "From: MAILER-DAEMON@home.example\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; jo\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {ours['Message-ID']}\r\n\r\n--x--\r\n"
    )
    server.box.put(report.encode())
    until(lambda: running.counts["email", "undelivered: 5.1.1"])
    assert running.tasks() == ["undelivered"]


def test_nothing_of_a_mail_is_in_the_log(running: Running, server: Server) -> None:
    say(running, server, mail("Zephyrine Quibblethorpe shouts at me in the kitchen all the time."))
    said = running.log.getvalue()
    assert "Zephyrine" not in said and "jo@home" not in said


def test_check_says_what_is_wrong(running: Running, server: Server) -> None:
    from bot.config import Settings
    from bot.endpoints import house, opened

    settings = Settings(_env_file=None)
    kept = house(settings, {}, running.clock, running.store)
    fine, wrong = opened([server.account(), server.account(password="nonsense")], kept)
    found = running.looping.do(fine.check())
    assert [how for how, _ in found] == ["ok", "ok"]
    assert running.looping.do(wrong.check())[0][0] == "wrong"
    for bad in ({"smtp": ""}, {"imap": "https://x"}, {"after": "burn"}, {"address": "nobody"}):
        with pytest.raises(Exception, match="e-mail endpoint"):
            opened([server.account(**bad)], kept)


# Pure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mail_text",
    [
        "Two words\n\nOn Mon, 23 Nov 2026 at 10:12, Dudley <talk@dudley.example> wrote:\n> — — —\n>\n> 1. Yes\n",
        "Two words\n\nDnia 23 listopada 2026 10:12 Dudley\n<talk@dudley.example> napisał(a):\n\n> — — —\n> 1. Tak\n",
        "Two words\r\n\r\n-----Original Message-----\r\nFrom: D\r\nSent: 1\r\nTo: J\r\nSubject: x\r\n\r\n— — —\r\n1",
        "Two words\n\n________________________________\nFrom: D\nSent: Monday\nTo: J\nSubject: x\n\n— — —\n1. Yes",
        "Two words\n\nFrom: Dudley <talk@dudley.example>\nSent: 23 May 2026\nTo: J\nSubject: x\n\n— — —\n\n1. Yes\n",
        "On Mon, 23 Nov 2026, Dudley wrote:\n> — — —\n> What?\n\nTwo words\n",
        "Two words\n\nفي ٢٣ نوفمبر، كتب Dudley:\n\n> — — —\n",
        "Two words",
    ],
)
def test_what_is_quoted_is_left_out(mail_text: str) -> None:
    assert written(mail_text) == "Two words"


@pytest.mark.parametrize(
    "mail_text",
    [
        "He said this:\n\nyou are useless", "The times: 10:30, 11:30 and 12:30 on 3 May:\nall late", "> my own arrow",
        "1. first\n2. second", "Note: I wrote to her at 10: nothing.", "a\n\n--\nJo",
    ],
)  # fmt: skip
def test_what_they_wrote_is_kept(mail_text: str) -> None:
    assert written(mail_text) == mail_text


def test_a_page_is_read_as_text() -> None:
    page = "<style>x{}</style><div>Two</div><p>words &amp;<br>more</p><blockquote>— — — quoted</blockquote>"
    assert plain(page).split() == ["Two", "words", "&", "more"]
    assert plain("<blockquote>only this</blockquote>") == "only this"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<!--[if mso]><style>a > b {}</style><![endif]--><p>Two words</p>", "Two words"),
        ("<script>if (a < b) '<style>'</script><p title='a > b'>Two words", "Two words"),
        ("<p>I <3 you, 1 < 2 & a &lt; b <!-- and more", "I <3 you, 1 < 2 & a < b <!-- and more"),
        ('<p class="never ends>Two words</p>', "Two words"),
        ("<p>One\n  two\u00a0 <b> </b> <br/> three</P>\n\n<table><tr><td>four", "One two\u00a0\nthree\n\nfour"),
        ("<head><title>x</title></head><p>&#x41;&#66;&#" + "9" * 5000 + ";", "&#x41;&#66;&#" + "9" * 5000 + ";"),
    ],
)
def test_a_page_that_is_odd_is_read_all_the_same(page: str, text: str) -> None:
    assert plain(page) == text


#: Each is repeated until the mail is as long as one may be sent with a few pictures.
LONG = {
    "text/html": ("<b> </b>", "<a ", "<a '\"", "<!--", "<style><", " \n"),
    "text/plain": ("y:\n>\n", " ", "--\n"),
}


@pytest.mark.parametrize(("kind", "piece"), [(kind, piece) for kind, pieces in LONG.items() for piece in pieces])
def test_a_mail_of_five_megabytes_takes_a_moment(kind: str, piece: str) -> None:
    body = f"Two words <br>\n{piece * (5_000_000 // len(piece))}".encode()
    head = f"From: {PERSON}\nMessage-ID: <a@b.c>\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
    raw = head.encode() + base64.b64encode(body)
    begun = time.process_time()
    found = letter.read(raw, OURS, lambda *_: b"x" * 16)
    assert time.process_time() - begun < 2, "it took as long as its length times its length"
    assert isinstance(found, letter.Letter) and found.text.startswith("Two words")


@pytest.mark.parametrize(
    "head",
    [
        "From: " + '"' * 1_000_000, "From: " + "a " * 500_000, "Content-Type: text/plain; " + "a=b; " * 200_000,
        "Content-Type: text/plain; charset=punycode", "References: " + "<a@b.c> " * 100_000, "X: y\n" * 50_000 + "X: y",
        "Content-Type: multipart/mixed; boundary=x\n\n" + "--x\n\n\n" * 200_000, "\n" * 5_000_000,
        "".join(f"Content-Type: multipart/mixed; boundary=x{n}\n\n--x{n}\n" for n in range(400)) + " \n" * 500_000,
    ],
)  # fmt: skip
def test_a_head_that_is_made_to_take_long_does_not(head: str) -> None:
    raw = f"Message-ID: <a@b.c>\nTo: {OURS}\n{head}\n\n{'a-b' * 300_000}".encode()
    if not head.startswith("From"):
        raw = f"From: {PERSON}\n".encode() + raw
    begun = time.process_time()
    with suppress(ValueError):
        letter.read(raw, OURS, lambda *_: b"x" * 16)
    assert time.process_time() - begun < 2


def test_a_locked_screen_shows_nothing_of_it() -> None:
    message = Message(("The taxi is paid.",), "cy")
    (private,) = letter.render(message, Occasion(private=True))
    assert private.startswith("Mae neges i chi.") and private.index("taxi") > 200
    (usual,) = letter.render(message, Occasion())
    assert usual.startswith(MARK) and letter.subject("cy") == "Mae neges i chi."
