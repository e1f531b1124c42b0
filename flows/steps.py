"""What a flow is made of: frozen data, no behaviour beyond looking at itself.

A flow is a straight line of steps, read from top to bottom. A step that is not for
everybody carries a guard (``when``); the only jump there is, an option's ``flow``, leaves
for another flow. So every way through can be listed, drawn and walked (decision 0002).

Texts are English message ids. Babel finds them by ``N_`` (plain wording) and ``C_``
(the wording for one register or for easy-read, which is also its catalogue context).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.guards import Guard

#: Registers other than the plain wording, which is written for adults and everybody else.
REGISTERS = ("child", "young")
#: Contexts a wording may have in the catalogue.
CONTEXTS = (*REGISTERS, "easy")


def N_(message: str) -> str:
    """Mark a plain wording for extraction; returns it unchanged."""
    return message


def C_(context: str, message: str) -> str:
    """Mark a wording for one of CONTEXTS for extraction; returns the message unchanged."""
    return message


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One message in up to four wordings; what is missing falls back to ``plain``. Each is one of a kind, so that
    what was translated is found again by the text itself and not by comparing all its words.

    ``verbatim`` texts (a service's own name) come from the organisation and are not in the catalogue.
    ``symbols`` are the concepts of its key words, shown with it where pictures are on.
    """

    plain: str
    child: str = ""
    young: str = ""
    easy: str = ""
    verbatim: bool = False
    symbols: tuple[str, ...] = ()

    def pick(self, register: str, easy: bool) -> tuple[str, str]:
        """(context, message id) for a reader; the context is "" for the plain wording."""
        if easy and self.easy:
            return "easy", self.easy
        if register == "child" and self.child:
            return "child", self.child
        if register in REGISTERS and self.young:
            return "young", self.young
        return "", self.plain

    def wordings(self) -> Iterator[tuple[str, str]]:
        """Every (context, message id) the catalogue must hold for this text."""
        if self.verbatim or not self.plain:
            return
        yield "", self.plain
        for context in CONTEXTS:
            if message := getattr(self, context):
                yield context, message


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. ``value`` is what is stored and never changes.

    symbol    concept key in ``locales/symbols.toml``; in a line of the read-back one for each thing chosen, with spaces
    like      "yes", "no" or "done": what people type for it, in the language's word list
    flow      leave for this flow
    register  from here on speak in this register
    danger    a category of danger that choosing it is a sign of
    words     may be followed by words of the person's own ("2 07700 900123")
    alone     in a question with several ticks: rules the others out
    when      guard; None is for everybody
    event     what choosing it records on a filed record ("withdrawn"); "" is an addition
    kind      the record under way is of this kind and not of the flow's
    """

    value: str
    label: Text
    symbol: str = ""
    like: str = ""
    flow: str = ""
    register: str = ""
    danger: str = ""
    words: bool = False
    alone: bool = False
    event: str = ""
    kind: str = ""
    when: Guard | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """Answers that are a sign of danger, of a category and a level ("red", "amber"), while ``when`` holds.

    What raised it is told to staff by the options chosen at the steps that ``when`` reads.
    """

    category: str
    level: str
    when: Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What all steps share.

    label     what the answer is called in the read-back and on the record
    more      an explanation: under the question where there is room, with HELP by text message
    when      guard; None is always
    private   never shown in the read-back (somebody may be looking over a shoulder)
    optional  may be skipped
    final     answering does something at once: it is not taken back or changed afterwards
    """

    label: Text = Text("")
    more: Text = Text("")
    when: Guard | None = None
    private: bool = False
    optional: bool = True
    final: bool = False


@dataclass(frozen=True, slots=True)
class Choose(Step):
    """One of the options, or several when ``many``; ``source`` names a list of the profile's to offer."""

    id: str
    text: Text
    options: tuple[Option, ...] = ()
    many: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Ask(Step):
    """A few words in one message. ``kind``: "words", or "receipt" (sixteen digits)."""

    id: str
    text: Text
    kind: str = "words"
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class AskDate(Step):
    """A date in the person's own words; the value is an ISO date, or "unsure"."""

    id: str
    text: Text
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Collect(Step):
    """Any number of messages, pictures and recordings, until they say that is all.

    again     asked after each message, with the single option ``done``
    nothing   offered while nothing is said yet, where somebody may well have nothing to say
    """

    id: str
    text: Text
    again: Text
    done: Option
    rewrite: Option
    nothing: Option | None = None


@dataclass(frozen=True, slots=True)
class Tell(Step):
    """Something said once, waiting for no answer; it goes out with the next question."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class LookUp(Step):
    """Suspends the turn until the store answers ``query``; the answer's value is what was found.

    of   the step whose answer is looked up, "" for the record they have shown to be theirs
    """

    id: str
    query: str
    of: str


@dataclass(frozen=True, slots=True)
class ReadBack(Step):
    """Everything answered so far, numbered, to be sent or changed line by line."""

    id: str
    text: Text
    send: Option


@dataclass(frozen=True, slots=True)
class File(Step):
    """Files the record. A barrier: what is answered later is added to the record, and BACK stops here."""

    id: str
    kind: str


Question = Choose | Ask | AskDate | Collect | ReadBack
AnyStep = Question | Tell | LookUp | File


@dataclass(frozen=True, slots=True)
class Flow:
    """One conversation. ``kind`` is what its record is ("" when it files none).

    renamed   old step id -> new id or "" (gone), so that sessions of an older release resume
    menu      its place in the menu, the smallest first; 0 for a flow that is not in it
    offered   guard of that place; None is for everybody
    signs     what is a sign of danger in its answers
    """

    id: str
    title: Text
    steps: tuple[AnyStep, ...]
    kind: str = ""
    symbol: str = ""
    renamed: Mapping[str, str] | None = None
    menu: int = 0
    offered: Guard | None = None
    signs: tuple[Sign, ...] = ()

    def step(self, step_id: str) -> AnyStep | None:
        """The step of that id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)


def texts(step: AnyStep) -> Iterator[Text]:
    """Every text of a step, options' labels included."""
    yield step.label
    yield step.more
    for name in ("text", "again"):
        if isinstance(text := getattr(step, name, None), Text):
            yield text
    for option in options_of(step):
        yield option.label


def options_of(step: AnyStep) -> tuple[Option, ...]:
    """The options written in a step; what a profile or the read-back adds is not among them."""
    if isinstance(step, (Choose, Ask, AskDate)):
        return step.options
    if isinstance(step, Collect):
        return (step.done, step.rewrite, *((step.nothing,) if step.nothing else ()))
    if isinstance(step, ReadBack):
        return (step.send,)
    return ()
