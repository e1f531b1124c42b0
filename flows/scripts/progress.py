"""How is mine going? With the sixteen digits, from any channel; it never says which channel was used before.

The number shows how it stands; what staff wrote opens with the picture (``flows.scripts.pictures``).
"""

from dataclasses import replace

from flows.guards import All, Is, Not, OnChannel
from flows.scripts import common, person, pictures
from flows.scripts.way_on import way_on
from flows.steps import N_, Ask, Choose, Collect, Flow, LookUp, Option, Tell, Text

FOUND = Is("found", "found")

THEN = Choose(
    id="then",
    when=FOUND,
    text=Text(N_("What would you like to do?"), symbols=("idea",)),
    options=(
        Option("add", Text(N_("Add something")), symbol="write"),
        Option("advocate", Text(N_("Get someone to help me speak up")), symbol="help", event="asked_advocate"),
        replace(common.MAKE_COMPLAINT, when=Is("found", "informal")),
        Option("unhappy", Text(N_("I am not happy with it")), symbol="sad", event="unhappy"),
        Option(
            "survey",
            Text(N_("Tell you how you did")),
            symbol="write",
            flow="survey",
            when=Is("found", "unsurveyed"),
        ),
        common.CHANGE_CONTACT,
        Option(
            "picture",
            Text(N_("Choose a picture")),
            symbol="picture",
            when=All(Is("found", "unlocked"), Not(Is("found", "unsurveyed"))),
        ),
        Option("withdraw", Text(N_("Take it back")), symbol="back", when=Not(Is("found", "withdrawn"))),
        Option(
            "person",
            person.FLOW.title,
            symbol="phone",
            flow=person.FLOW.id,
            # By text message there is the word PERSON: one choice more would make it a text more.
            when=OnChannel("web", "telegram"),
        ),
        Option("nothing", Text(N_("Nothing, thanks")), symbol="done", like="no"),
    ),
)

#: Whatever else they want to say to it, in their own words.
_MORE_WORDS = Collect(
    id="more_words",
    text=common.ANYTHING_ELSE,
    again=common.STORY.again,
    label=common.ADDITION.label,
    done=common.STORY.done,
    rewrite=common.STORY.rewrite,
    nothing=common.NOTHING_ELSE,
)

FLOW = Flow(
    id="progress",
    menu=50,
    title=Text(N_("How is mine going?")),
    symbol="search",
    steps=(
        Ask(
            id="receipt",
            kind="receipt",
            private=True,
            optional=False,
            text=Text(
                N_("Please send your 16-digit number. Lost it? Choose 1 and a person helps you."), symbols=("key",)
            ),
            options=(Option("lost", Text(N_("I do not have it")), symbol="unsure"),),
        ),
        LookUp(id="found", query="progress", of="receipt"),
        Tell(id="status", when=FOUND, text=Text(N_("Yes, we have it, sent on {filed_on}."))),
        Tell(
            id="acknowledged",
            when=Is("found", "acknowledged_on"),
            text=Text(N_("A person has read it ({acknowledged_on}).")),
        ),
        Tell(
            id="extended",
            when=Is("found", "extended_on"),
            text=Text(N_("We said that we need longer ({extended_on}).")),
        ),
        Tell(
            id="answered_day",
            when=Is("found", "answered_on"),
            text=Text(N_("We have answered it ({answered_on}).")),
        ),
        Tell(
            id="unfinished",
            when=Is("found", "unfinished"),
            text=Text(N_("It was not finished. A person looks at what is there.")),
        ),
        Tell(
            id="received",
            when=Is("found", "received"),
            text=Text(N_("It has arrived. We write back by {acknowledge_by}.")),
        ),
        Tell(
            id="answering",
            when=Is("found", "answering"),
            text=Text(N_("Someone is working on it. You get an answer by {answer_by}.")),
        ),
        Tell(
            id="late",
            when=Is("found", "late"),
            text=Text(N_("We are late with our answer. Sorry. Someone has been told.")),
        ),
        Tell(
            id="paused",
            when=Is("found", "paused"),
            text=Text(N_("It has to wait for something else first. We tell you when it goes on.")),
        ),
        Tell(
            id="waiting",
            when=Is("found", "waiting"),
            text=Text(N_("Someone is working on it. There is no date for the answer yet.")),
        ),
        Tell(
            id="elsewhere",
            when=Is("found", "elsewhere"),
            text=Text(N_("It went to those who can deal with it. Send PERSON to ask who that is.")),
        ),
        Tell(
            id="answered",
            when=All(Is("found", "answered"), Not(Is("found", "answered_on"))),
            text=Text(N_("We have answered it.")),
        ),
        Tell(id="withdrawn", when=Is("found", "withdrawn"), text=Text(N_("You took it back."))),
        Tell(id="closed", when=Is("found", "closed"), text=Text(N_("It is finished."))),
        Tell(
            id="missing",
            when=Is("found", "missing"),
            text=Text(N_("We cannot find that number. Please check it against what you wrote down, and try again.")),
        ),
        Tell(
            id="mistyped",
            when=Is("found", "mistyped"),
            text=Text(N_("One of the numbers is not right. Please look again at all 16, and send them once more.")),
        ),
        Tell(
            id="wait",
            when=Is("found", "wait"),
            text=Text(N_("That was tried too often. Please wait an hour, or send PERSON.")),
        ),
        Tell(
            id="lost",
            when=Is("found", "lost"),
            text=Text(N_("That is all right. Send PERSON: they check that it is you, and find it.")),
        ),
        Tell(id="kept", when=Is("found", "kept"), text=Text(N_("For you: {kept}"))),
        *pictures.opening("found"),
        THEN,
        Choose(
            id="withdraw",
            when=All(FOUND, Is("then", "withdraw")),
            text=Text(
                N_("Shall we stop working on it? If someone may be unsafe we still have to look."), symbols=("back",)
            ),
            options=(
                Option("yes", Text(N_("Yes, take it back")), symbol="yes", like="yes", event="withdrawn"),
                Option("no", Text(N_("No, go on with it")), symbol="no", like="no"),
            ),
        ),
        replace(common.ADDITION, when=All(FOUND, Is("then", "add"))),
        replace(_MORE_WORDS, id="advocate_words", when=All(FOUND, Is("then", "advocate"))),
        *way_on(All(FOUND, Is("then", "unhappy"))),
        replace(_MORE_WORDS, id="unhappy_words", when=All(FOUND, Is("then", "unhappy"))),
        *common.reaching(All(FOUND, Is("then", "contact"))),
        *pictures.later(All(FOUND, Is("then", "picture"))),
        Tell(id="goes_on", when=All(FOUND, Is("withdraw", "no")), text=Text(N_("We go on with it now."))),
        Tell(id="taken_back", when=All(FOUND, Is("withdraw", "yes")), text=Text(N_("You took it back."))),
        Tell(
            id="noted",
            when=All(FOUND, Is("then", "add", "unhappy", "advocate", "make_complaint")),
            text=Text(N_("Thank you. It is with the team now.")),
        ),
    ),
)
