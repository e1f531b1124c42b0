"""What Twilio keeps of a message is emptied, by its own client: once we hold it, and at once after an erasure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from bot import endpoints, jobs
from bot.channels.contract import redact_after
from bot.channels.sms.emptying import LONGEST
from bot.cli.check import report
from bot.config import Settings
from bot.work import redacting
from bot.work.redacting import LOUD, TRIES, Emptier
from storage import models, models_clocks, rights_erasing
from storage.models import table
from tests.channels import test_notify as notify
from tests.channels.harness import Running, hearback, served
from tests.channels.test_sms_media import PNG, TO_THE_STORY
from tests.channels.twilio import NUMBER, SID, TOKEN, Phone, Twilio, account

JOB, TALK = table(models_clocks.Job), table(models.Talk)
#: What the number of these tests says: nobody's talk is woken in the meantime, as it would be after a day.
HOUR = timedelta(hours=1)
MINE = account(redact="1")


class Ours:
    """A server, its provider, and its numbers a second time: the work is done where a test says so."""

    def __init__(self, running: Running, twilio: Twilio, provider: str) -> None:
        self.running, self.twilio, self.provider = running, twilio, provider
        self.kinds = Emptier(self.opened(MINE)).kinds
        self.people = 0

    def opened(self, *accounts: endpoints.Account) -> tuple[endpoints.Endpoint, ...]:
        settings = Settings(_env_file=None, twilio_url=self.provider)
        return endpoints.opened(accounts, endpoints.house(settings, {}, self.running.clock, None))

    def phone(self, kind: str = "") -> Phone:
        self.people += 1
        return Phone(self.running, self.twilio, f"{kind}+4477009001{self.people:02}")

    def planned(self) -> dict[str, int]:
        """The provider's id of a message -> how often it was tried."""
        rows = self.running.rows("SELECT key, attempts FROM job WHERE kind = 'redact'")
        return {row["key"].split(":")[2]: row["attempts"] for row in rows}

    def work(self, later: timedelta = timedelta()) -> None:
        """Do what is due, this much later."""
        self.running.clock.ahead += later
        jobs.work_due(self.running.store, self.running.clock, self.kinds)

    def kept(self, phone: Phone) -> list[str]:
        """What the provider still has of somebody's words and of ours to them."""
        ours = {text.sid for text in self.twilio.texts if text.to == phone.number}
        return [kept.body for sid, kept in self.twilio.kept.items() if kept.body and (sid in ours or kept.body in SAID)]


SAID = ("Zebedee is always late", "look at this", "come back")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    twilio = Twilio()
    with pytest.MonkeyPatch.context() as patch, served(twilio.application) as (url, _):
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        patch.setattr(redacting, "AT_ONCE", 0)  # the server's own loop looks and does nothing: a test says when
        with hearback(tmp_path_factory.mktemp("redacting"), [MINE], patch, twilio_url=url) as running:
            yield Ours(running, twilio, url)
            assert not twilio.wrong


@pytest.fixture(autouse=True)
def _afresh(ours: Ours) -> Iterator[None]:
    yield
    ours.running.quiet()
    store, gone = ours.running.store, delete(JOB).where(JOB.c.kind == "redact")
    for row in ours.running.rows("SELECT id FROM talk WHERE revoked_at IS NULL"):
        store.writer.erase(row["id"]).result(10)
    store.writer.write(lambda db: db.connection().execute(gone)).result(10)
    for held in (ours.twilio.keeping, ours.twilio.kept, ours.twilio.asked):
        held.clear()


def test_what_is_saved_and_sent_is_emptied_in_its_time_and_its_files_deleted(ours: Ours) -> None:
    ours.twilio.media["one"] = PNG
    phone = ours.phone("whatsapp:")
    phone.say("Zebedee is always late")
    phone.send("look at this", NumMedia="1", MediaUrl0=f"{ours.provider}/media/one")
    ours.running.quiet()
    held = ours.planned()
    assert set(held) == set(ours.twilio.kept), "every text of theirs and every part of ours, and nothing twice"
    ours.work(HOUR - timedelta(minutes=1))
    assert ours.planned() == held and not ours.twilio.asked
    ours.work(timedelta(minutes=2))
    assert not ours.planned() and sorted(ours.twilio.asked) == sorted(held)
    assert not ours.kept(phone) and not any(kept.files for kept in ours.twilio.kept.values())
    log = ours.running.log.getvalue()
    assert "Zebedee" not in log and phone.number.partition("+")[2] not in log


@pytest.mark.parametrize("what", [(400, 20009), (401, 20003), "reset", "nonsense", "empty"])
def test_what_the_provider_does_not_empty_yet_is_asked_for_again(ours: Ours, what: object) -> None:
    phone = ours.phone()
    phone.send("Zebedee is always late")
    ours.running.quiet()
    many = len(ours.planned())
    ours.twilio.keeping += [what] * many
    ours.work(HOUR)
    assert set(ours.planned().values()) == {1} and len(ours.planned()) == many
    ours.work(timedelta(seconds=20))
    assert set(ours.planned().values()) == {1}, "it is left in peace for a while"
    ours.work(timedelta(minutes=5))
    assert not ours.planned() and not ours.kept(phone)


