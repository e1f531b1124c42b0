"""Logs that cannot hold what a person said.

Our own events are words in the code with values under declared names only; a value under any other name is
dropped. From libraries we take where it happened, never the message, which may quote a person. Of an error we keep
its kind and its place, never its text.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError

#: Names a value may be logged under; none of them ever holds words, a name, a number, an address or a receipt.
NAMES = frozenset(
    "event level at organisation channel kind count ms seconds port address folder status method "
    "library place error frames version attempt table job flow step language pid request area chain".split()
)

Event = MutableMapping[str, Any]


def keep_declared(_logger: Any, _method: str, event: Event) -> Event:
    """Drops every value whose name is not in NAMES, saying so by name."""
    dropped = [name for name in event if name not in NAMES]
    for name in dropped:
        del event[name]
    return event


def describe_error(_logger: Any, _method: str, event: Event) -> Event:
    """Turns exc_info into the kinds of error and where they arose."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        kinds: list[str] = []
        cause: BaseException | None = error
        while cause is not None and len(kinds) < 5:
            kinds.append(type(cause).__name__)
            cause = cause.__cause__ or cause.__context__
        event["error"] = " from ".join(kinds)
        event["frames"] = frames(error.__traceback__)
    return event


def frames(trace: TracebackType | None) -> str:
    """The last eight places of a traceback, innermost last: ``file:line function``."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(places[-8:])


#: Our packages that log by the standard library; a test holds their words and values to the rule above.
OURS = ("storage", "casework", "flows", "locales", "console")


class FromLibraries(logging.Handler):
    """Passes on what our own packages log, and of a library only that it logged something, and where.

    A request that is no HTTP is answered 400 and is no error of ours: whoever scans the internet would fill the log.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """One record of the standard library's logging: our own words whole, a library's only by its name and place."""
        ours = record.name.partition(".")[0] in OURS
        garbled = record.exc_info is not None and isinstance(record.exc_info[1], HttpProcessingError)
        log = structlog.get_logger()
        log.log(
            logging.DEBUG if garbled else record.levelno,
            record.getMessage() if ours else "a library reported something",
            library=record.name,
            place=f"{record.filename}:{record.lineno}",
            exc_info=record.exc_info or None,
        )


class Lines:
    """Writes what is logged. When its file is gone (a closed terminal, a pipe) the line is lost, the work is not."""

    def __init__(self, to: TextIO) -> None:
        self._to = to

    def __call__(self, *_names: str) -> Lines:
        return self

    def msg(self, line: str) -> None:
        """One line."""
        with contextlib.suppress(OSError, ValueError):
            self._to.write(f"{line}\n")
            self._to.flush()

    debug = info = warning = error = critical = exception = msg


def set_up(level: str = "info", form: str = "words", to: TextIO | None = None) -> None:
    """Sends every log line to ``to`` (standard error), ours and the libraries'."""
    shown = getattr(logging, level.upper())
    output: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at", pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            describe_error,
            keep_declared,
            output,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(shown),
        logger_factory=Lines(to or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [FromLibraries()]
    root.setLevel(max(shown, logging.WARNING))
    logging.captureWarnings(True)
