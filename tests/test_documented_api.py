"""What the pages for programmers name is there: addresses, their parameters, fields, headers, scopes, statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel

from bot.api import OPERATIONS, PREFIX, shapes
from bot.api.declare import PROBLEMS, Operation
from bot.work import webhooks
from casework.report_feed import HEADINGS, as_json
from casework.report_model import Cell, Column, Period, Prose, Quotes, Report, Row, Sheet
from flows.scripts.menu import OFFERED
from storage.as_talk import CHANNELS
from storage.tokens import SCOPES
from storage.webhooks import Delivery, Webhook
from tests.test_documentation import CODE, TEXTS

API, INTEGRATION, FEED = "docs/api.md", "docs/integration.md", "docs/reports-feed.md"
#: Addresses of the interface that are no operation: the page, and the document it is made from.
BESIDES = {"", "/openapi.json"}
#: Headers of HTTP itself that are named.
HTTP = {"ETag", "If-None-Match", "If-Match", "Retry-After"}
#: Words that stand as code and are no field: a type of event, and "null" itself.
WORDS = {"filed", "null"}


def code(*pages: str) -> Iterator[str]:
    yield from (line for page, line in CODE if page in pages)


@cache
def fields() -> frozenset[str]:
    """The names of every field and parameter."""
    found = {
        name
        for shape in vars(shapes).values()
        if isinstance(shape, type) and issubclass(shape, BaseModel)
        for name in shape.model_fields
    }
    return frozenset(found)


def addresses() -> Iterator[tuple[str, str, str]]:
    """(method or "", path under the prefix, query) of every address of the interface that is named."""
    begins = "|".join(sorted({one.path.split("/")[1] for one in OPERATIONS}, key=len, reverse=True))
    asked = rf"(?:\b(GET|POST|DELETE|PUT|PATCH)\s+)?(?:https://[\w.]+)?((?:{PREFIX}|(?<![\w.…/}}])/(?:{begins})\b)[\w/.…{{}}-]*)(?:\?(\S+))?"
    for line in code(API, INTEGRATION):
        for method, path, query in re.findall(asked, line):
            yield method, path.removeprefix(PREFIX).rstrip("/"), query
        yield from (("", f"/records/HB-…/{part}", "") for part in re.findall(r"^…/(\w+)$", line))


def operations(path: str) -> list[Operation]:
    given = re.sub(r"HB-[\w…-]+", "{reference}", path)
    return [one for one in OPERATIONS if one.path == given]


def test_every_address_that_is_named_is_there() -> None:
    seen = set()
    for method, path, query in addresses():
        if path in BESIDES:
            continue
        found = operations(path)
        assert found, f"{path} is no address of the interface"
        assert not method or method in {one.method for one in found}, f"{method} {path}"
        for name in re.findall(r"(?:^|&)(\w+)=", query):
            assert any(one.query and name in one.query.model_fields for one in found), f"{path} has no parameter {name}"
        seen.add(path)
    assert {"/records", "/records.csv", "/webhooks/{webhook}/replay", "/records/HB-…/answers"} <= seen


def test_every_field_that_is_named_is_there() -> None:
    known = fields() | SCOPES.keys() | WORDS
    named = {line for line in code(API, INTEGRATION) if re.fullmatch(r"[a-z]+(_[a-z]+)*", line)}
    assert named <= known, named - known
    assert {"changed_since", "after", "next", "came_at", "alert"} <= named & fields()


def test_the_scopes_the_statuses_and_the_headers_are_those_there_are() -> None:
    page = TEXTS[API]
    table = page.partition("| scope |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == list(SCOPES)
    statuses = {int(one) for one in re.findall(r"\d{3}", " ".join(re.findall(r"^\| ([\d, ]+) \|", page, re.M)))}
    ours = {status for status, _ in PROBLEMS.values()}
    assert statuses == ours - {405, 500}, "what a program does about it, where it can do something"
    headers = set(re.findall(r"^\| `([A-Z][\w-]+)` \|", TEXTS[INTEGRATION], re.M))
    assert headers == {webhooks.SIGNATURE, webhooks.EVENT, webhooks.DELIVERY}
    named = {line for line in code(API, INTEGRATION) if re.fullmatch(r"[A-Z][A-Za-z]+(-[A-Z][A-Za-z]+)+|ETag", line)}
    assert named <= headers | HTTP | {"Idempotency-Key"}


def test_what_is_posted_in_an_example_would_be_taken() -> None:
    (body,) = re.findall(r"-d '(\{.+\})'", TEXTS[API])
    filing = shapes.Filing.model_validate(json.loads(body), strict=False)
    assert filing.kind in {flow.id for flow in OFFERED} and filing.channel in CHANNELS
    (key,) = re.findall(r'"Idempotency-Key: ([^"]+)"', TEXTS[API])
    assert re.fullmatch(shapes.KEY, key)


def test_a_webhook_is_told_what_the_example_shows() -> None:
    (shown,) = re.findall(r"```json\n(.+?)```", TEXTS[INTEGRATION], re.S)
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    hook = Webhook(1, "dudley", "https://a.example.org/", "whsec_x")
    delivery = Delivery(7, 1, "HB-7K3M-2Q", 3, "acknowledged", at, "due", 0, at, "", None)
    told = webhooks.content(hook, delivery, "https://talk.example.org")
    assert {**json.loads(shown), "id": told["id"]} == told and list(json.loads(shown)) == list(told)


# The feed of reports ------------------------------------------------------------------------------


def keys(thing: Any) -> Iterator[frozenset[str]]:
    """The keys of every object in a document."""
    if isinstance(thing, dict):
        yield frozenset(thing)
        for one in thing.values():
            yield from keys(one)
    elif isinstance(thing, list):
        for one in thing:
            yield from keys(one)


def a_report() -> Report:
    """A report with a part of every kind, and in it a cell of every kind."""
    period = Period(date(2026, 4, 1), date(2027, 3, 31), "2026/27")
    cells = (Cell(50, of=4), Cell(None, state="suppressed", where={"facts": "kind:complaint"}))
    cells += (Cell(1, where={"record": "HB-7K3M-2Q"}),)
    columns = tuple(Column(code, code, period=period) for code in ("a", "b", "c"))
    sheet = Sheet("themes", "Themes", "Theme", columns, (Row("delay", "Delay", cells),), part="glance")
    parts = (sheet, Prose("said", "Said", "Words.", "glance"), Quotes("heard", "Heard", ("Thanks.",), "glance"))
    at = datetime(2027, 4, 1, tzinfo=UTC)
    return Report("dudley", "Dudley", "annual", period, (period,), "en", at, "Report", parts, {"glance": "At a glance"})


def test_the_feed_of_reports_has_the_fields_that_are_described() -> None:
    made = as_json(a_report())
    found = set(keys(made))
    shapes_of = [line for line in code(FEED) if re.fullmatch(r'\{("\w+", )+"\w+"\}', line)]
    assert len(shapes_of) >= 5 and {frozenset(re.findall(r'"(\w+)"', line)) for line in shapes_of} <= found
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TEXTS[FEED], re.M)
    described = {name for row in rows for name in re.findall(r"\w+", row)}
    assert described <= frozenset().union(*found)
    table = made["tables"][0]
    assert made.keys() | table.keys() | table["rows"][0]["cells"][1].keys() <= described, "and every field is"
    (line,) = (line for line in code(FEED) if "table_title" in line)
    assert tuple(line.split(", ")) == tuple(HEADINGS)
