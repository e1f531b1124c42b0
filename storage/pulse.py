"""How long turns took, counted; what shows it (``bot.metrics``) asks for it."""

from __future__ import annotations

from bisect import bisect_left

#: Upper ends of the counts, in seconds; what took longer is counted behind the last.
ENDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)


class Pulse:
    """Counts by channel. One thread counts; any may read, and sees at most one turn too few.

    failed   turns that could not be saved; ``refused``: those that were not let in, because too much waited
    """

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}
        self.sums: dict[str, float] = {}
        self.failed = 0
        self.refused = 0

    def took(self, channel: str, seconds: float) -> None:
        """One turn, from the moment it was handed over until it was committed."""
        counts = self.counts.get(channel)
        if counts is None:
            counts = self.counts[channel] = [0] * (len(ENDS) + 1)
            self.sums[channel] = 0.0
        counts[bisect_left(ENDS, seconds)] += 1
        self.sums[channel] += seconds
