"""The talk a record came from, as it happened: what was asked, what was said, in the words and language of both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from flows.message import Message
from flows.session import Media
from storage import models
from storage.desk import CASE
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault
from storage.work import media_of

_INBOUND = table(models.Inbound)
_MESSAGE = table(models.Message)
_TALK = table(models.Talk)


@dataclass(frozen=True, slots=True)
class Said:
    """One message. ``ours``: what we sent; ``choices`` it offered; ``chosen`` what they pressed, in its words.

    lines     its paragraphs; empty and ``erased`` where the key is gone
    language  "" where it is not known
    """

    seq: int
    at: datetime
    ours: bool
    lines: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    language: str = ""
    step: str = ""
    erased: bool = False


def talk(db: Connection, vault: Vault, case: int) -> tuple[Said, ...]:
    """What was said from hello to the record, and after it as far as it is no other record's. Receipts stay masked.

    Brothers and sisters may share a telephone: what belongs to another record of the talk is not shown.
    """
    row = db.execute(select(CASE.c.talk, CASE.c.number, CASE.c.complete).where(CASE.c.id == case)).one()
    first, last = span(db, case, row.talk)
    query = select(_MESSAGE).where(_MESSAGE.c.talk == row.talk, _MESSAGE.c.seq >= first)
    if last:
        query = query.where(_MESSAGE.c.seq <= last)
    out: list[Said] = []
    labels: dict[str, str] = {}
    for found in db.execute(query.order_by(_MESSAGE.c.seq)).mappings():
        try:
            body = vault.unseal(f"message.body:{found['talk']}:{found['seq']}", found["body"])
        except Erased:
            out.append(Said(found["seq"], found["at"], found["direction"] == "out", erased=True))
            continue
        if found["direction"] == "out":
            message = Message.from_json(body.decode())
            labels |= {choice.token: choice.label for choice in message.choices}
            out.append(
                Said(
                    found["seq"], found["at"], True, message.lines, tuple(c.label for c in message.choices),
                    language=message.language, step=message.step,
                )
            )  # fmt: skip
            continue
        said = json.loads(body)
        tokens = [token for token in str(said.get("choice", "")).split("\n") if token]
        text = str(said.get("text", ""))
        chosen = tuple(labels.get(token, token.partition("=")[2]) for token in tokens)
        media = tuple(media_of(said.get("media", [])))
        out.append(Said(found["seq"], found["at"], False, (text,) if text else (), (), chosen, media))
    return tuple(out)


def span(db: Connection, case: int, number: int) -> tuple[int, int]:
    """The first and the last message of the record in its talk; last 0 for no end."""
    ends = db.execute(
        select(_INBOUND.c.case_id, func.max(_INBOUND.c.last_seq))
        .where(_INBOUND.c.talk == number, _INBOUND.c.case_id.is_not(None))
        .group_by(_INBOUND.c.case_id)
    ).all()
    filed: dict[int, int] = {row[0]: row[1] for row in ends}
    draft = db.execute(select(_TALK.c.draft_from).where(_TALK.c.id == number)).scalar_one()
    mine = filed.get(case)
    others = [last for found, last in filed.items() if found != case]
    if mine is None:
        return max(others, default=0) + 1, 0
    first = max((last for last in others if last < mine), default=0) + 1
    later = [last for last in others if last > mine]
    return first, mine if later else max(mine, draft - 1)
