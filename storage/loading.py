"""What a batch reads before any turn is run: talks, what was taken before, files, answers to look-ups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from flows.message import Message
from flows.session import Media, Need, Said, Session
from storage import guessing, progress, surveys
from storage.ids import new_id
from storage.prepared import Among
from storage.procedures import Procedures
from storage.rows import CASE, INBOUND, MEDIA, MESSAGE, TALK, Rows
from storage.secrets import Erased
from storage.vault import Vault
from storage.work import Job, Outcome, Reply, Work, unmasked


class Revoked(Exception):
    """The person left and asked to be forgotten here: this credential opens nothing any more."""


class Loading:
    """Reads for one batch. ``deferred`` jobs wait for the next one; ``failed`` are refused."""

    def __init__(self, connection: Connection, vault: Vault, rows: Rows, procedures: Procedures) -> None:
        self.db = connection
        self.vault = vault
        self.procedures = procedures
        self.rows = rows
        self.deferred: list[Job] = []
        self.failed: list[tuple[Job, Exception]] = []

    def load(self, jobs: Sequence[Job]) -> tuple[list[Work], list[Outcome]]:
        """The works of these jobs, and the answers to those that need none any more: taken before, or awake already."""
        outcomes: list[Outcome] = []
        lanes = [job.lane for job in jobs if job.inbound]
        ids = [job.talk for job in jobs if not job.inbound]
        known: dict[bytes, dict[str, Any]] = {}
        by_id: dict[int, dict[str, Any]] = {}
        if lanes:
            for row in _rows(self.db, _OF_SENDERS, lanes):
                known[row["sender_hash"]] = row
        if ids:
            for row in _rows(self.db, _BY_NUMBER, ids):
                by_id[row["id"]] = row
        seen: dict[bytes, Any] = {}
        keys = [job.key for job in jobs if job.inbound]
        if keys:
            for taken in _TAKEN.run(self.db, keys).mappings().all():
                seen[taken["id"]] = taken
        # Another process may have begun the talk, and taken this very message, between these two questions.
        late = [job.lane for job in jobs if job.inbound and job.key in seen and job.lane not in known]
        if late:
            known |= {row["sender_hash"]: row for row in _rows(self.db, _OF_SENDERS, late)}
        self.vault.load([row["key"] for row in known.values()] + [row["key"] for row in by_id.values()])

        works: list[Work] = []
        busy: set[int] = set()
        for job in jobs:
            if job.inbound and job.key in seen:
                outcomes.append(self._again(job, seen[job.key], known.get(job.lane)))
                continue
            talk = known.get(job.lane) if job.inbound else by_id.get(job.talk)
            if talk is None and not job.inbound:
                outcomes.append(Outcome(job, Reply(job.talk, 0, ())))  # erased in the meantime
                continue
            if talk is not None:
                if talk["id"] in busy:
                    self.deferred.append(job)
                    continue
                if talk["revoked_at"] is not None and job.inbound:
                    self.failed.append((job, Revoked("this credential was given up; begin a new talk")))
                    continue
                if not job.inbound and job.need is None and (talk["wake_at"] is None or talk["wake_at"] > job.at):
                    outcomes.append(Outcome(job, Reply(talk["id"], talk["last_seq"], ())))  # it woke already
                    continue
            work = self._work(job, talk)
            busy.add(work.talk["id"])
            works.append(work)
        self._media(works)
        self._answers([work for work in works if work.job.need is not None])
        return works, outcomes

    def _work(self, job: Job, row: dict[str, Any] | None) -> Work:
        inbound = job.inbound
        if row is None:
            assert inbound is not None
            work = Work(job, _new_talk(job, self.vault.take()), fresh=True)
            if inbound.channel != "web":
                place = f"talk.address:{work.talk['id']}"
                work.talk["address"] = self.vault.seal(work.talk["key"], place, inbound.sender.encode())
            work.session = Session(channel=inbound.channel)
        else:
            work = Work(job, row, fresh=False, turn_no=row["turn_no"])
            try:
                sealed = self.vault.unseal(f"talk.session:{row['id']}", row["session"])
                work.session = Session.from_json(json.loads(sealed.decode()))
            except Erased:
                row["key"] = self.vault.take()
                work.session = Session(channel=row["channel"])
                row["address"] = None
                if inbound and inbound.channel != "web":
                    place = f"talk.address:{row['id']}"
                    row["address"] = self.vault.seal(row["key"], place, inbound.sender.encode())
            except Exception as error:
                work.wrong = error
        work.after = work.session
        if inbound is not None:
            work.said = Said(
                at=inbound.at,
                text=inbound.text,
                choice=inbound.choice,
                media=inbound.media,
                entry=inbound.entry,
                language=inbound.language,
                event=inbound.event,
            )
        elif job.need is None:
            work.said = Said(at=job.at, event="wake")
        return work

    def _media(self, works: Iterable[Work]) -> None:
        """Only files of this organisation that nobody else has used may join a turn."""
        said = [(work, work.said) for work in works if work.said is not None and work.said.media]
        if not said:
            return
        ids = [media.id for _, one in said for media in one.media]
        rows = {row["id"]: row for row in self.db.execute(select(MEDIA).where(MEDIA.c.id.in_(ids))).mappings()}
        for work, one in said:
            theirs = []
            for media in one.media:
                row = rows.get(media.id)
                if row is None or row["organisation"] != work.talk["organisation"]:
                    continue
                if row["talk"] in (None, work.talk["id"]):
                    theirs.append(Media(row["id"], row["kind"], row["size"]))
            work.said = replace(one, media=tuple(theirs))

    def _answers(self, works: Sequence[Work]) -> None:
        """The events "found" for turns that asked the store (``Need``)."""
        hashes = [work.job.found for work in works if work.job.found is not None]
        cases: dict[bytes, Any] = {}
        if hashes:
            for row in self.db.execute(select(CASE).where(CASE.c.receipt_hash.in_(hashes))).mappings():
                cases[row["receipt_hash"]] = row
        for work in works:
            job = work.job
            if job.need is not None and job.need.query == "ways":
                ways = surveys.ways(
                    self.db, self.vault, self.procedures, job.need.about, work.talk, work.session, job.at
                )
                work.said = Said(at=job.at, event="found", found=ways)
                continue
            if job.need is not None and job.need.query == "messages":
                found = progress.opened(self.db, self.vault, work.session.mine, job.need.about, job.at)
                work.said = Said(at=job.at, event="found", found=found)
                continue
            found = {"state": "wait" if job.barred else "missing" if job.found is not None else "mistyped"}
            case = cases.get(job.found) if job.found is not None else None
            if case is not None and case["organisation"] == work.talk["organisation"]:
                found = progress.standing(self.db, self.vault, case, job.at, talk=work.talk["id"])
                found |= surveys.offer(self.db, case)
            elif job.found is not None:
                organisation = work.talk["organisation"]
                guessing.forget(self.db, organisation, job.at)
                self.rows.new["guess"].append(guessing.row(organisation, work.talk["sender_hash"], job.at))
            work.said = Said(at=job.at, event="found", found=found)

    def _again(self, job: Job, row: Any, talk: dict[str, Any] | None) -> Outcome:
        """The reply of then, for a message that was taken before."""
        if talk is None or talk["id"] != row["talk"]:
            self.failed.append((job, ValueError("this message number was used by somebody else; use a new one")))
            return Outcome(job, None)
        if talk["revoked_at"] is not None:
            self.failed.append((job, Revoked("this credential was given up; begin a new talk")))
            return Outcome(job, None)
        messages = self._logged(row["talk"], row["first_seq"], row["last_seq"])
        if row["state"] == "waiting" and row["sealed"] is not None:
            query, about = json.loads(self.vault.unseal(f"inbound.sealed:{job.key.hex()}", row["sealed"]))
            return Outcome(job, Reply(row["talk"], row["last_seq"], messages), Need(query, about), False, row["talk"])
        reference = receipt = ""
        if row["case_id"] is not None:
            reference = self.db.execute(select(CASE.c.reference).where(CASE.c.id == row["case_id"])).scalar() or ""
            receipt = next((secret for _, message in messages for secret in message.secret), "")
        parked = row["state"] == "parked"
        reply = Reply(row["talk"], row["last_seq"], messages, reference, receipt, duplicate=True, parked=parked)
        return Outcome(job, reply, talk=row["talk"])

    def _logged(self, talk: int, first: int, last: int) -> tuple[tuple[int, Message], ...]:
        """Messages that went out, from the log; what was erased is left out."""
        query = select(MESSAGE.c.seq, MESSAGE.c.body, MESSAGE.c.secret).where(
            MESSAGE.c.talk == talk, MESSAGE.c.seq.between(first, last), MESSAGE.c.direction == "out"
        )
        found = []
        for seq, body, secret in self.db.execute(query.order_by(MESSAGE.c.seq)):
            message = Message.from_json(self.vault.unseal(f"message.body:{talk}:{seq}", body).decode())
            if secret is not None:
                secrets = tuple(json.loads(self.vault.unseal(f"message.secret:{talk}:{seq}", secret)))
                message = unmasked(message, secrets)
            found.append((seq, message))
        return tuple(found)


def _rows(db: Connection, query: Among, these: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Each row as a dict of its own, which the turn changes."""
    found = query.run(db, these)
    names = tuple(found.keys())
    for row in found.all():
        yield dict(zip(names, row, strict=True))


def _talks(where: ColumnElement[bool]) -> Select[Any]:
    # The lock keeps two processes apart on PostgreSQL; by id, so that they never wait for each other in a ring.
    return select(TALK).where(where).order_by(TALK.c.id).with_for_update()


_OF_SENDERS, _BY_NUMBER = Among(TALK.c.sender_hash, _talks), Among(TALK.c.id, _talks)
_TAKEN = Among(INBOUND.c.id, lambda among: select(INBOUND).where(among))


def _new_talk(job: Job, key: int) -> dict[str, Any]:
    inbound = job.inbound
    assert inbound is not None
    return {
        "id": new_id(),
        "organisation": inbound.organisation,
        "channel": inbound.channel,
        "endpoint": inbound.endpoint,
        "sender_hash": job.lane,
        "key": key,
        "turn_no": 0,
        "session": b"",
        "address": None,
        "language": "",
        "wake_at": None,
        "last_seq": 0,
        "shown_from": 1,
        "draft_from": 1,
        "last_said_at": inbound.at,
        "created_at": inbound.at,
        "revoked_at": None,
    }
