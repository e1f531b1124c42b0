"""A log never holds what a person said, whichever way it gets there."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import logs

PLANTED = ("Zebedee Quillfeather", "07700 900123", "4929 1831 0021 7745", "he hits me every night")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    out = io.StringIO()
    logs.set_up("debug", "json", out)
    yield out
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.getLogger().handlers = []


def events(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def no_secret_in(out: io.StringIO) -> None:
    assert out.getvalue()
    assert not [secret for secret in PLANTED if secret in out.getvalue()]


@pytest.mark.parametrize("secret", PLANTED)
def test_a_value_under_a_name_that_is_not_declared_is_dropped(written: io.StringIO, secret: str) -> None:
    structlog.get_logger().warning("taken", text=secret, sender=secret, count=1)
    assert events(written)[0]["count"] == 1
    no_secret_in(written)


@pytest.mark.parametrize("secret", PLANTED)
def test_an_error_says_its_kind_and_place_and_not_its_text(written: io.StringIO, secret: str) -> None:
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise ValueError(f"could not take {secret}") from cause
    except ValueError:
        structlog.get_logger().exception("a turn failed")
    (event,) = events(written)
    assert event["error"] == "ValueError from KeyError"
    assert "test_logs.py" in str(event["frames"])
    no_secret_in(written)


@pytest.mark.parametrize("secret", PLANTED)
def test_libraries_say_only_where(written: io.StringIO, secret: str) -> None:
    logging.getLogger("aiohttp.server").error("Error handling %s", secret)
    logging.getLogger("sqlalchemy.engine").error("INSERT (%s)", secret)
    warnings.warn(secret, UserWarning, stacklevel=1)
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        logging.getLogger("asyncio").exception(secret)
    assert {event["library"] for event in events(written)} == {
        "aiohttp.server",
        "sqlalchemy.engine",
        "py.warnings",
        "asyncio",
    }
    no_secret_in(written)


def test_words_for_people_keep_the_same_rule() -> None:
    out = io.StringIO()
    logs.set_up("info", "words", out)
    structlog.get_logger().info("listening", address="http://127.0.0.1:8080", name=PLANTED[0])
    assert "http://127.0.0.1:8080" in out.getvalue()
    no_secret_in(out)
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.getLogger().handlers = []


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    out = io.StringIO()
    logs.set_up("debug", "words", out)
    out.close()
    structlog.get_logger().error("a job failed", kind="dues")
    logging.getLogger("storage").error("a listener failed")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /\x00 HTTP/9\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_and_does_not_fill_the_log(sent: bytes) -> None:
    async def answered() -> bytes:
        async with TestServer(web.Application()) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(sent)
            answer = await reader.read()
            writer.close()
            return answer

    out = io.StringIO()
    logs.set_up("info", "json", out)
    try:
        assert b" 400 " in asyncio.run(answered()).splitlines()[0]
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(False)
        logging.getLogger().handlers = []
    assert events(out) == []