def test_a_message_that_is_on_its_way_is_emptied_when_it_has_arrived(ours: Ours) -> None:
    phone = ours.phone()
    phone.send("Zebedee is always late")
    ours.running.quiet()
    sent = ours.twilio.texts[-1]
    ours.twilio.kept[sent.sid].under_way = True
    ours.work(HOUR)
    assert list(ours.planned()) == [sent.sid] and ours.twilio.kept[sent.sid].body
    phone.report(sent, "delivered")
    ours.twilio.kept[sent.sid].under_way = False
    ours.work(timedelta(minutes=1))
    assert not ours.twilio.kept[sent.sid].body
    (row,) = ours.running.rows(f"SELECT state FROM outbox WHERE provider_id LIKE '%{sent.sid}'")
    assert row["state"] == "delivered", "what became of it is known all the same"


def test_the_provider_may_ask_to_wait_and_may_have_it_no_more(ours: Ours) -> None:
    phone = ours.phone()
    phone.send("Zebedee is always late")
    ours.running.quiet()
    ours.twilio.keeping += [(429, 600)] * len(ours.planned())
    ours.work(HOUR)
    ours.twilio.kept.clear()
    ours.work(timedelta(seconds=590))
    assert set(ours.planned().values()) == {1}
    ours.work(timedelta(seconds=20))
    assert not ours.planned()


def test_a_file_we_could_not_fetch_stays_for_thirty_days(ours: Ours) -> None:
    phone = ours.phone()
    phone.say(*TO_THE_STORY)
    form = phone.send("look at this", NumMedia="1", MediaUrl0=f"{ours.provider}/media/none")
    assert form.status_code == 200
    ours.running.quiet()
    (held,) = (kept for kept in ours.twilio.kept.values() if kept.files)
    ours.work(timedelta(days=29))
    assert held.body == "look at this" and held.files
    ours.work(timedelta(days=2))
    assert not held.body and not held.files


@pytest.mark.parametrize("how", ["the talk", "stray", "one of two records", "their own word"])
def test_after_an_erasure_it_is_emptied_at_once(ours: Ours, how: str) -> None:
    store, phone, other = ours.running.store, ours.phone(), ours.phone()
    other.send("come back")
    if how == "one of two records":
        phone.say("The cook is great, thank you so much", "1", "The cook", "1", "SKIP", "4", "1")
        phone.say("The bus driver is kind to me every day", "1", "The driver", "1", "SKIP")
    else:
        phone.say("Zebedee is always late", "1", "look at this")
    talk = max(row["id"] for row in ours.running.rows("SELECT id FROM talk"))
    ours.work()
    assert len(ours.kept(phone)) > 3
    if how == "the talk":
        store.writer.erase(talk).result(10)
    elif how == "stray":
        work = partial(rights_erasing.erase_stray, vault=store.vault, talks=[talk])
        assert store.writer.dooming(work).result(10) == 1
    elif how == "one of two records":
        first, _ = [row["id"] for row in ours.running.rows(f"SELECT id FROM cases WHERE talk = {talk} ORDER BY id")]
        work = partial(rights_erasing.erase, vault=store.vault, cases=[first], anyway=True)
        assert store.writer.dooming(work).result(10) == 1
    else:
        phone.say("DELETE", "1")
    ours.work()
    theirs = {text.sid for text in ours.twilio.texts if text.to == other.number}
    left = {sid: kept.body for sid, kept in ours.twilio.kept.items() if kept.body and sid not in theirs}
    goodbye = [body for body in left.values() if body.startswith("Deleted here.")]
    assert list(left.values()) == ["come back", *goodbye], "nobody else's, nor what was said after it"
    assert bool(goodbye) == (how == "their own word")


def test_a_part_that_left_before_the_erasure_and_is_marked_after_it_is_emptied_at_once(ours: Ours) -> None:
    phone = ours.phone()
    ours.twilio.slow = 0.3
    try:
        phone.send("Zebedee is always late")
        while not ours.running.rows("SELECT id FROM outbox WHERE state = 'claimed'"):
            time.sleep(0.005)
        talk = max(row["id"] for row in ours.running.rows("SELECT id FROM talk"))
        ours.running.store.writer.erase(talk).result(10)
        end = time.monotonic() + 10
        while not any(text.to == phone.number for text in ours.twilio.texts) or len(ours.planned()) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        ours.twilio.slow = 0.0
    ours.work()
    assert not ours.kept(phone) and not ours.planned()


