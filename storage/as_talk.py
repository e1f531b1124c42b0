"""What staff entered for somebody, as the end of the conversation in which that person gave the same answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows import answering, path
from flows.reading import clean
from flows.scripts import FLOWS
from flows.scripts.common import MORE, STORY
from flows.session import Answer, Effect, FileIt, Media, Said, Session, Signs, Voice, World
from flows.steps import AskDate, Choose, Collect, File, Question, ReadBack
from flows.talk import Talk
from storage.asked import AS_ON, ONLY_IN_A_TALK, steers

#: How it came.
CHANNELS = (
    "phone", "letter", "leaflet", "email", "in_person", "suggestion_box", "graffiti_wall", "group_meeting", "interview",
    "event", "app", "portal", "web_form", "other",
)  # fmt: skip
#: The channel of the talk that stands behind such a record: nothing is ever sent there.
CHANNEL = "staff"
#: Category of danger where the member of staff saw it, whatever the words say.
SEEN = "seen_by_staff"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it was entered: options chosen, or words."""

    values: tuple[str, ...] = ()
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.values or self.words)


@dataclass(frozen=True, slots=True)
class Entered:
    """One record as somebody of the staff entered it.

    flow       the flow whose questions were answered
    answers    step id -> Given; what is blank is missing
    media      files already stored (a photo of the letter)
    channel    one of CHANNELS
    came_at    aware time at which the organisation received it: clocks start from then
    language   an offered one, in which it was said; ``tongue``: the name of another, for an interpreter
    easy       on the easy-read form
    summary    what the member of staff says it is about, apart from the person's own words
    took       who took it, in words; ``by`` the id of who enters it; ``present``: who else was there
    named      ids of the staff it is about
    worried    the member of staff thinks that somebody may be in danger
    who        what did it instead of a member of staff: "api:<name of a token>", whose id ``by`` then is
    press      the same for the same press of the button: it is filed once
    """

    organisation: str
    flow: str
    answers: Mapping[str, Given]
    channel: str
    came_at: datetime
    at: datetime
    by: int
    press: str
    media: tuple[Media, ...] = ()
    language: str = "en"
    tongue: str = ""
    easy: bool = False
    campaign: str = ""
    summary: str = ""
    took: str = ""
    present: str = ""
    named: tuple[int, ...] = ()
    worried: bool = False
    who: str = ""


class OffPath(ValueError):
    """Questions were answered that are not asked of somebody who answers so; ``steps`` are their ids."""

    def __init__(self, steps: Sequence[str]) -> None:
        super().__init__("answers to questions that were not asked: " + ", ".join(steps))
        self.steps = tuple(steps)


# As a talk ---------------------------------------------------------------------------------------


def conversation(world: World, entered: Entered) -> tuple[Session, tuple[Effect, ...]]:
    """The talk in which the person would have given these answers: its end, and what it asks of the store. Pure.

    Raises OffPath.
    """
    flow = FLOWS[entered.flow]
    signs = _signs(world, entered)
    session = Session(
        flow=flow.id,
        channel=AS_ON,
        voice=Voice(entered.language, "", entered.easy),
        entry={"campaign": entered.campaign} if entered.campaign else {},
        dangers=signs.categories,
        last=entered.came_at,
    )
    talk = Talk(session, Said(at=entered.came_at), world)
    given = {step: answer for step, answer in entered.answers.items() if answer}
    if given.keys() & steers(flow):
        given[MORE.id] = Given(("yes",))
    while (step := _open(talk)) is not None:
        if isinstance(step, File):
            talk.file(complete=True)
        else:
            _answer(talk, step, given.pop(step.id, Given()), entered.media if step.id == STORY.id else ())
    if given:
        raise OffPath(tuple(step.id for step in flow.steps if step.id in given))
    if signs.categories:
        talk.alert(signs)
    if entered.tongue:
        talk.call_person("interpreter", (entered.tongue,))
    effects = tuple(_as_asked(effect) if isinstance(effect, FileIt) else effect for effect in talk.effects)
    return talk.s, effects


def _open(talk: Talk) -> Question | File | None:
    steps = tuple(path.walk(FLOWS[talk.s.flow], talk.s, talk.world))
    last = steps[-1] if steps else None
    waits = last is not None and path.is_open(last, talk.s)
    return last if waits and isinstance(last, (*path.QUESTIONS, File)) else None


def _answer(talk: Talk, step: Question, given: Given, media: tuple[Media, ...]) -> None:
    """Answer the open question as the person would have; what is blank was left out."""
    offered = {option.value for option in path.options(step, talk.s, talk.world)}
    values = tuple(value for value in given.values if value in offered)
    words = clean(given.words)
    takes_words = not isinstance(step, (Choose, ReadBack))
    if isinstance(step, ReadBack):
        _put(talk, step, Answer(values=(step.send.value,)))
    elif words and isinstance(step, AskDate):
        talk.text = words
        answering.own_words(talk, step)
    elif (words or media) and takes_words:
        talk.put(step, Answer(words=(words,) if words else (), media=media))
    elif values and not isinstance(step, Collect):
        answering.choose(talk, step, values)
    else:
        _put(talk, step, Answer(skipped=True))


def _put(talk: Talk, step: Question, answer: Answer) -> None:
    """An answer that tells nothing, so that nothing is added to a record for it."""
    talk.s = talk.s.but(answers={**talk.s.answers, step.id: answer})


def _as_asked(filing: FileIt) -> FileIt:
    """Without the questions that no form asks."""
    entries = tuple(entry for entry in filing.entries if entry.step not in ONLY_IN_A_TALK)
    facts = {fact: values for fact, values in filing.facts.items() if fact not in ONLY_IN_A_TALK}
    return FileIt(filing.record, filing.kind, filing.complete, entries, facts)


def _signs(world: World, entered: Entered) -> Signs:
    """Every sign of danger in what was said and in what the member of staff wrote about it."""
    texts = [*(answer.words for answer in entered.answers.values()), entered.summary]
    found = [world.signs(clean(text), entered.language) for text in texts if text]
    found = [one for one in found if one.categories]
    if entered.worried:
        found.append(Signs("red", (SEEN,), ()))
    if not found:
        return Signs()
    level = "red" if any(one.level == "red" for one in found) else found[0].level

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for one in found for each in getattr(one, name)))

    return Signs(level, all_of("categories"), all_of("matched"), all_of("rules"))
