"""Sending alerts by apprise over real connections, the settings that name routes, and the commands about them."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot import alarm, jobs, logs
from bot.config import BadSettings, Settings, load
from bot.work import alerts
from casework.alerting import Telling
from casework.procedure import Profile
from console.alarms import wording
from storage import models, models_desk
from tests.alarms import Receiver, receiving, teller
from tests.cli.talking import run
from tests.storage.looking import rows
from tests.storage.people import Person
from tests.test_jobs import NOON, opened

SECRET = "hunter2secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def settings(routes: str) -> Settings:
    return Settings(_env_file=None, alert_routes=routes)


def test_every_way_is_used_at_once_and_each_fails_for_itself(receiver: Receiver) -> None:
    addresses = [receiver.address(path) for path in ("ok", "slow", "bad", "slow", "ok")]
    letters = [alarm.Letter(one, "Title", "Text") for one in (*addresses, "json://127.0.0.1:9/x", "nonsense")]
    begun = time.monotonic()
    assert alarm.send(letters, 2.0) == ["", "timeout", "404", "timeout", "", "no_connection", "address"]
    assert time.monotonic() - begun < 3.5
    assert sorted(path for path, _, _ in receiver.got) == ["/bad", "/ok", "/ok", "/slow", "/slow"]


def test_an_address_is_never_said(receiver: Receiver) -> None:
    heard = io.StringIO()
    before = logging.getLogger().handlers, logging.getLogger().level
    logs.set_up("debug", "json", heard)
    try:
        for path in ("bad", "ok"):
            address = f"json://me:{SECRET}@127.0.0.1:{receiver.port}/{path}"
            letter = alarm.Letter(address, "Title", "Text")
            assert SECRET not in repr(letter)
            alarm.send([letter, alarm.Letter(f"json://me:{SECRET}@127.0.0.1:9", "t", "t")])
    finally:
        logging.getLogger().handlers, logging.getLogger().level = before
    assert SECRET not in heard.getvalue() and SECRET not in repr(settings(f"duty=json://{SECRET}"))


def test_routes_of_the_settings() -> None:
    found = alarm.given(settings("dudley/duty=json://a hours=json://b\n wider=json://c"), ("dudley", "sandwell"))
    assert [(tier, address) for tier, _, address in found["dudley"]] == [
        ("duty", "json://a"), ("hours", "json://b"), ("wider", "json://c"),
    ]  # fmt: skip
    assert [tier for tier, _, _ in found["sandwell"]] == ["hours", "wider"]
    assert alarm.given(settings(""), ("dudley",)) == {"dudley": []}


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        (SECRET, "write ROLE=ADDRESS"),
        (f"night=json://{SECRET}", "one of duty, hours, wider"),
        (f"duty=nonsense://{SECRET}", "does not know an address that begins with nonsense://"),
        (f"elsewhere/duty=json://{SECRET}", "'elsewhere' is not served"),
    ],
)
def test_a_wrong_route_is_refused_in_words_without_the_address(routes: str, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        alarm.given(settings(routes), ("dudley",))
    assert said in str(refused.value) and SECRET not in str(refused.value)


def test_what_a_message_says(profile: Profile) -> None:
    signs = {"red": 1}
    one = Telling(signs, ("suicide", "brand_new"), ("HB-7K3M-2Q",), 2, NOON, "https://x.example/staff/alarm/abc")
    title, body = wording(profile, one)
    assert title == f"Danger now: {profile.name}"
    assert body.splitlines()[0] == "suicide, brand new" and "told 2 times" in body
    assert body.endswith("\nhttps://x.example/staff/alarm/abc")
    many = Telling({"red": 5, "amber": 32}, ("suicide",), ("HB-7K3M-2Q",), 1, NOON, "https://x.example")
    title, body = wording(profile, many)
    assert title.startswith("37 ") and "Danger now: 5, Possible danger: 32" in body
    title, body = wording(profile, Telling({}, test=True))
    assert "Test" in title and "Nobody is in danger" in body


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    store = opened(tmp_path)
    yield store.procedures.profiles["dudley"]
    store.close()


def test_the_background_work_tells_what_was_filed_before_it_began(tmp_path: Path, receiver: Receiver) -> None:
    store = opened(tmp_path)
    person = Person(store.writer, organisation="dudley", endpoint="web")
    person.now = NOON
    person.reach("story")
    person.say("he hits me with a belt")
    store.writer.write(lambda db: db.connection().exec_driver_sql("DELETE FROM job WHERE kind = 'alerts'")).result()
    given = {"dudley": [("duty", "settings", receiver.address("ok"))]}

    async def work() -> None:
        task = asyncio.create_task(
            jobs.alone(store, lambda: NOON, teller().kinds, partial(alerts.plan, store, given), 0.02)
        )
        for _ in range(500):
            if receiver.got:
                break
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())
    ((_, title, body),) = receiver.got
    assert title.startswith("Danger now: Dudley") and rows(store, models.Case)[0]["reference"] in body
    for _ in range(500):
        if [row["state"] for row in rows(store, models_desk.AlertSent)] == ["sent"]:
            break
        time.sleep(0.02)
    assert [row["state"] for row in rows(store, models_desk.AlertSent)] == ["sent"]
    store.close()


# The commands -------------------------------------------------------------------------------------


def test_the_command_sends_a_test_and_the_check_tells_what_failed(tmp_path: Path, receiver: Receiver) -> None:
    nobody = run(tmp_path, "alerts", "test", "--organisation", "dudley")
    assert nobody.returncode == 1 and "there is no alert route" in nobody.stderr
    routes = f"dudley/duty={receiver.address('ok')} dudley/hours={receiver.address('bad')}"
    done = run(tmp_path, "alerts", "test", "--organisation", "dudley", HEARBACK_ALERT_ROUTES=routes)
    assert done.returncode == 1 and "taken" in done.stdout and "FAILED: 404" in done.stdout
    assert str(receiver.port) not in done.stdout + done.stderr
    assert "Nobody is in danger" in receiver.texts("ok")[0]
    checked = run(tmp_path, "check", HEARBACK_ALERT_ROUTES=routes)
    assert checked.returncode == 1 and "dudley: 1 of 2 alert routes failed" in checked.stdout
    assert "sandwell: NOBODY WOULD BE TOLD" in checked.stdout
    fixed = run(
        tmp_path, "alerts", "test", "-o", "dudley", HEARBACK_ALERT_ROUTES=f"dudley/duty={receiver.address('ok')}"
    )
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert "dudley: alert routes: 1." in run(tmp_path, "check").stdout


def test_an_organisation_of_ones_own_without_a_way_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "ours.toml").write_text(
        'base = "dudley"\nname = "Ours"\n[duty]\ndemonstration = false\nred = 5\n', encoding="utf-8"
    )
    own = {"HEARBACK_PROFILES": "mine", "HEARBACK_ORGANISATIONS": "ours"}
    done = run(tmp_path, "check", **own)
    assert done.returncode == 1 and "WRONG  ours: NOBODY WOULD BE TOLD" in done.stdout
    assert run(tmp_path, "check", HEARBACK_ALERT_ROUTES="duty=json://127.0.0.1:9/x", **own).returncode == 0
    assert load(data=tmp_path).alert_routes.get_secret_value() == ""
