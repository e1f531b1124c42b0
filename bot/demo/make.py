"""Makes the demonstration: lets the days of a year and more pass, one after another, for every organisation at once.

What people send goes through the engine and the writer; what staff do through the functions of the console; what the
machinery does in between – nudges, milestones, surveys, warnings – is done by its own jobs, at the time they are due.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

import locales
from bot.demo import courses, learned
from bot.demo.days import Act, Days
from bot.demo.house import House, Record
from bot.demo.person import GaveUp, Person
from bot.demo.stories import Story, book
from casework.calendar import LONDON, add_months
from casework.procedure import Profile
from storage import casefile, cases_held, entered
from storage.desk import CASE
from storage.entered import Entered, Given
from storage.store import Store

#: Records of an organisation, besides the last days'.
MANY = 42
#: How people come, of a hundred: children, and everybody else.
CHILD = {"web": 40, "sms": 24, "telegram": 18, "in_person": 10, "phone": 8}
ADULT = {"web": 30, "sms": 16, "telegram": 8, "phone": 22, "email": 14, "letter": 10}
OWN = ("web", "sms", "telegram")
#: Kinds of a hundred records.
KINDS = {"complaint": 40, "informal": 21, "compliment": 26, "advocate": 8, "person": 5}
AGES = ("8to11", "12to15", "12to15", "16to17", "16to17", "18to20")
#: The last days, so that every list of today has something: (kind, working days ago, how it goes on). The first is
#: overdue also where an answer has 28 days.
LATELY = (
    ("complaint", 24, "waiting"),
    ("complaint", 14, "waiting"), ("complaint", 12, "waiting"), ("complaint", 10, "waiting"),
    ("complaint", 9, "waiting"), ("complaint", 8, "paused"), ("complaint", 7, "extended"), ("complaint", 6, "waiting"),
    ("complaint", 4, "waiting"), ("complaint", 2, "untouched"), ("complaint", 1, "usual"),
    ("complaint", 0, "untouched"), ("informal", 5, "waiting"), ("informal", 3, "usual"), ("informal", 0, "untouched"),
    ("compliment", 4, "waiting"), ("compliment", 1, "usual"), ("compliment", 0, "untouched"),
    ("advocate", 1, "waiting"), ("advocate", 3, "usual"), ("person", 1, "untouched"),
)  # fmt: skip
#: A sign of danger in the last half hour, which nobody has acknowledged yet: at the first organisation.
OPEN_ALERT = timedelta(minutes=18)


def dealt(many: int, rng: Random) -> list[tuple[str, str]]:
    """(kind, how it goes) of so many records, in the order of their days: kinds as ``KINDS`` says, to the record; and
    every fate of a complaint once, from the first complaint on, before any is drawn."""
    shares = {kind: many * share / sum(KINDS.values()) for kind, share in KINDS.items()}
    kinds = [kind for kind, share in shares.items() for _ in range(int(share))]
    kinds += sorted(KINDS, key=lambda kind: int(shares[kind]) - shares[kind])[: many - len(kinds)]
    rng.shuffle(kinds)
    fates = iter(courses.FATES)
    drawn = [rng.choices(*zip(*courses.FATES.items(), strict=True))[0] for _ in kinds]
    return [
        (kind, next(fates, other) if kind == "complaint" else other) for kind, other in zip(kinds, drawn, strict=True)
    ]


class Maker:
    """Makes everything up to ``now``. ``said``: told how far it is, of a hundred.

    many  records of each organisation, besides those of the last days (``lately``)
    """

    def __init__(
        self,
        store: Store,
        profiles: Mapping[str, Profile],
        now: datetime,
        seed: int,
        said: Callable[[int], None],
        many: int = MANY,
        lately: Sequence[tuple[str, int, str]] = LATELY,
    ) -> None:
        self.store, self.now, self.rng, self.said = store, now.astimezone(LONDON), Random(seed), said
        self.many, self.lately = many, lately
        spoken = {entry.code for entry in locales.offered()}
        self._stories = tuple(one for one in book().stories if one.language in spoken)
        self.houses = [House(store, profile, Random(f"{seed} {name}"), self.now) for name, profile in profiles.items()]
        self._acts: list[tuple[datetime, int, Act]] = []
        self._order, self._names = itertools.count(), itertools.count(1)

    @property
    def refused(self) -> list[tuple[str, str]]:
        """What the procedures did not allow in any house: (event, why). Empty when the courses are right."""
        return [one for house in self.houses for one in house.refused]

    def make(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Everything; returns early once ``stopped()`` says so."""
        for house in self.houses:
            self._plan(house)
        start = min(at for at, _, _ in self._acts)
        days = Days(self.store, self.houses, self.rng, self.now, self.at)
        looks = days.looks(start)
        look: datetime | None = next(looks)
        shown = -1
        while self._acts and not stopped():
            at = self._acts[0][0]
            if at > self.now:
                break
            while look is not None and look <= at:
                days.look(look)
                look = next(looks, None)
            _, _, act = heapq.heappop(self._acts)
            act(at)
            percent = int(99 * ((at - start) / (self.now - start)))
            if percent > shown:
                shown = percent
                self.said(percent)
        while look is not None and not stopped():
            days.look(look)
            look = next(looks, None)

    def at(self, when: datetime, act: Act) -> None:
        """Have something done at a time; what is to come is left."""
        if when <= self.now:
            heapq.heappush(self._acts, (when, next(self._order), act))

    # The plan --------------------------------------------------------------------------------------------

    def _plan(self, house: House) -> None:
        first = add_months(cases_held.year_of(house.profile, self.now.date()), -12)
        start = house.hours(first, 8, 8)
        house.hire(start - timedelta(days=30))
        learned.earlier(house, first)
        opens, closes = self.now.date() - timedelta(days=12), self.now.date() + timedelta(days=2)
        self.at(house.hours(opens - timedelta(days=7), 9, 9), lambda at: learned.campaign(house, at, opens, closes))
        days = (self.now.date() - first).days
        stories = self._stories
        informal = itertools.count()
        for number, (kind, fate) in enumerate(dealt(self.many, house.rng)):
            # A little more each month, as a service becomes known.
            day = first + timedelta(days=int((days - 21) * ((number + house.rng.random()) / self.many) ** 0.9))
            danger = kind == "informal" and next(informal) % 4 == 1
            self._come(house, self._story(house, stories, kind, danger), house.hours(day, 9, 20), fate)
        for kind, ago, fate in self.lately:
            day = self._back(house, ago)
            when = house.hours(day, 8, 19)
            if when > self.now:
                when = self.now - timedelta(minutes=house.rng.randint(15, 240))
            self._come(house, self._story(house, stories, kind, False), when, fate)
        self._half(house)
        for lesson in learned.lessons():
            self._lesson(house, lesson)
        if house is self.houses[0]:
            danger_story = next(one for one in stories if one.danger and one.kind == "complaint")
            self._come(house, book().filled(danger_story, house.rng), self.now - OPEN_ALERT, "untouched", seen=False)

    def _back(self, house: House, days: int) -> date:
        day = self.now.date()
        while days:
            day -= timedelta(days=1)
            days -= house.profile.calendar.works(day)
        return day

    def _story(self, house: House, stories: tuple[Story, ...], kind: str, danger: bool) -> Story:
        if danger:
            found = [one for one in stories if one.danger]
        else:
            found = [one for one in stories if one.kind == kind and not one.danger]
        weights = [2.6 if one.language == "en" else 1.5 for one in found]
        return book().filled(house.rng.choices(found, weights)[0], house.rng)

    def _lesson(self, house: House, lesson: dict[str, Any]) -> None:
        at = house.hours(self.now.date() - timedelta(days=lesson["days"]), 10, 15)

        def begin(at: datetime) -> None:
            action = learned.learn(house, lesson, at)
            if lesson["done"]:
                done = at + timedelta(days=lesson["done"])
                self.at(done, lambda at: learned.finish(house, lesson, action, at))
                if lesson.get("lasted"):
                    self.at(done + timedelta(days=95), lambda at: learned.check(house, action, at))

        self.at(at, begin)

    # People ----------------------------------------------------------------------------------------------

    def _come(self, house: House, story: Story, when: datetime, fate: str, *, seen: bool = True) -> None:
        """Somebody tells a story; then it goes its course."""

        def act(at: datetime) -> None:
            try:
                record = self._told(house, story, at)
            except GaveUp as error:  # the others are told all the same
                house.refused.append(("talk", str(error)))
                return
            house.records.append(record)
            if seen and house.alerts(record):
                self._go(courses.alarm(house, record))
            self._go(courses.course(house, record, fate))

        self.at(when, act)

    def _go(self, course: Iterator[datetime]) -> None:
        when = next(course, None)
        if when is not None:
            self.at(when, lambda at: self._go(course))

    def _told(self, house: House, story: Story, at: datetime) -> Record:
        rng = house.rng
        child = story.who == "child"
        channel = rng.choices(*zip(*(CHILD if child else ADULT).items(), strict=True))[0]
        service = rng.choice(list(house.profile.services))
        if story.danger and channel not in OWN:
            channel = "web"
        if channel in OWN:
            answers = self._answers(house, story, service)
            person = Person(
                self.store.writer, house.id, channel, self._name(house, channel), story.language, rng, at,
                answers, learned.CAMPAIGN if self._in_campaign(story, at) else "",
            )  # fmt: skip
            reference, now = person.file(), person.now
            case, kind = self._filed(reference)
            record = Record(case, reference, kind, now, story, child, person, service, answers["share"])
            house.people[person.name] = (person, record)
            return record
        return self._entered(house, story, channel, service, at)

    def _filed(self, reference: str) -> tuple[int, str]:
        """The id of a record, and what kind it became: a sign of danger may file it before its kind is chosen."""
        with self.store.database.reading() as db:
            case = casefile.find(db, reference)
            return case, db.execute(select(CASE.c.kind).where(CASE.c.id == case)).scalar_one()

    def _name(self, house: House, channel: str) -> str:
        """An address at which nobody is: a number that is kept for stories, a chat that does not exist."""
        number = house.rng.randint(0, 999)
        several = next(self._names)
        return {"sms": f"+447700900{number:03}-{several}", "telegram": f"-{several:05}{number:03}"}.get(
            channel, f"demo-{house.id}-{several}"
        )

    def _in_campaign(self, story: Story, at: datetime) -> bool:
        return story.kind == "compliment" and (self.now - at) < timedelta(days=12)

    def _answers(self, house: House, story: Story, service: str) -> dict[str, str]:
        rng = house.rng
        alone = "helped" if rng.random() < 0.2 else "alone"
        found = {
            "kind": story.kind, "who": story.who, "age": rng.choice(AGES), "alone": alone, "halfway": "yes",
            "story": story.text, "services": service, "want": story.want or "unsure", "worker": "no", "when": "unsure",
            "role": "school", "behalf": "self", "advocate": rng.choice(("yes", "no", "no", "later", "have")),
            "contact": rng.choice(("here", "here", "here", "here", "none")), "check": "send",
            "feeling": rng.choice(("bad", "so_so", "good")),
            "share": rng.choice(("both", "both", "both", "tell", "no")), "advocate_for": "me", "!safe": "yes",
            "name": rng.choice(book().names["called"]) if rng.random() < 0.5 else "",
            "about": rng.choice(book().names["worker"]),
        }  # fmt: skip
        return {step: answer for step, answer in found.items() if answer}

    def _entered(self, house: House, story: Story, channel: str, service: str, at: datetime) -> Record:
        """What came by telephone, letter or in person, as staff enter it."""
        rng, number = house.rng, house.staff["participation"][0]
        answers = {"story": Given(words=story.text)}
        if story.kind in ("complaint", "informal"):
            answers |= {"who": Given((story.who,)), "services": Given((service,)), "want": Given(words=story.want)}
            if story.who == "child":
                answers["age"] = Given((rng.choice(AGES),))
            if story.who == "helper":
                answers["role"] = Given(("school",))
        if story.kind == "compliment":
            answers |= {"share": Given(("both",)), "about": Given(words=rng.choice(book().names["worker"]))}
        if story.kind == "advocate":
            answers["advocate_for"] = Given(("me",))
        flow = {"person": "person"}.get(story.kind, story.kind)
        when = at + timedelta(minutes=rng.randint(5, 40))
        done = entered.enter(
            self.store,
            Entered(
                house.id, flow, answers, channel, at, when, number, f"demonstration-{len(house.records)}",
                language=story.language, summary=story.point, took=house.staff["participation"][1],
            ),
        )  # fmt: skip
        case, kind = self._filed(done.reference)
        return Record(case, done.reference, kind, when, story, story.who == "child", None, service)

    def _half(self, house: House) -> None:
        """Some stop halfway, and what they wrote may be read."""
        for ago in (3, 40, 160, 290):
            story = self._story(house, self._stories, "complaint", False)
            if story.language != "en":
                continue
            when = house.hours(self.now.date() - timedelta(days=ago), 17, 20)

            def act(at: datetime, story: Story = story) -> None:
                answers = self._answers(house, story, next(iter(house.profile.services)))
                name = self._name(house, "web")
                Person(self.store.writer, house.id, "web", name, "en", house.rng, at, answers).half("services")

            self.at(when, act)