def test_the_parts_of_a_message_that_is_given_up_are_emptied_too(ours: Ours) -> None:
    phone = ours.phone()
    ours.twilio.next += [None, (400, 21614)]
    phone.send("hello")
    ours.running.quiet()
    (row,) = ours.running.rows("SELECT provider_id FROM outbox WHERE state = 'failed'")
    assert row["provider_id"] and row["provider_id"] in ours.planned()


def test_what_is_not_saved_is_not_emptied(ours: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's copy is then the only one."""
    from storage import batch

    def broken(*_: object) -> None:
        raise OSError("the disk")

    before = ours.planned()
    phone = ours.phone()
    with monkeypatch.context() as patch:
        patch.setattr(batch.Batch, "run", broken)
        assert phone.post(phone.form("Zebedee is always late")).status_code == 503
    assert ours.planned() == before


def test_it_is_said_when_the_provider_never_does_it_and_it_ends(ours: Ours, tmp_path: Path) -> None:
    phone, store = ours.phone(), ours.running.store
    phone.send("Zebedee is always late")
    ours.running.quiet()
    many = len(ours.planned())

    def tried(times: int) -> None:
        late = update(JOB).where(JOB.c.kind == "redact").values(attempts=times)
        store.writer.write(lambda db: db.connection().execute(late)).result(10)

    tried(LOUD - 1)
    ours.twilio.keeping += [(400, 20009)] * many
    ours.work(HOUR)
    log = ours.running.log.getvalue()
    assert log.count("a provider does not empty a message") == many and "error=20009" in log.replace('"', "")
    (said,) = redacting.findings(store.database)
    assert said[0] == "wrong" and f"keeps the words of {many} messages" in said[1] and "dudley" in said[1]
    folder = Path(store.database.url.removeprefix("sqlite:///")).parent
    lines, fine = report(Settings(_env_file=None, data=folder, organisations=("dudley",)))
    assert not fine and any(said[1] in line for line in lines)
    tried(TRIES - 1)
    ours.twilio.keeping += [(400, 20009)] * many
    ours.work(HOUR)
    assert not ours.planned() and "is not asked any more" in ours.running.log.getvalue()


def test_a_number_that_is_gone_waits_and_one_that_says_never_is_let_be(ours: Ours) -> None:
    phone = ours.phone()
    phone.send("Zebedee is always late")
    ours.running.quiet()
    ours.running.clock.ahead += HOUR
    store, clock, asked = ours.running.store, ours.running.clock, len(ours.twilio.asked)
    jobs.work_due(store, clock, Emptier(()).kinds)
    assert set(ours.planned().values()) == {1}
    clock.ahead += timedelta(minutes=1)
    jobs.work_due(store, clock, Emptier(ours.opened(account(redact="never"))).kinds)
    assert not ours.planned() and len(ours.twilio.asked) == asked and ours.kept(phone)


def test_when_is_said_for_each_number(ours: Ours) -> None:
    opened = ours.opened(account(), account(redact="0"), account(redact="720"), account(redact="never"))
    hours = [one and one / HOUR for one in map(redact_after, opened)]
    assert hours == [24, timedelta(), LONGEST, None]
    assert redact_after(ours.opened(notify.account())[0]) is None, "Notify deletes by itself"
    for wrong in ("soon", "-1", "1.5", "721", "²"):
        with pytest.raises(endpoints.BadSettings, match="redact must be whole hours up to 720"):
            ours.opened(account(redact=wrong))


@pytest.mark.parametrize(("given", "wanted"), [("24", "after 24 hours"), ("never", "Twilio keeps what was written")])
def test_the_check_says_what_is_set(tmp_path: Path, ours: Ours, given: str, wanted: str) -> None:
    settings = Settings(
        _env_file=None, data=tmp_path, organisations=("dudley",), twilio_account_sid=SID, twilio_auth_token=TOKEN,
        twilio_number=NUMBER, twilio_url=ours.provider, twilio_redact=given,
    )  # fmt: skip
    assert wanted in "\n".join(report(settings)[0])


def test_the_server_does_it_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where a number says never, nothing is planned."""
    monkeypatch.setattr(redacting, "AT_ONCE", 2)
    twilio = Twilio()
    with served(twilio.application) as (url, _), hearback(
        tmp_path, [account(redact="0"), account("sandwell", redact="never")], monkeypatch, twilio_url=url
    ) as running:  # fmt: skip
        kept, never = Phone(running, twilio), Phone(running, twilio, "+447700900222", "sandwell")
        never.send("come back")
        kept.send("Zebedee is always late")
        end = time.monotonic() + 20
        while any(one.body for sid, one in twilio.kept.items() if one.body == "Zebedee is always late"):
            assert time.monotonic() < end
            time.sleep(0.02)
        running.quiet()
        with running.store.database.reading() as db:
            talk = db.execute(select(TALK.c.id).where(TALK.c.organisation == "sandwell")).scalar()
        assert not [row for row in running.rows("SELECT key FROM job") if row["key"].startswith(f"{talk}:")]
        assert "come back" in [one.body for one in twilio.kept.values()]
