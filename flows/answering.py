"""Reading what was typed or pressed as an answer to the open question."""

from __future__ import annotations

from flows import anytime, aside, beside, path, phrases, pictured, reading, record
from flows.scripts import person, survey
from flows.session import Answer, Line, Signs
from flows.steps import Ask, AskDate, Choose, Collect, Option, Question, ReadBack
from flows.talk import Talk

#: A question is explained once, then differently, then a person is offered.
PATIENCE = 3


def read(talk: Talk, step: Question, command: str) -> None:
    """Read typed words as an answer to the open question, in the order the module's docstring gives."""
    text, world = talk.text, talk.world
    choices = path.options(step, talk.s, world)
    closed, greeting = isinstance(step, (Choose, ReadBack)), talk.greeted
    if isinstance(step, Ask) and step.kind == "receipt" and len(reading.digits(text)) == reading.RECEIPT_DIGITS:
        own_words(talk, step)
        return
    if (talk.s.filed or talk.s.flow in ("menu", survey.FLOW.id)) and not talk.s.pending and reading.is_receipt(text):
        talk.enter("progress")
        receipt = talk.open_question()
        assert receipt is not None
        own_words(talk, receipt)
        return
    numbered = None if greeting else reading.by_number(text, choices, isinstance(step, Choose) and step.many)
    if numbered is not None:
        choose(talk, step, numbered[0], numbered[1])
        return
    said = [world.words(Line(option.label), talk.voice) for option in choices]
    emoji = [world.emoji(option.symbol) if option.symbol else "" for option in choices]
    if greeting and talk.s.pending and not command and reading.by_label(text, choices, said, emoji) is None:
        unasked(talk, step)
        return
    if reading.is_number(text):
        if not greeting:
            _stray_number(talk, step, len(choices))
        return
    if (value := reading.by_label(text, choices, said, emoji)) is not None:
        choose(talk, step, (value,))
        return
    if drawn := pictured.answered(talk.s, talk.world, text):
        for drawn_step, values in drawn:
            choose(talk, drawn_step, values)
        if all(drawn_step.id != step.id for drawn_step, _ in drawn):
            talk.say(phrases.KEPT)
        return
    lexicon = world.lexicon(talk.voice.language)
    if (worded := reading.by_word(text, choices, lexicon, beginning=closed)) is not None:
        choose(talk, step, (worded[0],))
        if worded[1]:
            talk.keep(worded[1])
        return
    answers_it = not closed and command in ("person", "call") and anytime.CALLED in talk.s.told
    if command and not answers_it:
        anytime.obey(talk, command)
        return
    if closed and (value := reading.by_beginning(text, choices, said)) is not None:
        choose(talk, step, (value,))
        return
    own_words(talk, step)


def _stray_number(talk: Talk, step: Question, last: int) -> None:
    """A bare number that is no choice: said plainly where choices are numbered, asked about once elsewhere."""
    number = reading.fold(talk.text)
    asked = f"{step.id}#{number}"
    if isinstance(step, (Choose, ReadBack)):
        _missed(talk, step, _not_offered(last))
    elif asked in talk.s.told:
        own_words(talk, step)
    else:
        talk.s = talk.s.but(told=(*talk.s.told, asked))
        talk.say(phrases.NUMBER_FIRST, {"number": number})


def own_words(talk: Talk, step: Question) -> None:
    """The person's own words: an answer where words are asked for, else kept as part of the story."""
    text = talk.text
    if step.id in aside.ASIDES:
        beside.words(talk, step)
    elif isinstance(step, Collect):
        talk.collect(step, text)
    elif isinstance(step, AskDate):
        day = talk.world.read_date(text, talk.voice.language, talk.said.at.date())
        if day is None:
            talk.say(phrases.NO_DATE)
        answer = Answer(values=(day.isoformat() if day else "unsure",), words=(text,))
        talk.put(step, answer)
        if record.is_late(answer, talk.said.at):
            talk.say(phrases.TOO_OLD)
    elif isinstance(step, Ask) and step.kind == "receipt":
        digits = reading.digits(text)
        if len(digits) == reading.RECEIPT_DIGITS:
            talk.put(step, Answer(values=(digits,)))
        elif reading.is_story(text) and not digits:
            unasked(talk, step)
        else:
            _missed(talk, step, Line(phrases.NO_RECEIPT))
    elif isinstance(step, Ask):
        talk.put(step, Answer(words=(text,)))
    else:
        unasked(talk, step)


