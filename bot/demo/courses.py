"""How records go, by kind: each course is told step by step, and says when it goes on; what would be to come is left.

A course is a generator of times: the maker lets the days pass in between, for all records at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.demo.house import House, Record
from casework.procedure import Stage
from storage import alerting

Course = Iterator[datetime]

#: How a complaint goes, and how often of a hundred. Those that take longest are first, so that they end in time where
#: each is dealt once (``make.dealt``).
FATES = {
    "ombudsman": 3, "stage3": 3, "stage2": 9, "mediated": 4, "extended": 9, "slow": 10, "paused": 5, "routed": 4,
    "withdrawn": 4, "unclosed": 2, "usual": 47,
}  # fmt: skip
#: What is decided of a point, how often of a hundred; whatever else an organisation lists comes as often as the least.
OUTCOMES = {"upheld": 26, "partly_upheld": 27, "not_upheld": 31, "service_provided": 7, "meeting_offered": 4}
RESOLUTIONS = {"resolved": 70}
RARE = 3
#: Not decided of any point: a record that was taken back, and one that is open, are counted so by themselves.
BY_ITSELF = ("withdrawn", "open")
_ANSWERS = {
    "upheld": "You were right about {point}, and I am sorry. Here is what we will do, and by when. I will check that "
    "it is done and write to you again.",
    "partly_upheld": "I have looked into {point}. Part of it went wrong and we are sorry for that; part of it was "
    "decided for good reasons, which I will gladly explain to you.",
    "not_upheld": "I have looked into {point} carefully. I think the decision was right, and I know that is not what "
    "you hoped for. You can ask for the next step if you are not happy with this.",
}
_THANKS = "Thank you for telling us. {name} here. I have talked with the team and read every message.\n\n"


def alarm(house: House, record: Record) -> Course:
    """Somebody sees the sign of danger within the hour."""
    mine = house.alerts(record)
    yield record.at + timedelta(minutes=house.rng.randint(4, 35))
    at = record.at + timedelta(minutes=house.rng.randint(4, 35))
    house.store.writer.write(
        lambda db: alerting.acknowledge(db.connection(), house.id, mine, house.by("safeguarding"), at)
    ).result()


def course(house: House, record: Record, fate: str) -> Course:
    """The course of a record of any kind."""
    if fate == "untouched":
        return iter(())
    found = {"complaint": complaint, "informal": informal, "compliment": compliment}
    found |= {"advocate": advocate, "person": person}
    return found[record.kind](house, record, fate) if record.kind in found else iter(())


def complaint(house: House, record: Record, fate: str) -> Course:
    """A complaint, from the acknowledgement to the end."""
    rng, do = house.rng, house.do
    yield (at := house.later(record.at, 0 if rng.random() < 0.6 else 1))
    do(record, "acknowledged", at, "complaints")
    yield (at := house.later(record.at, 0))
    if fate == "routed":
        yield from _elsewhere(house, record)
        return
    _about(house, record, at)
    yield (at := house.later(record.at, 1))
    if fate == "withdrawn":
        do(record, "withdrawn", at, "participation", note="It was put right before we began.")
        yield (at := house.later(record.at, 2))
        do(record, "withdrawal_decided", at, "complaints", "Nothing is left to look into.", look=False)
        return
    first, *others = house.profile.stages.values()
    do(record, f"{first.id}.begun", at, "complaints")
    if record.child:
        yield (at := house.later(record.at, 0))
        answer = rng.choice(("accepted", "declined", "has_one"))
        do(record, "advocate_offered", at, "participation", answer=answer)
    yield (at := house.later(record.at, 1))
    do(record, "talked", at, "manager", who=house.staff["manager"][1], note="Went through it together.")
    if fate == "waiting":
        return
    if fate == "paused":
        yield from _pause(house, record, f"{first.id}.response")
    elif fate == "extended":
        yield from _extend(house, record, f"{first.id}.response")
    wait = {"slow": rng.randint(8, 16), "extended": rng.randint(6, 9)}.get(fate, rng.randint(1, 5))
    yield from _answer(house, record, first, wait)
    further = {"stage2": 1, "stage3": 2, "ombudsman": 2, "mediated": 0}.get(fate, 0)
    if fate == "mediated" and house.profile.mediation:
        yield from _mediate(house, record)
    for stage in others[:further]:
        yield from _stage(house, record, stage)
    if fate == "ombudsman" and house.profile.ombudsman:
        yield from _ombudsman(house, record)
    if fate == "unclosed":
        return
    yield (at := house.later(record.at, rng.randint(2, 9)))
    do(record, "closed", at, "complaints", "What was promised is being done.", **_resolution(house))


def _resolution(house: House) -> dict[str, Any]:
    """How it was resolved, where the organisation asks for it."""
    listed = house.profile.listed("resolutions")
    return {"resolution": house.drawn("resolutions", _weighed(listed, RESOLUTIONS))} if listed else {}


def _weighed(listed: Iterable[str], often: Mapping[str, int]) -> dict[str, int]:
    return {one: often.get(one, RARE) for one in listed if one not in BY_ITSELF}


def _about(house: House, record: Record, at: datetime) -> None:
    """What it is about and who answers."""
    listed = house.profile.listed("themes")
    if theme := next((one for one in record.story.themes if one in listed), ""):
        house.do(record, "themed", at, "officer", themes=[theme])
    house.do(record, "services", at + timedelta(seconds=40), "officer", services=[record.service])
    number, name = house.staff["manager" if house.rng.random() < 0.6 else "manager2"]
    at += timedelta(seconds=95)
    house.do(
        record, "role", at, "complaints", adds={"assigned": [number]},
        role="manager", person=[name], staff=[str(number)], told=True,
    )  # fmt: skip


def _answer(house: House, record: Record, stage: Stage, days: int) -> Course:
    """The answer of a stage, the points decided, what was promised and done."""
    rng, do = house.rng, house.do
    yield (at := house.later(record.at, days))
    listed = house.profile.listed("outcomes")
    outcome = house.drawn("outcomes", _weighed(listed, OUTCOMES))
    point = record.story.point[:1].lower() + record.story.point[1:]
    said = _ANSWERS.get(outcome, _ANSWERS["not_upheld"]).format(point=point)
    who = "manager" if stage.id == "stage1" else "complaints"
    house.answer(record, f"{stage.id}.answered", _THANKS.format(name=house.staff[who][1]) + said, at, who)
    yield (at := house.later(record.at, 0))
    do(record, "outcome", at, "complaints", point=record.story.point, outcome=outcome)
    if not listed[outcome].upheld:
        return
    remedies = house.profile.listed("remedies")
    promised = [next(one for one, item in remedies.items() if item.apology)]
    if rng.random() < 0.5:
        promised.append(rng.choice([one for one in remedies if one not in promised and one != "payment"]))
    for one in promised:
        at += timedelta(minutes=2)
        do(record, "remedy", at, "complaints", remedy=one)
    yield (at := house.later(record.at, rng.randint(1, 6)))
    for one in promised:
        at += timedelta(minutes=3)
        if remedies[one].approval:
            do(record, "remedy_approved", at, "complaints", remedy=one, by="Senior manager")
        do(record, "remedy_done", at + timedelta(minutes=1), "officer", remedy=one)


def _stage(house: House, record: Record, stage: Stage) -> Course:
    """A later stage that the person asks for: who looks into it, its steps, its answer."""
    rng, do = house.rng, house.do
    yield (at := house.later(record.at, rng.randint(2, 12)))
    reasons = house.profile.listed("request_reasons")
    why = next(iter(reasons)) if reasons else "Not happy with the answer"
    if not do(record, f"{stage.id}.requested", at, "complaints", why):
        return
    if f"{stage.id}.acknowledgement" in house.profile.clocks:
        yield (at := house.later(record.at, 1))
        do(record, f"{stage.id}.acknowledged", at, "complaints")
    yield (at := house.later(record.at, 1))
    if stage.handed_to:
        do(record, "handed_over", at, "complaints", "It manages this stage.", to=str(stage.handed_to))
    for role in stage.roles.values():
        at += timedelta(minutes=4)
        people = [f"{next(record.outside)} (from outside)" for _ in range(role.people)]
        do(record, "role", at, "complaints", role=role.id, person=people)
    for step in stage.steps:
        yield (at := house.later(record.at, rng.randint(2, 8)))
        do(record, f"{stage.id}.{step}", at, "complaints")
    if stage.talk:
        yield (at := house.later(record.at, 1))
        do(record, "talked", at, "complaints", who=house.staff["complaints"][1])
    yield from _answer(house, record, stage, rng.randint(2, 7))
    if stage.handed_to:
        yield (at := house.later(record.at, 1))
        do(record, "handed_back", at, "complaints")
    if rng.random() < 0.6 and stage.id == "stage2":
        do(
            record,
            "cost",
            record.at + timedelta(minutes=5),
            "complaints",
            amount=float(rng.randint(8, 38) * 100),
            what="Investigation",
        )


def _pause(house: House, record: Record, clock: str) -> Course:
    yield (at := house.later(record.at, 1))
    review = house.later(at, 10).date().isoformat()
    if not house.do(
        record,
        "paused",
        at,
        "complaints",
        house.rng.choice(("court", "police", "person")),
        clocks=[clock],
        review=review,
    ):
        return
    yield (at := house.later(record.at, house.rng.randint(5, 9)))
    house.do(record, "resumed", at, "complaints", clocks=[clock])


def _extend(house: House, record: Record, clock: str) -> Course:
    known = house.profile.clocks.get(clock)
    yield (at := house.later(record.at, house.rng.randint(2, 4)))
    if known is None or known.extended is None:
        house.do(record, "informed", at, "complaints", note="Told that it takes a little longer, and why.")
        return
    house.do(
        record,
        "extended",
        at,
        "complaints",
        next(iter(house.profile.listed("extension_reasons"))),
        clock=clock,
        agreed=True,
    )


def _mediate(house: House, record: Record) -> Course:
    yield (at := house.later(record.at, 2))
    if not house.do(record, "mediation_offered", at, "complaints"):
        return
    yield (at := house.later(record.at, 4))
    results = tuple(house.profile.listed("mediation_results")) or ("resolved",)
    house.do(record, "mediated", at, "complaints", result="resolved" if "resolved" in results else results[0])


def _ombudsman(house: House, record: Record) -> Course:
    yield (at := house.later(record.at, 6))
    if not house.do(record, "ombudsman_referred", at, "complaints", "The person went there themselves."):
        return
    yield (at := house.later(record.at, 25))
    results = tuple(house.profile.listed("ombudsman_results")) or ("closed after initial enquiries",)
    house.do(record, "ombudsman_decided", at, "complaints", result=house.rng.choice(results))


def _elsewhere(house: House, record: Record) -> Course:
    ways = [one for one, route in house.profile.routes.items() if route.ends and one != "safeguarding"]
    yield (at := house.later(record.at, 0))
    house.do(record, "routed", at, "complaints", "It is decided there.", route=house.rng.choice(ways))
    yield (at := house.later(record.at, 3))
    house.do(record, "closed", at, "complaints", "It is answered there, and the person knows.")


def informal(house: House, record: Record, fate: str) -> Course:
    """How things are: contact, what the practitioner did, the closing contact; now and then it becomes a complaint."""
    rng, do = house.rng, house.do
    yield (at := house.later(record.at, rng.randint(0, 3)))
    listed = house.profile.listed("informal_themes") or house.profile.listed("themes")
    if theme := next((one for one in record.story.themes if one in listed), ""):
        do(record, "themed", at, "participation", themes=[theme])
    do(record, "services", at + timedelta(seconds=30), "participation", services=[record.service])
    if fate == "waiting":
        return
    yield (at := house.later(record.at, 0))
    do(record, "contacted", at, "participation", who=house.staff["participation"][1])
    if rng.random() < 0.07:
        yield (at := house.later(record.at, 3))
        do(record, "made_complaint", at, "participation")
        record.kind = "complaint"
        yield from complaint(house, record, "usual")
        return
    if "loop.action" in house.profile.clocks:
        yield (at := house.later(record.at, rng.randint(2, 9)))
        do(record, "acted", at, "manager", what="Talked with the team, and changed what was asked for.")
        yield (at := house.later(record.at, rng.randint(1, 4)))
        answers: dict[str, Any] = {
            one: rng.choices(("yes", "no"), (8, 1))[0] for one in ("listened", "promised", "outcome")
        }
        do(record, "loop_closed", at, "participation", who=house.staff["participation"][1], **answers)
    yield (at := house.later(record.at, rng.randint(1, 4)))
    do(record, "closed", at, "complaints", **_resolution(house))


def compliment(house: House, record: Record, fate: str) -> Course:
    """Something good: brought to the worker, with luck onto the board."""
    yield (at := house.later(record.at, house.rng.randint(0, 4)))
    if fate == "waiting":
        return
    number, name = house.staff["manager"]
    told = record.share != "no" and house.do(
        record, "passed_on", at, "participation", adds={"shown": [number]},
        to=name, staff=[str(number)], services=[record.service],
    )  # fmt: skip
    if told and house.rng.random() < 0.45:
        yield (at := house.later(record.at, 1))
        if record.story.language == "en":
            house.do(record, "sharing", at, "participation", answer="both", how="They said so when they were thanked.")
            house.do(record, "celebrated", at + timedelta(minutes=3), "participation", words=f"“{record.story.text}”")
    yield (at := house.later(record.at, house.rng.randint(1, 5)))
    house.do(record, "closed", at, "complaints", "" if told else "The person asked us to tell nobody.")


def advocate(house: House, record: Record, fate: str) -> Course:
    """A request for an advocate: passed on, taken on, met, reported."""
    rng, do = house.rng, house.do
    yield (at := house.later(record.at, 0))
    if fate == "waiting":
        return
    number, name = house.staff["advocate"]
    do(
        record, "referred", at, "participation", adds={"referred": [number]},
        to=name, staff=[str(number)], shared="What it is about, and how to reach them.",
    )  # fmt: skip
    yield (at := house.later(record.at, 1))
    do(record, "advocate_accepted", at, "advocate")
    yield (at := house.later(record.at, 1))
    do(
        record,
        "advocate_arranged",
        at,
        "advocate",
        day=house.later(at, 4).date().isoformat(),
        time="16:30",
        where="At school",
    )
    yield (at := house.later(record.at, 4))
    do(record, "advocate_met", at, "advocate")
    yield (at := house.later(record.at, 1))
    do(record, "advocate_reported", at, "advocate", what=record.story.text, agreed=True)
    yield (at := house.later(record.at, rng.randint(5, 20)))
    do(record, "advocate_ended", at, "advocate", result="helped")
    yield (at := house.later(record.at, 1))
    do(record, "closed", at, "complaints")


def person(house: House, record: Record, fate: str) -> Course:
    """Somebody who wanted to talk with a person."""
    yield (at := house.later(record.at, 0))
    if fate == "waiting":
        return
    house.do(record, "contacted", at, "participation", who=house.staff["participation"][1])
    yield (at := house.later(record.at, 1))
    house.do(record, "closed", at, "complaints")
