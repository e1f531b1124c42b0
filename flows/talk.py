"""One turn while it is being worked out: the session so far, what will be said, and what the store must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from flows import path, phrases, pictured, record
from flows.aside import ASIDES, DANGER, GO_ON, HURT, REACH, SAFE
from flows.reading import clean
from flows.scripts import FLOWS, survey, way_on
from flows.scripts.common import ADDITION, HALFWAY, REACHING, STORY
from flows.scripts.pictures import GIVEN, NO_NUMBER, PICTURE
from flows.session import (
    Alert,
    Amend,
    Answer,
    CallPerson,
    Effect,
    Erase,
    FileIt,
    Line,
    Media,
    Said,
    Session,
    Signs,
    Voice,
    World,
)
from flows.steps import Ask, Choose, Collect, Question, Text, options_of

#: A file's record when the flow has no kind of its own: what is said at the menu.
DEFAULT_KIND = "informal"
#: Silence after "Are you safe right now?".
SILENCE = timedelta(minutes=5)
#: Answers that are counted also when the record is an earlier one.
COUNTED = (*REACHING, *survey.STEPS, *way_on.COUNTED)
#: The questions how we did are open for so long.
SURVEYED = timedelta(days=28)
#: An unfinished talk becomes an unfinished record; one that may not be read is erased (``docs/milestones.md``).
UNFINISHED = timedelta(days=3)
EXPIRES = timedelta(days=7)


class Talk:
    """The working state of one turn. Lives inside ``flows.engine.turn`` and nowhere else."""

    def __init__(self, session: Session, said: Said, world: World) -> None:
        self.s = session
        self.said = said
        self.text = clean(said.text)
        self.world = world
        self.lines: list[Line] = []
        self.effects: list[Effect] = []
        self.quiet = False
        self.hide = False
        #: They were just greeted: what they wrote was not written to answer the question that follows.
        self.greeted = False
        self.before = session

    # saying ------------------------------------------------------------------------------------

    def say(self, text: Text, args: Mapping[str, str] | None = None, voice: Voice | None = None) -> None:
        """Add a paragraph to the message that goes out at the end of the turn."""
        self.lines.append(Line(text, args or {}, voice))

    def only(self, text: Text) -> None:
        """Say this and ask nothing."""
        self.say(text)
        self.quiet = True

    @property
    def voice(self) -> Voice:
        """The voice that speaks: English until a language is chosen."""
        return self.s.voice if self.s.voice.language else Voice("en", self.s.voice.register, self.s.voice.easy)

    def change_voice(self, **changes: object) -> None:
        """Speak in another language or register, or with easy words, from here on."""
        self.s = self.s.but(voice=replace(self.s.voice, **changes))  # type: ignore[arg-type]  # names of Voice's fields

    # the open question ---------------------------------------------------------------------------

    def open_question(self) -> Question | None:
        """The question an answer belongs to now: the last one beside the path, else the first unanswered on it."""
        if self.s.pending:
            return ASIDES[self.s.pending[-1]]
        steps = tuple(path.walk(FLOWS[self.s.flow], self.s, self.world))
        last = steps[-1] if steps else None
        return last if isinstance(last, path.QUESTIONS) and path.is_open(last, self.s) else None

    def push(self, aside: str) -> None:
        """Ask a question beside the path first."""
        self.s = self.s.but(pending=(*(p for p in self.s.pending if p != aside), aside))

    def reopened(self, step: Question) -> Session:
        """The session with a step's answer taken back; a story keeps its words and is open again."""
        answers = dict(self.s.answers)
        if isinstance(step, Collect):
            answers[step.id] = replace(answers[step.id], done=False)
        else:
            del answers[step.id]
        return self.s.but(answers=answers, order=tuple(s for s in self.s.order if s != step.id))

    # answers -----------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """What the record under way is: the flow's kind; where there was no sign of danger, what an answer made it."""
        danger = self.s.dangers or pictured.signs(self.s, self.world)
        answered = () if danger else path.answered(self.s, self.world)
        for step in answered:
            values = self.s.answers[step.id].values
            if made := next((option.kind for option in options_of(step) if option.kind and option.value in values), ""):
                return made
        return FLOWS[self.s.flow].kind or DEFAULT_KIND

    @property
    def is_draft(self) -> bool:
        """Whether something of a record is there that is not sent."""
        return not self.s.filed and bool(
            path.has_answer(self.s.answers.get(STORY.id)) or (FLOWS[self.s.flow].kind and self.s.order)
        )

    def put(self, step: Question, answer: Answer) -> None:
        """Answer a step; on a record that is filed the answer is added there."""
        had = step.id in self.s.answers
        answers = {**self.s.answers, step.id: answer}
        if step.id in ASIDES:
            self.s = self.s.but(answers=answers, misses=0)
            return
        order = tuple(s for s in self.s.order if s != step.id)
        if answer.done:
            order = (*order, step.id)
        told = tuple(t for t in self.s.told if t != f"{path.EDIT}{step.id}") if answer.done else self.s.told
        self.s = self.s.but(answers=answers, order=order, told=told, misses=0)
        if (self.s.filed or self.s.mine) and not isinstance(step, Collect):
            self.amend(step, answer, _event(step, had, self.s.flow))
        if step.final:
            self.s = self.s.but(order=())
        if step.id == PICTURE.id and any(value != NO_NUMBER.value for value in answer.values):
            self.s = self.s.but(answers={**self.s.answers, step.id: Answer(values=(GIVEN,))})

    def collect(self, step: Collect, text: str = "", media: tuple[Media, ...] = ()) -> None:
        """Add words or files to a story; on a record that is filed they are added there at once."""
        so_far = self.s.answers.get(step.id, Answer(done=False))
        more = Answer(words=(text,) if text else (), media=media)
        self.put(step, Answer(words=so_far.words + more.words, media=so_far.media + more.media, done=False))
        if self.s.filed or self.s.mine:
            self.amend(step, more, _event(step, False, self.s.flow))

    def keep(self, text: str = "", media: tuple[Media, ...] = ()) -> None:
        """Keep words or files that answer no question, as the beginning of the story or an addition to it."""
        if self.s.filed or (self.s.mine and not self.s.begun):
            self.amend(ADDITION, Answer(words=(text,) if text else (), media=media), "added")
            return
        self.tell(text, media)

    def tell(self, text: str = "", media: tuple[Media, ...] = ()) -> None:
        """Add words or files to the story of the record under way."""
        story = self.s.answers.get(STORY.id, Answer(done=False))
        words = (*story.words, text) if text else story.words
        kept = replace(story, words=words, media=(*story.media, *media), skipped=False)
        if isinstance(FLOWS[self.s.flow].step(STORY.id), Ask):
            kept = replace(kept, done=True)
        self.s = self.s.but(answers={**self.s.answers, STORY.id: kept})

    # what the store must do ----------------------------------------------------------------------

    def file(self, *, complete: bool) -> None:
        """File the record under way, or complete the one a sign of danger has filed already."""
        if not self.s.begun:
            self.s = self.s.but(record=self.s.record + 1, begun=True)
        self.effects = [e for e in self.effects if not isinstance(e, FileIt)]
        self.effects.append(
            FileIt(
                record=self.s.record,
                kind=self.kind,
                complete=complete,
                entries=record.entries(self.s, self.world),
                facts=record.facts(self.s, self.world, self.said.at),
            )
        )
        if complete:
            self.s = self.s.but(filed=True, order=())

    def amend(self, step: Question, answer: Answer, event: str) -> None:
        """Add one answer to a record that is filed; an answer that only steers the talk is none."""
        chosen = {option.value: option.event for option in path.options(step, self.s, self.world)}
        records = next((chosen[value] for value in answer.values if chosen.get(value)), "")
        if not records and not step.label.plain:
            return
        event = records or event
        facts = record.fact(step, answer, self.said.at) if self.s.filed or step.id in COUNTED else {}
        if step.id in survey.STEPS and way_on.CHOICE.id not in self.s.answers:
            unhappy = survey.UNHAPPY.holds(path.SessionFacts(self.s, self.world))
            facts = {**facts, "unhappy": ("survey",) if unhappy else ()}
        self.effects.append(
            Amend(
                event=event,
                entries=(record.entry(step, answer, self.s, self.world),),
                facts=facts,
                record=0 if self.s.mine else self.s.record,
                reference=self.s.mine,
            )
        )

    def call_person(self, why: str, words: tuple[str, ...] = ()) -> None:
        """Make a task for a person, on the record that is under way, or else on the earlier one they look at."""
        under_way = self.s.begun or self.s.filed
        mine = "" if under_way else self.s.mine
        self.effects.append(CallPerson(why, self.s.record if under_way else self.s.record + 1, words, mine))

    def alert(self, signs: Signs) -> None:
        """Raise an alert on the record under way, filing it as it stands first."""
        if not self.s.filed:
            self.file(complete=False)
        self.effects.append(Alert(signs.level, signs.categories, signs.matched, self.s.record, signs.rules))

    # danger --------------------------------------------------------------------------------------

    def danger(self, signs: Signs) -> None:
        """Alert; and, unless this sign has been spoken about, help at once and then only the two safe questions."""
        if self.s.mine and not self.s.begun:
            # The sign has a record of its own, which says what was said; the one they look at says that there is one.
            self.tell(self.text)
            self.call_person("unsafe")
        self.alert(signs)
        new = tuple(c for c in signs.categories if c not in self.s.dangers)
        if not new and "urgent" not in signs.categories:
            return
        self.s = self.s.but(dangers=(*self.s.dangers, *new), misses=0)
        self.say(phrases.DANGER_THANKS)
        harm_to_self = bool({"suicide", "self_harm"} & set(signs.categories))
        self.say(phrases.DANGER_SELF if harm_to_self else phrases.DANGER_HELP)
        self.say(phrases.DANGER_COMPUTER)
        rest = tuple(p for p in self.s.pending if p not in (*DANGER, HURT.id))
        reachable = {REACH.id, "contact"} & set(self.s.answers)
        self.s = self.s.but(pending=(*rest, GO_ON.id, *(() if reachable else (REACH.id,)), SAFE.id))

    def found_date(self, place: str) -> date | None:
        """A date the store found ("filed_on"), None when it found none."""
        found = self.said.found.get(place, "")
        return date.fromisoformat(found) if found else None

    # leaving -------------------------------------------------------------------------------------

    def enter(self, flow: str) -> None:
        """Go to another flow, keeping what was told before a flow was chosen, and what a link preselected."""
        flow = flow if flow != survey.FLOW.id or self.s.mine else "menu"
        target = FLOWS[flow]
        story = self.s.answers.get(STORY.id)
        answers = {k: a for k, a in self.s.answers.items() if k in ASIDES} if not self.s.filed else {}
        if story and not self.s.filed and path.has_answer(story):
            answers[STORY.id] = replace(story, done=isinstance(target.step(STORY.id), Ask) and bool(story.words))
        if target is survey.FLOW and "found" in self.s.answers:
            answers[survey.ABOUT] = self.s.answers["found"]
        self.s = self.s.but(
            flow=flow,
            answers=answers,
            order=(),
            told=tuple(t for t in self.s.told if t.startswith("!")),
            mine=self.s.mine if target is survey.FLOW else "",
            filed=False,
            begun=self.s.begun and not self.s.filed,
        )
        self.preselect()

    def preselect(self) -> None:
        """Answer what the poster or link has answered already, where it names an option that exists."""
        for step in FLOWS[self.s.flow].steps:
            wanted = self.s.entry.get(step.id, "")
            if wanted and isinstance(step, Choose) and step.id not in self.s.answers and step.id != "kind":
                known = {option.value for option in path.options(step, self.s, self.world)}
                if wanted in known:
                    self.s = self.s.but(answers={**self.s.answers, step.id: Answer(values=(wanted,))})

    def survey(self, reference: str, about: tuple[str, ...], register: str, easy: bool) -> None:
        """Begin the questions how we did with a filed record; nothing else is under way."""
        self.forget()
        self.s = self.s.but(flow=survey.FLOW.id, mine=reference, answers={survey.ABOUT: Answer(values=about)})
        self.change_voice(register=register, easy=easy or self.s.voice.easy)

    def forget(self) -> None:
        """Nothing is under way any more; language, words and mode stay."""
        self.s = Session(
            flow="over",
            record=self.s.record,
            channel=self.s.channel,
            voice=replace(self.s.voice, register=""),
            stopped=self.s.stopped,
            last=self.s.last,
        )

    def let_go(self) -> None:
        """Leave the draft: an unfinished record for a person to look at, or erased where they said so."""
        if not self.is_draft:
            return
        said_something = any(answer.words or answer.media for answer in self.s.answers.values()) or bool(
            pictured.in_english(self.s)
        )
        if self.s.begun or (self.may_be_read and said_something):
            self.file(complete=False)
        else:
            self.effects.append(Erase(self.s.record + 1))

    @property
    def may_be_read(self) -> bool:
        """What they answered to "If you stop halfway, may we read it?"; unasked, what was sent was meant to be read."""
        halfway = self.s.answers.get(HALFWAY.id)
        return halfway is None or halfway.values != ("no",)


def _event(step: Question, had: bool, flow: str) -> str:
    """What an answer to a step is on a record that is filed, where the option chosen does not say it."""
    if step.id in REACHING:
        return "contact"
    if step.id in survey.STEPS or flow == survey.FLOW.id:
        return "surveyed"
    return "changed" if had else "added"
