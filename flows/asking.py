"""Going along the path to the next question, and putting what is said into one message."""

from __future__ import annotations

from dataclasses import replace

from flows import aside, path
from flows.scripts import FLOWS, survey
from flows.session import Answer, Line, Need, Say
from flows.steps import Choose, Collect, File, LookUp, Question, ReadBack, Tell
from flows.talk import Talk


def ask(talk: Talk) -> None:
    """Say what there is to say and ask the open question, in one message."""
    voice = talk.voice  # a flow that comes to its end is spoken to the end as it was begun
    question = None if talk.quiet or talk.s.stopped else advance(talk)
    if question is None:
        if talk.lines:
            talk.effects.append(Say(lines=tuple(talk.lines), voice=voice, hide=talk.hide))
        return
    text = question.text
    if isinstance(question, Collect) and path.has_answer(talk.s.answers.get(question.id)):
        text = question.again
    if question.id == aside.CONFIRM_LANGUAGE.id:
        talk.say(text, voice=replace(talk.voice, language="en"))
    talk.say(text)
    talk.effects.append(
        Say(
            lines=tuple(talk.lines),
            voice=talk.voice,
            step=question.id,
            options=path.options(question, talk.s, talk.world),
            more=Line(question.more) if question.more.plain else None,
            many=isinstance(question, Choose) and question.many,
            typing=not isinstance(question, (Choose, ReadBack)),
            media=isinstance(question, Collect),
            skip=question.optional and not isinstance(question, ReadBack),
            back=bool(talk.s.order) or (talk.s.flow not in ("menu", "after") and not talk.s.filed),
            hide=talk.hide,
        )
    )


def advance(talk: Talk) -> Question | None:
    """Go along the path: tell what is told, file, look up; stop at the question that is open now.

    None when nothing is asked: the talk is over, or the store has to look something up first.
    """
    while not talk.s.pending:
        waiting = None
        for step in path.walk(FLOWS[talk.s.flow], talk.s, talk.world):
            if isinstance(step, Tell):
                _tell(talk, step)
            elif path.is_open(step, talk.s):
                waiting = step
        if waiting is None:
            if talk.s.flow == "over":
                return None
            _next_flow(talk)
        elif isinstance(waiting, File):
            talk.file(complete=True)
        elif isinstance(waiting, LookUp):
            asked = talk.s.answers[waiting.of].values if waiting.of else (talk.s.mine,)
            if asked != ("lost",):
                talk.effects.append(Need(waiting.query, asked[0]))
                return None
            talk.s = talk.s.but(answers={**talk.s.answers, waiting.id: Answer(values=asked)})
        elif isinstance(waiting, path.QUESTIONS):
            return waiting
    return aside.ASIDES[talk.s.pending[-1]]


def _next_flow(talk: Talk) -> None:
    """A flow has come to its end: what else they would like, about the record just filed or at all."""
    if talk.s.flow == "after":
        talk.s = talk.s.but(answers={"was": talk.s.answers["was"]}, order=(), told=())
    elif talk.s.flow == survey.FLOW.id:
        talk.let_go()
        talk.forget()
    elif talk.s.filed:
        talk.s = talk.s.but(flow="after", answers={"was": Answer(values=(talk.kind,))}, order=(), told=())
    else:
        talk.enter("menu")


def _tell(talk: Talk, step: Tell) -> None:
    if step.id not in talk.s.told:
        talk.s = talk.s.but(told=(*talk.s.told, step.id))
        talk.say(step.text, _found(talk))


#: What the store found that is said as it is, and the dates that are said as this person's language writes them.
SAID = ("kept", "next_step", "asked_step", "ombudsman", "web")
DATES = (
    *("filed_on", "acknowledge_by", "answer_by", "next_by", "ombudsman_by"),
    *("acknowledged_on", "extended_on", "answered_on"),
)


def _found(talk: Talk) -> dict[str, str]:
    """What fills the places of a text from what the store found."""
    said = {place: talk.said.found.get(place, "") for place in SAID}
    dates = {place: day for place in DATES if (day := talk.found_date(place)) is not None}
    return said | {place: talk.world.show_date(day, talk.voice) for place, day in dates.items()}
