"""Keys change while everything goes on; the ways of the console lead nowhere inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot import alarm, inside
from bot.cli.keys import rotate
from bot.config import load
from storage.secrets import Erased, KeyRing
from storage.vault import Vault
from tests.alarms import receiving


def test_keys_are_rotated_while_a_server_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load(data=tmp_path)
    ring = KeyRing.make(settings.ring_file)
    running = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    try:
        old, gone = running.take(), running.take()
        sealed, lost = running.seal(old, "x:1", b"words"), running.seal(gone, "x:2", b"other words")
        rotate(settings)
        assert "Key 2 wraps from now on" in capsys.readouterr().out
        assert oct(settings.ring_file.stat().st_mode)[-3:] == "600"
        running.destroy([gone])
        fresh = [running.take() for _ in range(300)][-1]  # past those that were made ahead
        later = running.seal(fresh, "x:3", b"later words")
        assert running.ring.current == "2" and running.ring.fingerprint() == ring.fingerprint()
    finally:
        running.close()
    another = Vault(settings.key_store_url, KeyRing.load(settings.ring_file), ahead=0)
    try:
        assert another.unseal("x:1", sealed) == b"words" and another.unseal("x:3", later) == b"later words"
        with pytest.raises(Erased):
            another.unseal("x:2", lost)
        assert another.rewrap() == (0, another.rewrap()[1]), "every key is wrapped with the new one"
    finally:
        another.close()


def test_a_server_with_the_old_ring_opens_what_was_wrapped_anew(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    ring = KeyRing.make(settings.ring_file)
    first = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    second = Vault(settings.key_store_url, ring, ring_file=settings.ring_file, ahead=4)
    try:
        number = first.take()
        sealed = first.seal(number, "x:1", b"words")
        rotate(settings)
        assert second.unseal("x:1", sealed) == b"words"
    finally:
        first.close()
        second.close()


INSIDE = (
    "json://127.0.0.1:8080/x", "jsons://localhost/x", "json://[::1]/x", "json://10.1.2.3/x", "json://192.168.0.4",
    "json://169.254.169.254/latest/meta-data", "json://0.0.0.0", "json://[::ffff:127.0.0.1]/x", "json://2130706433/",
    "mailtos://u:p@example.org?smtp=127.0.0.1", "json://0x7f.1/", "json://[fd00::1]/", "json://127.0.0.1.:80/",
    "json://[2002:7f00:1::]/", "trigv://token@example.org/?url=http://127.0.0.1:8080", "mailto://u:p@[127.0.0.1]",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_way_of_the_console_does_not_lead_inside(address: str) -> None:
    assert alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


@pytest.mark.parametrize("name", ["template", "Template", "a=1;template", "a=1#&template", "%74emplate", "keyfile"])
@pytest.mark.parametrize("there", ["/etc/hostname", "http://169.254.169.254/latest"])
def test_a_way_of_the_console_reads_no_file_of_ours(name: str, there: str) -> None:
    """Otherwise whoever sets up a way has files of the machine, or answers from inside, sent wherever they like."""
    address = f"workflows://example.org:443/workflow/signature/?{name}={there}"
    assert alarm.known(address)
    assert alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


def test_what_the_deployment_allows_is_allowed() -> None:
    assert not alarm.leads_inside("json://10.1.2.3/x", ("10.1.0.0/16",))
    assert not alarm.leads_inside("json://localhost/x", ("localhost",))
    assert alarm.leads_inside("json://10.2.2.3/x", ("10.1.0.0/16", "smtp.internal"))
    assert not alarm.leads_inside("json://8.8.8.8/x", ())
    assert alarm.send([alarm.Letter("json://127.0.0.1:1/x", "t", "b", trusted=True)], allowed=()) != [alarm.INSIDE]
    with receiving() as receiver:
        address = f"json://localhost:{receiver.port}/ok"
        assert alarm.send_one(address, "t", "b", allowed=("LOCALHOST",)) == ""
        assert alarm.send_one(receiver.address("ok"), "t", "b", allowed=("127.0.0.0/8",)) == ""
        assert len(receiver.got) == 2


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Something inside. That nobody called it is seen at its end."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made
        with pytest.raises(BlockingIOError):
            made.accept()


@pytest.mark.parametrize("kind", ["json://", "ircs://u:p@", "ntfy://u:p@", "mailtos://u:p@a.example?smtp="])
def test_a_name_that_leads_inside_a_moment_after_it_was_looked_up_is_not_called(
    kind: str, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(host: str, port: int | None, *args: Any, **more: Any) -> list[Any]:
        """Looked up without a port, as ``leads_inside`` does, it is somebody's on the internet."""
        number = "8.8.8.8" if port is None else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, listening.getsockname()[1]))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    address = f"{kind}two-faced.example{'' if '=' in kind else '/channel'}"
    assert not alarm.leads_inside(address, ())
    assert alarm.send_one(address, "t", "b", allowed=()) == alarm.INSIDE


def test_only_the_thread_that_asks_is_kept_outside_and_only_while_it_does(listening: socket.socket) -> None:
    there = ("127.0.0.1", listening.getsockname()[1])

    def call() -> bool:
        with socket.create_connection(there, timeout=2), listening.accept()[0] as taken:
            return taken.fileno() > 0

    with inside.outside_only() as watch, ThreadPoolExecutor(1) as other:
        with pytest.raises(inside.Inside):
            call()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, pytest.raises(inside.Inside):
            line.sendto(b"x", there)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, pytest.raises(inside.Inside):
            line.connect(("localhost", 9))
        assert watch.refused and other.submit(call).result(5)
    assert call()
