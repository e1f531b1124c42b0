"""The options of one question can be told apart by what people type, in every language."""

import pytest

import locales
from flows.aside import ASIDES
from flows.reading import fold
from flows.scripts import FLOWS
from flows.steps import options_of

STEPS = [*(step for flow in FLOWS.values() for step in flow.steps), *ASIDES.values()]
QUESTIONS = {step.id: step for step in STEPS if options_of(step)}


@pytest.mark.parametrize("code", locales.LANGUAGES)
@pytest.mark.parametrize("step", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_no_two_options_say_the_same(step, code):
    translate = locales.translator(code)
    for register in ("", "child", "young"):
        for easy in (False, True):
            labels = [
                fold(translate(*option.label.pick(register, easy), option.label.plain)) for option in options_of(step)
            ]
            assert "" not in labels
            assert len(set(labels)) == len(labels), labels
