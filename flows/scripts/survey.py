"""How did we do? Begun by us after closing, or chosen by whoever asks how theirs is going (docs/survey.md).

Every answer goes on the record as it comes (event ``surveyed``), so that nothing is lost when they stop.
"""

from __future__ import annotations

from flows.guards import Either, Is
from flows.scripts import common
from flows.scripts.way_on import way_on
from flows.steps import C_, N_, Choose, Collect, Flow, Option, Tell, Text

#: What the survey of a record is about; the store says it when it begins one: "promised", "again".
ABOUT = "asked"
PARTLY = Option("partly", Text(N_("Partly")), symbol="so_so")

UNDERSTOOD = Choose(
    id="survey_understood",
    text=Text(N_("Did we understand you?"), child=C_("child", "Did we get what you told us?"), symbols=("listen",)),
    label=Text(N_("Were they understood")),
    options=(common.YES, PARTLY, common.NO),
)
LISTENED = Choose(
    id="survey_listened",
    text=Text(N_("Were you listened to?"), child=C_("child", "Did we listen to you?"), symbols=("listen",)),
    label=Text(N_("Were they listened to")),
    options=(common.YES, PARTLY, common.NO),
)
PROMISED = Choose(
    id="survey_promised",
    when=Is(ABOUT, "promised"),
    text=Text(
        N_("Was what we promised done?"), child=C_("child", "Did we do what we said we would do?"), symbols=("done",)
    ),
    label=Text(N_("Was what was promised done")),
    options=(common.YES, PARTLY, Option("not_yet", Text(N_("Not yet")), symbol="later"), common.NO),
)
PROCESS = Choose(
    id="survey_process",
    text=Text(
        N_("How do you feel about the way we dealt with it?"),
        child=C_("child", "How do you feel about how we helped?"),
        easy=C_("easy", "How did we do it?"),
        symbols=("love",),
    ),
    label=Text(N_("How they feel about the way it was done")),
    options=common.FEELING.options,
)
OUTCOME = Choose(
    id="survey_outcome",
    text=Text(
        N_("And about what came of it?"),
        child=C_("child", "And how do you feel about how it ended?"),
        easy=C_("easy", "How is what came of it?"),
        symbols=("love",),
    ),
    label=Text(N_("How they feel about what came of it")),
    options=common.FEELING.options,
)
WORDS = Collect(
    id="survey_words",
    text=common.ANYTHING_ELSE,
    again=common.STORY.again,
    label=Text(N_("What else they said about how we did")),
    done=common.STORY.done,
    rewrite=common.STORY.rewrite,
    nothing=common.NOTHING_ELSE,
)
#: The questions, in their order.
QUESTIONS = (UNDERSTOOD, LISTENED, PROMISED, PROCESS, OUTCOME, WORDS)
STEPS = tuple(step.id for step in QUESTIONS)
#: Whoever answers so is offered what can be done next.
UNHAPPY = Either(
    Is(UNDERSTOOD.id, "no"),
    Is(LISTENED.id, "no"),
    Is(PROMISED.id, "no"),
    Is(PROCESS.id, "bad", "very_bad"),
    Is(OUTCOME.id, "bad", "very_bad"),
)

FLOW = Flow(
    id="survey",
    title=Text(N_("How did we do?")),
    symbol="write",
    steps=(
        # CONTACT at any question; the answer "then" is what the anytime word leaves.
        *common.reaching(Is("then", "contact")),
        Tell(
            id="survey_hello",
            when=Is(ABOUT, "begun"),
            text=Text(
                N_("May we ask how we did with what you told us? A few short questions. You can SKIP any of them."),
                child=C_("child", "Can you tell us how we did? A few short questions. You can SKIP any of them."),
                easy=C_("easy", "How did we do? We ask a few short questions. You can SKIP a question."),
            ),
        ),
        Tell(
            id="survey_again",
            when=Is(ABOUT, "again"),
            text=Text(
                N_("We asked how we did with what you told us. It is not too late. We do not ask again."),
                child=C_("child", "We asked you how we did. You can still tell us. We do not ask again."),
            ),
        ),
        UNDERSTOOD,
        LISTENED,
        PROMISED,
        PROCESS,
        OUTCOME,
        *way_on(UNHAPPY),
        WORDS,
        Tell(
            id="survey_thanks",
            text=Text(
                N_("Thank you for telling us how we did. It helps us to do better."),
                child=C_("child", "Thank you! It helps us to do better."),
            ),
        ),
    ),
)