def unasked(talk: Talk, step: Question) -> None:
    """Words where a choice was asked for: kept as part of the story when they say something, else explained."""
    if reading.is_story(talk.text):
        if talk.s.flow == survey.FLOW.id:
            beside.story_instead(talk)
        else:
            talk.keep(talk.text)
        talk.say(phrases.KEPT)
    elif not talk.greeted:
        _missed(talk, step, Line(phrases.NOT_UNDERSTOOD))


def _not_offered(last: int) -> Line:
    return Line(phrases.NOT_OFFERED, {"last": str(last)}) if last > 1 else Line(phrases.NOT_UNDERSTOOD)


def _missed(talk: Talk, step: Question, first: Line) -> None:
    """Help once, differently the second time; the third time a way out."""
    misses = talk.s.misses + 1
    talk.s = talk.s.but(misses=misses)
    choices = path.options(step, talk.s, talk.world)
    if misses >= PATIENCE:
        talk.say(phrases.STUCK if step.optional else phrases.STUCK_HERE)
    elif misses == PATIENCE - 1 and choices:
        talk.say(phrases.NOT_UNDERSTOOD_AGAIN, {"first": talk.world.words(Line(choices[0].label), talk.voice)})
    else:
        talk.lines.append(first)


# choosing -----------------------------------------------------------------------------------------


def choose(talk: Talk, step: Question, values: tuple[str, ...], words: str = "") -> None:
    """One or several options of a step were chosen, by button, number or name."""
    known = {option.value: option for option in path.options(step, talk.s, talk.world)}
    chosen = [known[value] for value in values if value in known]
    if not chosen:
        _missed(talk, step, _not_offered(len(known)))
        return
    if len(chosen) > 1:
        chosen = [option for option in chosen if option.alone][:1] or chosen
        if not (isinstance(step, Choose) and step.many):
            chosen = chosen[:1]
    leaves = any(option.flow for option in chosen)
    if words and (leaves or step.id in aside.ASIDES or isinstance(step, ReadBack)):
        talk.keep(words)
        words = ""
    if step.id in aside.ASIDES:
        beside.chosen(talk, step, chosen[0])
    elif isinstance(step, Collect):
        _story_choice(talk, step, chosen[0])
    elif isinstance(step, ReadBack) and chosen[0].value.startswith(path.EDIT):
        _edit(talk, chosen[0].value.removeprefix(path.EDIT))
    else:
        before = pictured.signs(talk.s, talk.world)
        talk.put(step, Answer(values=tuple(option.value for option in chosen), words=(words,) if words else ()))
        if new := pictured.signs(talk.s, talk.world, known=before):
            talk.danger(pictured.as_signs(new, talk.s, talk.world))
        _consequences(talk, chosen)


def _consequences(talk: Talk, chosen: list[Option]) -> None:
    for option in chosen:
        if option.register:
            talk.change_voice(register=option.register)
        if option.danger:
            talk.danger(Signs("red", (option.danger,), (option.label.plain,)))
        if option.event == "made_complaint":
            talk.say(phrases.COMPLAINT_NOW)
        if option.flow == "over":
            talk.forget()
            talk.only(phrases.GOODBYE)
        elif option.flow == person.FLOW.id and talk.s.mine:
            anytime.obey(talk, "person")  # about the record they look at, not about one of its own
        elif option.flow:
            talk.enter(option.flow)


def _story_choice(talk: Talk, step: Collect, option: Option) -> None:
    answer = talk.s.answers.get(step.id, Answer(done=False))
    if option.value == step.rewrite.value:
        told = tuple(t for t in talk.s.told if t != f"{path.EDIT}{step.id}")
        talk.s = talk.s.but(answers={s: a for s, a in talk.s.answers.items() if s != step.id}, told=told)
    elif step.nothing and option.value == step.nothing.value:
        talk.put(step, Answer(skipped=True))
    else:
        talk.put(step, Answer(words=answer.words, media=answer.media))


def _edit(talk: Talk, step_id: str) -> None:
    """Open an answer again from the read-back; what follows from it is asked, everything else stays."""
    step = next(s for s in path.answered(talk.s, talk.world) if s.id == step_id)
    talk.s = talk.reopened(step)
    if isinstance(step, Collect):
        talk.s = talk.s.but(told=(*talk.s.told, f"{path.EDIT}{step_id}"))
