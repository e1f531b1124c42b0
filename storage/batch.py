"""Many turns in one transaction: load, run them all (pure), then write by table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from flows.message import Message, render
from flows.session import LATER, Alert, Amend, CallPerson, Erase, FileIt, Need, Said, Say, Session, Turn, World
from storage import alike, guessing, redacting, sending, windows
from storage.casefile import histories
from storage.dues import of
from storage.erasing import erase_draft
from storage.filing import Filing, stirs
from storage.ids import new_id
from storage.loading import Loading
from storage.parking import kept, park
from storage.procedures import Procedures
from storage.progress import CHOSEN
from storage.receipts import Receipts, normalise, plausible
from storage.rows import CASE, Rows
from storage.vault import Vault
from storage.work import MASK, Job, Outcome, Reply, Work, log_of, masked, packed

#: What stands in the log where somebody said their picture.
COVERED = "••••"
#: From the first digit to the last: what is written around a number stays in the log.
_NUMBER = re.compile(r"\d.*\d", re.DOTALL)
_PLACES = tuple("{" + place + "}" for place in LATER)

Turning = Callable[[Session, Said, World], Turn]


class Batch:
    """One run of a set of jobs, at most one a talk, on the writer's connection.

    ``loading`` knows the jobs that were deferred to the next batch, and those refused.
    """

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        receipts: Receipts,
        worlds: Callable[[str], World],
        procedures: Procedures,
        turning: Turning,
    ) -> None:
        self.db = connection
        self.vault = vault
        self.worlds = worlds
        self.turning = turning
        self.rows = Rows()
        self.filing = Filing(self.rows, vault, receipts, procedures)
        self.loading = Loading(connection, vault, self.rows, procedures)

    def run(self, jobs: Sequence[Job], *, park_all: Exception | None = None) -> list[Outcome]:
        """Do the jobs; nothing is committed here. ``park_all`` parks them instead, for that reason."""
        works, outcomes = self.loading.load(jobs)
        for work in works:
            if park_all is not None:
                work.wrong = park_all
            elif work.wrong is None:
                self._turn(work)
        self._load_cases(works)
        for work in works:
            outcomes.append(self._compose(work))
        self.rows.write(self.db)
        written = [work for work in works if work.job.inbound is not None and work.talk["channel"] != "web"]
        if written:
            windows.released(self.db, [work.talk["id"] for work in written], max(work.job.at for work in written))
        return outcomes

    def _load_cases(self, works: Iterable[Work]) -> None:
        talks, references, stirred = set(), set(), set()
        for work in works:
            for effect in work.effects:
                if isinstance(effect, CallPerson) and effect.reference:
                    references.add(effect.reference)
                if not isinstance(effect, (FileIt, Amend)):
                    continue
                reference = effect.reference if isinstance(effect, Amend) else ""
                if reference:
                    references.add(reference)
                else:
                    talks.add(work.talk["id"])
                if stirs(effect):
                    stirred.add(reference or (work.talk["id"], effect.record))
        found: list[dict[str, Any]] = []
        if talks:
            found += [dict(r) for r in self.db.execute(select(CASE).where(CASE.c.talk.in_(talks))).mappings()]
        if references:
            found += [dict(r) for r in self.db.execute(select(CASE).where(CASE.c.reference.in_(references))).mappings()]
        for row in found:
            self.filing.know(row)
        self.vault.load(row["key"] for row in found)
        moving = [row["id"] for row in found if {row["reference"], (row["talk"], row["number"])} & stirred]
        if moving:
            self.filing.histories |= histories(self.db, self.vault, moving)
            self.filing.clocks |= of(self.db, moving)

    # Turning -----------------------------------------------------------------------------------

    def _turn(self, work: Work) -> None:
        assert work.said is not None
        try:
            world = self.worlds(work.talk["organisation"])
            work.after, work.effects = self.turning(work.session, work.said, world)
            if work.said.event == "wake" and work.after.wake is not None and work.after.wake <= work.said.at:
                work.after = work.after.but(wake=None)  # a talk is never woken twice for the same moment
            self._gate(work)
            work.need = next((effect for effect in work.effects if isinstance(effect, Need)), None)
        except Exception as error:
            work.wrong, work.after, work.effects, work.need = error, work.session, (), None

    def _gate(self, work: Work) -> None:
        """What would be said of ourselves is said only where that is safe: not now, later; or not at all."""
        say = next((effect for effect in work.effects if isinstance(effect, Say) and effect.purpose), None)
        if say is None:
            return
        assert work.said is not None
        verdict = sending.judge_talk(self.db, self.vault, work.talk, say.purpose, work.said.at)
        if verdict.until is not None:
            work.after, work.effects = work.session.but(wake=verdict.until), ()
        elif not verdict.go or verdict.neutral:
            work.effects = tuple(effect for effect in work.effects if effect is not say)

    def _compose(self, work: Work) -> Outcome:
        """The rows of one turn."""
        talk, job = work.talk, work.job
        world = self.worlds(talk["organisation"])
        inbound = job.inbound
        work.first_seq = talk["last_seq"] + 1
        erase = next((effect for effect in work.effects if isinstance(effect, Erase)), None)
        if erase is not None:
            erase_draft(self.db, self.vault, talk, erase)
            work.log_said = False
        for effect in work.effects:
            if isinstance(effect, FileIt):
                self.filing.file(work, effect)
                self._alike(work, effect)
            elif isinstance(effect, Amend):
                self.filing.amend(work, effect)
            elif isinstance(effect, Alert):
                self.filing.alert(work, effect)
            elif isinstance(effect, CallPerson):
                self.filing.task(work, effect)
        if inbound is not None and inbound.event != "open" and work.log_said:
            said = inbound if work.said is None else replace(inbound, media=work.said.media)
            if covered := _covered(work):
                said = replace(said, text=covered, choice="")
            self._log(work, "in", packed(log_of(said)))
            for media in said.media:
                self.rows.media.append({"of_id": media.id, "talk": talk["id"], "seq": talk["last_seq"]})
        if work.wrong is not None:
            sorry = park(work, self.filing, world)
            if sorry is not None:
                self._out(work, sorry)
        for effect in work.effects:
            if isinstance(effect, Say):
                self._out(work, self._message(work, effect, world), effect.purpose)
        if work.need is not None:
            work.barred = guessing.barred(self.db, talk["sender_hash"], job.at)
        self._talk(work, erase)
        self._inbound(work, erase)
        if work.need is not None:
            reply = Reply(talk["id"], talk["last_seq"], tuple(work.messages))
            slowly = 0.0
            if plausible_need(work.need) and not work.barred:
                slowly = guessing.pause(self.db, talk["organisation"], job.at)
            return Outcome(job, reply, work.need, work.barred, talk["id"], pause=slowly)
        return Outcome(
            job,
            Reply(
                talk["id"],
                talk["last_seq"],
                job.so_far + tuple(work.messages),
                work.reference,
                work.receipt,
                parked=work.wrong is not None,
            ),
            talk=talk["id"],
            erased=erase is not None,
        )

    def _alike(self, work: Work, effect: FileIt) -> None:
        """What they tell is compared with what others tell, once it is all there."""
        if work.reference and effect.complete:
            case = self.filing.by_reference[work.reference]
            if words := alike.fingerprint(self.vault.ring, case["organisation"], effect.entries):
                self.rows.alike.append(alike.row(case, words, work.job.at))

    def _message(self, work: Work, say: Say, world: World) -> Message:
        later: dict[str, str] = {}
        if work.reference:
            case = self.filing.by_reference[work.reference]
            later = {"reference": work.reference, "receipt": work.receipt, **_dates(case, say, world)}
        message = render(say, world, later)
        if not work.reference and any(place in line for line in message.lines for place in _PLACES):
            latest = self._latest(work)
            if latest is not None:
                later = {"reference": latest["reference"], "receipt": MASK, **_dates(latest, say, world)}
                message = replace(render(say, world, later), secret=())
        return message

    def _latest(self, work: Work) -> Any:
        """The record that places in a later message speak of: the talk's newest."""
        query = select(CASE.c.reference, CASE.c.acknowledge_by, CASE.c.answer_by)
        query = query.where(CASE.c.talk == work.talk["id"]).order_by(CASE.c.number.desc()).limit(1)
        return self.db.execute(query).mappings().first()

    # Rows --------------------------------------------------------------------------------------

    def _log(self, work: Work, direction: str, body: bytes, secret: tuple[str, ...] = ()) -> int:
        talk = work.talk
        talk["last_seq"] += 1
        seq: int = talk["last_seq"]
        place = f"{talk['id']}:{seq}"
        self.rows.new["message"].append(
            {
                "talk": talk["id"],
                "seq": seq,
                "organisation": talk["organisation"],
                "direction": direction,
                "at": work.job.at,
                "body": self.vault.seal(talk["key"], "message.body:" + place, body),
                "secret": self.vault.seal(talk["key"], "message.secret:" + place, packed(secret)) if secret else None,
            }
        )
        return seq

    def _out(self, work: Work, message: Message, purpose: str = "") -> None:
        talk = work.talk
        web = talk["channel"] == "web"
        plain = message.to_json().encode("utf-8", "replace")
        body = masked(message).to_json().encode("utf-8", "replace") if message.secret else plain
        seq = self._log(work, "out", body, message.secret if web else ())
        work.messages.append((seq, message))
        if web or talk["address"] is None:
            return
        number = new_id()
        to = self.vault.unseal(f"talk.address:{talk['id']}", talk["address"]).decode()
        parcel = packed({"to": to, "secret": message.secret}) + b"\n" + plain
        self.rows.new["outbox"].append(
            {
                "id": number,
                "organisation": talk["organisation"],
                "talk": talk["id"],
                "seq": seq,
                "channel": talk["channel"],
                "endpoint": talk["endpoint"],
                "body": self.vault.seal(talk["key"], f"outbox.body:{number}", parcel),
                "state": "due",
                "attempts": 0,
                "next_at": work.job.at,
                "created_at": work.job.at,
                "sent_at": None,
                "provider_id": "",
                "error": "",
                "purpose": purpose,
                "case_id": None,
            }
        )

    def _talk(self, work: Work, erase: Erase | None) -> None:
        talk, at = work.talk, work.job.at
        if work.job.inbound is not None:
            talk["last_said_at"] = max(at, talk["last_said_at"])
        if erase is not None or any(isinstance(effect, Say) and effect.hide for effect in work.effects):
            talk["shown_from"] = work.first_seq
            self.rows.forget_receipts.append(talk["id"])
        if work.reference or erase is not None:
            talk["draft_from"] = talk["last_seq"] + 1
        talk["language"] = work.after.voice.language
        talk["wake_at"] = work.after.wake
        talk["turn_no"] = work.turn_no + 1
        if work.wrong is None or work.fresh:
            body = packed(work.after.to_json())
            talk["session"] = self.vault.seal(talk["key"], f"talk.session:{talk['id']}", body)
        elif work.job.inbound is None and work.job.need is None:
            talk["wake_at"] = None  # a waking that fails is a task for staff, not a loop
        if work.fresh:
            self.rows.new["talk"].append(talk)
        else:
            self.rows.talk(talk, work.turn_no)

    def _inbound(self, work: Work, erase: Erase | None) -> None:
        job, talk = work.job, work.talk
        state, sealed = "taken", None
        place = f"inbound.sealed:{job.key.hex()}"
        if work.wrong is not None:
            state, sealed = "parked", self.vault.seal(talk["key"], place, packed(kept(work)))
        elif work.need is not None:
            state, sealed = "waiting", self.vault.seal(talk["key"], place, packed([work.need.query, work.need.about]))
        if job.inbound is None:
            if job.key:
                self.rows.inbound.append(
                    {
                        "of_id": job.key,
                        "state": state,
                        "sealed": sealed,
                        "last_seq": talk["last_seq"],
                        "case_id": work.case_id,
                    }
                )
            return
        self.rows.new["inbound"].append(
            {
                "id": job.key,
                "organisation": talk["organisation"],
                "endpoint": talk["endpoint"],
                "external_id": self.vault.seal(
                    talk["key"], f"inbound.external_id:{job.key.hex()}", job.inbound.external_id.encode()
                ),
                "talk": talk["id"],
                "at": job.at,
                "state": state,
                "first_seq": work.first_seq,
                "last_seq": talk["last_seq"],
                "case_id": work.case_id,
                "sealed": sealed,
            }
        )
        if job.inbound.redact is not None:
            one = redacting.Carried(talk["id"], talk["endpoint"], job.inbound.external_id)
            at = job.inbound.redact if erase is None else job.at
            self.rows.new["job"].append(redacting.row(talk["organisation"], one, at))


def _covered(work: Work) -> str:
    """What the log shows instead of a number, or the picture that goes with it, to whoever looks later; "" for neither.

    A number with a slip is left as it was typed, so that it can be put right.
    """
    said = work.job.inbound
    if work.need is not None and plausible_need(work.need) and said is not None and normalise(said.text):
        return _NUMBER.sub(MASK, said.text)
    if work.need is not None:
        return COVERED if work.need.query == "messages" else ""
    chosen = any(isinstance(effect, Amend) and effect.event == CHOSEN for effect in work.effects)
    return COVERED if chosen else ""


def plausible_need(need: Need) -> bool:
    """Whether a look-up is worth its slow hash."""
    return need.query == "progress" and plausible(need.about)


def _dates(case: Any, say: Say, world: World) -> dict[str, str]:
    """The days a record is promised for, in the person's language."""
    days = {name: case[name] for name in ("acknowledge_by", "answer_by")}
    return {name: world.show_date(day, say.voice) for name, day in days.items() if day is not None}
