"""Webhooks: set up, looked at, ended, told again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlmodel

from bot.api import requests, shapes
from bot.api.declare import PREFIX, Answer, Ask, Problem, operation
from bot.api.front import number
from storage import webhooks
from storage.tokens import sees
from storage.webhooks import Delivery, TooMany, Webhook

#: Deliveries on a page.
PAGE = 50


@operation("GET", "/webhooks", "List webhooks", scopes=("webhooks",), answer=shapes.Hooks)
async def hooks(ask: Ask) -> Answer:
    """Those of the organisation, also the ones that people or other tokens made."""
    found = await ask.read(lambda db: webhooks.every(db, ask.sealer, ask.organisation))
    return Answer(shapes.Hooks(webhooks=[shapes.Hook(**_hook(ask, one)) for one in found]))


@operation(
    "POST", "/webhooks", "Set up a webhook", scopes=("webhooks",), body=shapes.HookAsked, answer=shapes.NewHook,
    status=201, once=True, problems=("key-used", "not-possible"),
)  # fmt: skip
async def add_hook(ask: Ask) -> Answer:
    """From now on this address is told what happens to records: that something happened, never what was said.

    It ends with the token that made it. Check the signature of every post; docs/integration.md shows how.
    """
    body, key = ask.body, requests.key(ask)
    if wrong := webhooks.problem(body.url, ask.api.inside):
        raise Problem("not-possible", "This address cannot be told.", [("url", wrong)])
    if body.restricted and not ask.token.may("restricted"):
        raise Problem("not-allowed", "Only a token with the scope “restricted” can set up such a webhook.")

    def write(db: sqlmodel.Session) -> Webhook | str:
        if before := requests.take(db, ask, key, requests.hashed(body)):
            ask.noted = before
            return before
        made = webhooks.add(
            db.connection(), ask.sealer, ask.organisation, body.url, body.events, body.restricted, ask.token.who,
            ask.now, ask.token.id,
        )  # fmt: skip
        ask.noted = f"webhook:{made.id}"
        requests.finish(db, key, ask.noted)
        return made

    try:
        made = await ask.write(write)
    except TooMany as error:
        raise Problem("not-possible", str(error)) from None
    if isinstance(made, str):
        before = await _there(ask, made.removeprefix("webhook:"))
        if before is None:
            raise Problem("key-used", "What was set up with this Idempotency-Key has ended: take a new one.")
        made = before
    return _new(ask, made)


@operation("GET", "/webhooks/{webhook}", "One webhook", scopes=("webhooks",), answer=shapes.Hook)
async def hook(ask: Ask) -> Answer:
    """Without its secret, which only setting it up tells."""
    return Answer(shapes.Hook(**_hook(ask, await _here(ask))))


@operation("DELETE", "/webhooks/{webhook}", "End a webhook", scopes=("webhooks",), status=204)
async def end_hook(ask: Ask) -> Answer:
    """Nothing more is told to it, not even what waits."""
    one = await _here(ask)
    await ask.write(lambda db: webhooks.end(db.connection(), ask.organisation, one.id, ask.now))
    return Answer()


@operation(
    "GET", "/webhooks/{webhook}/deliveries", "What a webhook was told", scopes=("webhooks",),
    query=shapes.DeliveriesAsked, answer=shapes.Deliveries,
)  # fmt: skip
async def deliveries(ask: Ask) -> Answer:
    """The newest first, of the last thirty days."""
    one, query = await _here(ask), ask.query
    found = await ask.read(
        lambda db: webhooks.deliveries(
            db, one.id, before=number(query.after or ""), limit=PAGE + 1, states=(query.state,) if query.state else ()
        )
    )
    whole = ask.token.may("restricted")  # whatever the webhook itself may be told
    some = [entry for entry in found[:PAGE] if whole or sees(whole, entry.about, ask.organisation)]
    more = str(found[PAGE - 1].id) if len(found) > PAGE else None
    ask.shown = [entry.reference for entry in some]
    return Answer(shapes.Deliveries(deliveries=_deliveries(some), next=more))


@operation(
    "POST", "/webhooks/{webhook}/replay", "Tell a webhook again", scopes=("webhooks",), body=shapes.ReplayAsked,
    answer=shapes.Replayed,
)  # fmt: skip
async def replay(ask: Ask) -> Answer:
    """What was given up is tried anew; with `since` what was told from then on is told once more, in order.

    That goes by when it was told: what happened may be from long before.
    """
    one, since = await _here(ask), ask.body.since
    count = await ask.write(lambda db: webhooks.replay(db.connection(), one, ask.now, since=since))
    return Answer(shapes.Replayed(count=count))


async def _here(ask: Ask) -> Webhook:
    """The webhook of the path, which is what the audit is told of."""
    found = await _there(ask, ask.http.match_info["webhook"])
    if found is None:
        raise Problem("not-found", "There is no such webhook, or it has ended.")
    ask.noted = f"webhook:{found.id}"
    return found


async def _there(ask: Ask, text: str) -> Webhook | None:
    return await ask.read(lambda db: webhooks.find(db, ask.sealer, ask.organisation, number(text)))


def _hook(ask: Ask, one: Webhook) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "url": one.url.partition("?")[0],  # what stands behind it may be a key of the other system
        "events": list(one.events),
        "restricted": one.restricted,
        "created_at": one.created_at,
        "href": f"{ask.api.address}{PREFIX}/webhooks/{one.id}",
    }


def _new(ask: Ask, one: Webhook) -> Answer:
    told = shapes.NewHook.model_validate({**_hook(ask, one), "secret": one.secret})
    return Answer(told, headers={"Location": told.href})


def _deliveries(found: Sequence[Delivery]) -> list[shapes.Delivery]:
    same = ("number", "type", "at", "state", "attempts", "answer", "sent_at")
    return [
        shapes.Delivery(
            id=str(one.id),
            record=one.reference,
            **{name: getattr(one, "seq" if name == "number" else name) for name in same},
        )
        for one in found
    ]
