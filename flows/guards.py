"""Conditions as data: for whom a step, an option or a place in the menu is, and what is a sign of danger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol


class Facts(Protocol):
    """What a guard may look at."""

    def chosen(self, step: str) -> tuple[str, ...]:
        """Values answered at a step; () when it is unanswered or was skipped."""
        ...

    def said(self, step: str) -> bool:
        """Whether words of their own were given at a step."""
        ...

    def wants(self, part: str) -> bool:
        """Whether the organisation's profile wants an optional part of the flow."""
        ...

    @property
    def channel(self) -> str:
        """Where they write: "sms", "web", "telegram", …"""
        ...

    @property
    def pictures(self) -> bool:
        """Whether easy words and pictures are on."""
        ...

    @property
    def danger(self) -> bool:
        """Whether the talk has raised a sign of danger, in words, files or pictures, also one taken back since."""
        ...


class Guard(Protocol):
    """A condition as data: ``holds`` decides, ``reads`` lists the steps it looks at, ``str`` says it."""

    def holds(self, facts: Facts) -> bool:
        """Whether it is so for somebody of whom these facts are known."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The steps whose answers decide it, so that a change of one of them is known to matter; () for none."""
        ...


@dataclass(frozen=True)
class Is:
    """True when any of ``values`` was chosen at ``step``."""

    step: str
    values: tuple[str, ...]

    def __init__(self, step: str, *values: str) -> None:
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "values", values)

    def holds(self, facts: Facts) -> bool:
        """Whether any of the values is among those chosen there; not for a step that was skipped."""
        # Plain loops here and below: every turn asks dozens of guards, and a generator costs more than the question.
        for value in facts.chosen(self.step):  # noqa: SIM110
            if value in self.values:
                return True
        return False

    @property
    def reads(self) -> tuple[str, ...]:
        """The one step."""
        return (self.step,)

    def __str__(self) -> str:
        return f"{self.step} is {' or '.join(self.values)}"


@dataclass(frozen=True)
class HasWords:
    """True when words of their own were given at ``step``."""

    step: str

    def holds(self, facts: Facts) -> bool:
        """Whether words of their own were given there."""
        return facts.said(self.step)

    @property
    def reads(self) -> tuple[str, ...]:
        """The one step."""
        return (self.step,)

    def __str__(self) -> str:
        return f"words at {self.step}"


@dataclass(frozen=True)
class Not:
    """True when ``guard`` is not."""

    guard: Guard

    def holds(self, facts: Facts) -> bool:
        """Whether the other guard does not hold; so also where its step was skipped or never asked."""
        return not self.guard.holds(facts)

    @property
    def reads(self) -> tuple[str, ...]:
        """The steps of the other guard."""
        return self.guard.reads

    def __str__(self) -> str:
        return f"not ({self.guard})"


@dataclass(frozen=True)
class All:
    """True when every one of ``guards`` is."""

    guards: tuple[Guard, ...]
    joint: ClassVar[str] = " and "

    def __init__(self, *guards: Guard) -> None:
        object.__setattr__(self, "guards", guards)

    def holds(self, facts: Facts) -> bool:
        """Whether every guard holds; with none it does."""
        for guard in self.guards:  # noqa: SIM110
            if not guard.holds(facts):
                return False
        return True

    @property
    def reads(self) -> tuple[str, ...]:
        """The steps of every guard, in their order; one may be there twice."""
        return tuple(step for guard in self.guards for step in guard.reads)

    def __str__(self) -> str:
        return self.joint.join(str(guard) for guard in self.guards)


@dataclass(frozen=True, init=False)
class Either(All):
    """True when at least one of ``guards`` is."""

    joint: ClassVar[str] = " or "

    def holds(self, facts: Facts) -> bool:
        """Whether some guard holds; with none it does not."""
        return any(guard.holds(facts) for guard in self.guards)


@dataclass(frozen=True)
class Wants:
    """True when the organisation's profile wants ``part``."""

    part: str
    reads: ClassVar[tuple[str, ...]] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the organisation wants the part."""
        return facts.wants(self.part)

    def __str__(self) -> str:
        return f"the organisation wants {self.part}"


@dataclass(frozen=True)
class OnChannel:
    """True on any of these channels ("web", "sms", "telegram")."""

    channels: tuple[str, ...]
    reads: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *channels: str) -> None:
        object.__setattr__(self, "channels", channels)

    def holds(self, facts: Facts) -> bool:
        """Whether they write on one of the channels."""
        return facts.channel in self.channels

    def __str__(self) -> str:
        return f"on {' or '.join(self.channels)}"


@dataclass(frozen=True)
class InDanger:
    """True once a sign of danger was seen in the talk."""

    reads: ClassVar[tuple[str, ...]] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the talk has raised a sign of danger."""
        return facts.danger

    def __str__(self) -> str:
        return "there was a sign of danger"


@dataclass(frozen=True)
class InPictures:
    """True where easy words and pictures are on."""

    reads: ClassVar[tuple[str, ...]] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether easy words and pictures are on."""
        return facts.pictures

    def __str__(self) -> str:
        return "easy words and pictures are on"
