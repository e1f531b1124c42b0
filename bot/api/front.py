"""What stands before every operation: the token, its scope, the limit, the record, the shapes; and the audit."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.api.declare import OPERATIONS, PREFIX, PROBLEMS, Answer, Api, Ask, Operation, Problem
from bot.api.shapes import KEY, ProblemDetails, Wrong
from storage import audit, tokens
from storage.about import about
from storage.audit import Deed, Seldom
from storage.database import NotSaved

log = logging.getLogger(__name__)

#: Who makes a token: one that reads records, and any other.
WHO_READS, WHO_MAKES = "a complaints manager", "an administrator or a complaints manager"
#: Bytes of a body.
LARGEST = 256 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_NUMBER = re.compile(r"[0-9]{1,19}")
_KEY = re.compile(KEY)

Shape = TypeVar("Shape", bound=BaseModel)


class Front:
    """Answers requests for one deployment."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._limits = Limits(api.per_minute)
        self._refusals = Seldom()

    def serving(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """What aiohttp calls for an operation."""

        async def serve(http: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(http, operation)
            except Problem as problem:
                return problem_response(problem)
            except NotSaved:
                return problem_response(
                    Problem("not-saved", "Nothing was saved. Send it again.", headers={"Retry-After": "5"})
                )
            except web.HTTPRequestEntityTooLarge:
                return problem_response(Problem("too-large", f"Send at most {LARGEST // 1024} KB."))
            except Exception:
                # Of an error bot.logs keeps its kind and its place; its text may hold what somebody wrote.
                log.exception("an operation of the interface failed")
                return problem_response(Problem("failed", "This was our mistake. Send it again later."))

        return serve

    async def nothing(self, http: web.Request) -> web.StreamResponse:
        """Any other address under ``/api``: what may be done there, or that there is nothing."""
        allowed = {one.method for one in OPERATIONS if _pattern(one).fullmatch(http.path)}
        if allowed:
            said = f"Here one may {' or '.join(sorted(allowed))}."
            return problem_response(Problem("wrong-method", said, headers={"Allow": ", ".join(sorted(allowed))}))
        return problem_response(Problem("not-found", f"The operations are listed at {PREFIX}/."))

    async def _answer(self, http: web.Request, operation: Operation) -> web.Response:
        token = await self._token(http)
        if wait := self._limits.wait(token.id):
            said = f"A token may make {self._api.per_minute} requests a minute. Wait {wait} s."
            raise Problem("too-many", said, headers={"Retry-After": str(wait)})
        ask = Ask(self._api, http, token, self._api.clock(), what=operation.audit)
        try:
            answer = await self._handled(ask, operation)
        except Problem as problem:
            if problem.code in ("not-allowed", "not-found"):
                await self._refused(ask)
            raise
        return _response(http, operation, answer)

    async def _handled(self, ask: Ask, operation: Operation) -> Answer:
        missing = [scope for scope in operation.scopes if not ask.token.may(scope)]
        if missing:
            who = WHO_READS if missing[0] in tokens.READING else WHO_MAKES
            raise Problem("not-allowed", f"This token lacks the scope “{missing[0]}”; {who} can make another.")
        await self._record(ask, operation)
        ask.query = _query(ask.http, operation.query)
        ask.key = _key(ask.http, operation)
        ask.body = await _body(ask.http, operation.body)
        try:
            return await operation.handler(ask)
        finally:
            if ask.owed:
                await self._note(ask)

    async def _token(self, http: web.Request) -> tokens.Token:
        kind, _, given = http.headers.get("Authorization", "").partition(" ")
        challenge = {"WWW-Authenticate": 'Bearer realm="Hearback"'}
        if kind.lower() != "bearer" or not given.strip():
            said = f"Send the header “Authorization: Bearer <token>”; {WHO_MAKES} makes one in the console."
            raise Problem("no-token", said, headers=challenge)
        database = self._api.store.database

        def look() -> tokens.Token | None:
            with database.reading() as db:
                return tokens.find(db, given.strip())

        found = await asyncio.to_thread(look)
        if found is None or not found.live(self._api.clock()) or found.organisation not in self._api.profiles:
            raise Problem("no-token", "This token opens nothing (any more). Ask for a new one.", headers=challenge)
        return found

    async def _record(self, ask: Ask, operation: Operation) -> None:
        """The record of the path; one that the token may not see is not there."""
        if "reference" not in operation.places:
            return
        reference, organisation = ask.http.match_info["reference"], ask.organisation
        found = await ask.read(lambda db: about(db, organisation, reference))
        if not tokens.sees(ask.token.may("restricted"), found, organisation) or found is None:
            raise Problem("not-found", "There is no record of this reference that this token may see.")
        ask.found = found

    async def _note(self, ask: Ask) -> None:
        """The audit's line of what was only looked at, or came to nothing."""
        store, token, now = ask.store, ask.token, ask.now
        await asyncio.to_thread(audit.written, store, ask.deed, lambda db: tokens.used(db, token, now))

    async def _refused(self, ask: Ask) -> None:
        """That a token was refused something, once a minute: which and what, and not whether it is there."""
        what = f"{audit.REFUSED}.{ask.what}"
        if not self._refusals.now(ask.token.id, what, ask.now):
            return
        try:
            await asyncio.to_thread(audit.written, ask.store, Deed(ask.organisation, ask.token.id, what, ask.now))
        except NotSaved:
            log.error("a line of the audit could not be written")


class Limits:
    """How many requests each token has left: as many as a minute's at once, and then as they come back."""

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._most = float(per_minute)
        self._left: dict[int, tuple[float, float]] = {}

    def wait(self, token: int) -> int:
        """Take one; seconds to wait where there is none."""
        now = time.monotonic()
        left, last = self._left.get(token, (self._most, now))
        left = min(self._most, left + (now - last) * self._rate)
        if left < 1:
            self._left[token] = (left, now)
            return max(1, round((1 - left) / self._rate))
        self._left[token] = (left - 1, now)
        return 0


# What is asked ------------------------------------------------------------------------------------


def number(text: str) -> int:
    """The number of a row as a path or a cursor has it; 0, which no row has, for what is none."""
    return min(int(text), 2**63 - 1) if _NUMBER.fullmatch(text) else 0


def _query(http: web.Request, shape: type[Shape] | None) -> Shape | None:
    twice = [name for name in http.query if len(http.query.getall(name)) > 1]
    known = set(shape.model_fields) if shape else set()
    strange = [name for name in http.query if name not in known]
    if strange:
        there = f"there are: {', '.join(known)}" if known else "there are none"
        raise Problem("bad-request", "Correct the query.", [(strange[0][:80], f"There is no such parameter; {there}")])
    if twice:
        raise Problem("bad-request", "Correct the query.", [(twice[0], "Give it once")])
    if shape is None:
        return None
    try:
        return shape.model_validate(dict(http.query))
    except ValidationError as error:
        raise Problem("bad-request", "Correct the query.", _wrong(error)) from None


def _key(http: web.Request, operation: Operation) -> str:
    given = http.headers.get("Idempotency-Key", "")
    if operation.once and not _KEY.fullmatch(given):
        said = "Send 8 to 100 letters, digits, - or _, new for each thing and the same when you send it again"
        raise Problem("bad-request", "An Idempotency-Key is needed.", [("Idempotency-Key", said)])
    return given if operation.once else ""


async def _body(http: web.Request, shape: type[Shape] | None) -> Shape | None:
    if shape is None:
        return None
    if http.content_type != "application/json":
        raise Problem("not-json", "Send JSON, with the header “Content-Type: application/json”.")
    if (http.content_length or 0) > LARGEST:
        raise Problem("too-large", f"Send at most {LARGEST // 1024} KB.")
    raw = bytearray()
    async for piece in http.content.iter_any():
        raw += piece
        if len(raw) > LARGEST:
            raise Problem("too-large", f"Send at most {LARGEST // 1024} KB.")
    try:
        return shape.model_validate_json(bytes(raw), strict=True)
    except ValidationError as error:
        raise Problem("bad-request", "Correct the body.", _wrong(error)) from None


def _wrong(error: ValidationError) -> list[tuple[str, str]]:
    """What is wrong, without anything that was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        (".".join(str(part)[:80] for part in one["loc"]), one["msg"].removeprefix("Value error, "))
        for one in found[:50]
    ]


# What is answered ---------------------------------------------------------------------------------


def _response(http: web.Request, operation: Operation, answer: Answer) -> web.Response:
    raw = answer.raw or (answer.body.model_dump_json(by_alias=True).encode() if answer.body is not None else b"")
    headers = {**HEADERS, **answer.headers}
    if operation.method == "GET":
        tag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
        headers |= {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in (one.strip() for one in http.headers.get("If-None-Match", "").split(",")):
            return web.Response(status=304, headers=headers)
    if operation.status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(body=raw, status=operation.status, headers=headers | {"Content-Type": operation.media})


def problem_response(problem: Problem) -> web.Response:
    """A problem as RFC 9457 has it."""
    status, title = PROBLEMS[problem.code]
    errors = [Wrong(where=where, what=what) for where, what in problem.errors]
    body = ProblemDetails(
        type=f"{PREFIX}/#{problem.code}", title=title, status=status, detail=problem.detail, errors=errors
    )
    return web.Response(
        body=body.model_dump_json().encode(),
        status=status,
        headers={**HEADERS, **problem.headers, "Content-Type": "application/problem+json"},
    )


def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile(PREFIX + re.sub(r"\{\w+\}", "[^/]+", operation.path))


def paths(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    """The operations by their path."""
    found: dict[str, list[Operation]] = {}
    for one in operations:
        found.setdefault(one.path, []).append(one)
    return found
