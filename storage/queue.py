"""What waits for the writer: bounded, in turn between organisations, and slow for whoever sends a flood.

A person is known by their lane (a keyed hash of their number, account or credential), never by an address of the
network: a home that shares one connection is many people. Whoever sends faster than anybody types is answered more
and more slowly, then told to come again; staff are shown it (``storage.floods``), and nobody else notices. Time is
the machine's own, which no change of the clock moves.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.database import NotSaved
from storage.work import Job


class Busy(NotSaved):
    """Too much is waiting: nothing was saved; sending it again ``after`` so many seconds is safe."""

    def __init__(self, reason: str, after: float) -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait, and how fast one person may go on.

    waiting   turns that may wait; one organisation's at most half of them
    size      bytes of text that may wait
    writes    other people's writes that may wait
    burst     messages one person may send at once; after that one in ``every`` seconds is done
    patience  seconds that a message waits for those before it at most: less than a provider waits for our answer
    openings  new conversations of an organisation at once before staff are told, and the seconds in which each is
              forgotten again; they are never slowed, since nobody can say who of them means it
    """

    waiting: int = 20_000
    size: int = 64 * 1024 * 1024
    writes: int = 20_000
    burst: int = 60
    every: float = 0.2
    patience: float = 12.0
    openings: tuple[int, float] = (600, 1.0)


#: As it is shipped.
USUAL = Limits()
#: Seconds after which to come again when everybody has to wait.
SOON = 5.0
#: People remembered before those who have long been quiet are forgotten.
REMEMBERED = 4_096


class Pace:
    """Who may go on when: each use costs ``every`` seconds, of which ``burst`` uses are free at any time."""

    def __init__(self, burst: int, every: float) -> None:
        self.burst, self.every = burst, every
        self._until: dict[bytes, float] = {}
        self._fast: set[bytes] = set()

    def wait(self, who: bytes, now: float) -> float:
        """Seconds that another use now would have to wait."""
        return max(self._until.get(who, now), now) + self.every - self.burst * self.every - now

    def use(self, who: bytes, now: float) -> None:
        """One use."""
        if len(self._until) >= REMEMBERED and who not in self._until:
            self._until = {one: until for one, until in self._until.items() if until > now}
            self._fast &= self._until.keys()
        until = self._until.get(who, now)
        if until <= now:
            self._fast.discard(who)
        self._until[who] = max(until, now) + self.every

    def newly_fast(self, who: bytes) -> bool:
        """Whether this is the first time it is asked of somebody since they were last quiet."""
        if who in self._fast:
            return False
        self._fast.add(who)
        return True


class Queue:
    """The jobs that wait, by lane; at most one of a lane is under way. Not thread-safe: the writer holds its lock."""

    def __init__(self, limits: Limits = USUAL, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.count = 0
        self.size = 0
        self.held: set[bytes] = set()
        self._clock = clock
        self._lanes: dict[bytes, deque[Job]] = {}
        self._ready: dict[str, deque[bytes]] = {}
        self._later: list[tuple[float, int, bytes]] = []
        self._of: Counter[str] = Counter()
        self._number = 0
        self._hurry = False
        self._people = Pace(limits.burst, limits.every)
        self._openings = Pace(*limits.openings)

    def add(self, job: Job) -> bool:
        """Let it wait; whether staff should be told of a flood. Raises Busy."""
        limits, organisation = self.limits, job.organisation
        if self.count >= limits.waiting or self.size + job.size > limits.size:
            raise Busy("too much is waiting", SOON)
        if organisation and self._of[organisation] >= max(limits.waiting // 2, 1):
            raise Busy("too much is waiting for one organisation", SOON)
        tell = False
        if job.inbound is not None:
            now = self._clock()
            wait = self._people.wait(job.lane, now)
            if wait > limits.patience:
                raise Busy("one person has sent too much", wait)
            self._people.use(job.lane, now)
            job.after = now + wait
            tell = wait > 0 and self._people.newly_fast(job.lane)
        self.count += 1
        self.size += job.size
        self._of[organisation] += 1
        lane = self._lanes.get(job.lane)
        if lane is None:
            self._lanes[job.lane] = deque((job,))
            if job.lane not in self.held:
                self._offer(job)
        else:
            lane.append(job)
        return tell

    def opened(self, organisation: str) -> bool:
        """A new conversation begins; whether they have become so many that staff should be told."""
        now, who = self._clock(), organisation.encode()
        many = self._openings.wait(who, now) > 0
        if not many:
            self._openings.use(who, now)
        return many and self._openings.newly_fast(who)

    def first(self, job: Job) -> None:
        """This job, which was under way, is the next of its lane."""
        self._lanes.setdefault(job.lane, deque()).appendleft(job)
        self.held.discard(job.lane)
        job.after = 0.0
        self._offer(job)

    def ready(self) -> bool:
        """Whether a job may be begun now."""
        now = self._clock() if self._later else 0.0
        while self._later and (self._hurry or self._later[0][0] <= now):
            lane = heapq.heappop(self._later)[2]
            if waiting := self._lanes.get(lane):
                self._ready.setdefault(waiting[0].organisation, deque()).append(lane)
        return bool(self._ready)

    def pause(self) -> float | None:
        """Seconds until somebody who is slowed down may go on; None when nobody is."""
        return max(self._later[0][0] - self._clock(), 0.001) if self._later else None

    def take(self, most: int) -> list[Job]:
        """Jobs to be done now, at most one of a lane; organisations in turn."""
        jobs: list[Job] = []
        while self._ready and len(jobs) < most:
            organisation, lanes = next(iter(self._ready.items()))
            lane = lanes.popleft()
            del self._ready[organisation]
            if lanes:
                self._ready[organisation] = lanes  # behind the others
            if (waiting := self._lanes.get(lane)) and lane not in self.held:
                jobs.append(waiting.popleft())
                self.held.add(lane)
        return jobs

    def release(self, jobs: Iterable[Job]) -> None:
        """These are done: their lanes may go on."""
        for job in jobs:
            self.held.discard(job.lane)
            if waiting := self._lanes.get(job.lane):
                self._offer(waiting[0])
            else:
                self._lanes.pop(job.lane, None)
            self.count -= 1
            self.size -= job.size
            self._of[job.organisation] -= 1
            if not self._of[job.organisation]:
                del self._of[job.organisation]

    def hurry(self) -> None:
        """Nobody is slowed down any longer: the store is closing."""
        self._hurry = True

    def _offer(self, job: Job) -> None:
        if job.after and not self._hurry and job.after > self._clock():
            self._number += 1
            heapq.heappush(self._later, (job.after, self._number, job.lane))
        else:
            self._ready.setdefault(job.organisation, deque()).append(job.lane)
