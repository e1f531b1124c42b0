"""The picture board: a whole story by tapping, for whoever does not read or would rather not write.

Offered where easy words and pictures are on. Every value of a question here is a concept of ``locales/symbols.toml``:
the record keeps the pictures themselves. A thing said with pictures is a sign of danger as words are: see ``SIGNS``.
"""

from __future__ import annotations

from dataclasses import replace

from flows.guards import All, Either, Guard, InDanger, InPictures, Is, Not
from flows.scripts import common, complaint, compliment, informal, pictures
from flows.steps import N_, Choose, Collect, Flow, Option, Sign, Text

#: On each question: they may write or record what the board has no picture for, or leave it at that.
MISSING = "missing"


def _tap(concept: str, label: Text, when: Guard | None = None) -> Option:
    return Option(concept, label, symbol=concept, when=when)


_MISSING = Option(MISSING, Text(N_("My word is not here")), symbol=MISSING)

# Translators: the picture board is for young children and for people who do not read. The choices stand under pictures
# and are read aloud: one to three everyday words, as a child would say them.
HOW = Choose(
    id="board_how",
    text=Text(N_("How is it?"), symbols=("so_so",)),
    label=Text(N_("How it is")),
    options=(
        Option("good", common.FEELING.options[1].label, symbol="good", kind="compliment"),
        Option("so_so", common.FEELING.options[2].label, symbol="so_so"),
        Option("bad", common.FEELING.options[3].label, symbol="bad"),
    ),
)
GOOD = Is(HOW.id, "good")
ABOUT = Choose(
    id="board_who",
    many=True,
    text=Text(N_("Who is it about?"), symbols=("person",)),
    label=Text(N_("Who")),
    options=(
        _tap("me", Text(N_("Me"))),
        _tap("family", Text(N_("My family"))),
        _tap("mum", Text(N_("Mum"))),
        _tap("dad", Text(N_("Dad"))),
        _tap("brothers_sisters", Text(N_("Brothers or sisters"))),
        # Translators: whoever the service sends: a social worker, a key worker.
        _tap("worker", Text(N_("My worker"))),
        # Translators: the person the child lives with, or who looks after them in a children's home.
        _tap("carer", Text(N_("Carer"))),
        _tap("teacher", Text(N_("Teacher"))),
        _tap("friend", Text(N_("A friend"))),
        _tap("child", Text(N_("Another child"))),
        _MISSING,
    ),
)
WHERE = Choose(
    id="board_where",
    text=Text(N_("Where is it?"), symbols=("look",)),
    label=Text(N_("Where")),
    options=(
        _tap("home", Text(N_("At home"))),
        _tap("school", Text(N_("At school"))),
        _tap("childrens_home", Text(N_("Children's home"))),
        # Translators: when a child who lives elsewhere sees the own family ("contact").
        _tap("family_time", Text(N_("Family time"))),
        _tap("online", Text(N_("Online"))),
        _tap("outside", Text(N_("Outside"))),
        _MISSING,
    ),
)
FEELING = Choose(
    id="board_feeling",
    many=True,
    text=Text(N_("How do you feel?"), symbols=("love",)),
    label=common.FEELING.label,
    options=(
        # Translators: feelings; as nouns ("sadness") or otherwise without the speaker's gender.
        _tap("happy", Text(N_("Happy"))),
        _tap("sad", Text(N_("Sad"))),
        _tap("angry", Text(N_("Angry"))),
        _tap("scared", Text(N_("Scared"))),
        _tap("lonely", Text(N_("Lonely"))),
        _tap("worried", Text(N_("Worried"))),
        _tap("tired", Text(N_("Tired"))),
        _tap("danger", Text(N_("Not safe"))),
        _MISSING,
    ),
)
WHAT = Choose(
    id="board_what",
    many=True,
    text=Text(N_("What is it about?"), symbols=("chat",)),
    label=Text(N_("What it is about")),
    options=(
        # Translators: somebody was kind, nice to me.
        _tap("love", Text(N_("Someone was kind")), when=GOOD),
        _tap("play", Text(N_("Playing")), when=GOOD),
        _tap("shouting", Text(N_("Shouting")), when=Not(GOOD)),
        _tap("alone", Text(N_("Being alone")), when=Not(GOOD)),
        _tap("not_heard", Text(N_("Nobody listens")), when=Not(GOOD)),
        # Translators: moving to live somewhere else.
        _tap("move", Text(N_("Moving home"))),
        _tap("food", Text(N_("Food"))),
        _tap("money", Text(N_("Money or things"))),
        _tap("seeing_family", Text(N_("Seeing my family"))),
        _tap("mobile", Text(N_("My phone"))),
        # Translators: somebody hurts me.
        _tap("hurt", Text(N_("Being hurt"))),
        # Translators: somebody touches or wants to see the parts of the body that are private. As children are taught.
        _tap("private_body", Text(N_("Private body"))),
        _MISSING,
    ),
)
WANT = Choose(
    id="board_want",
    text=common.WANT.text,
    label=common.WANT.label,
    options=(
        _tap("help", Text(N_("Help me"))),
        _tap("talk", Text(N_("Talk to someone"))),
        # Translators: what is done to me shall end. It must not be the word that ends our messages.
        _tap("stop", Text(N_("Make it stop")), when=Not(GOOD)),
        # Translators: somebody shall say sorry to me.
        _tap("sorry", Text(N_("Someone to say sorry")), when=Not(GOOD)),
        _tap("why", Text(N_("Know why"))),
        _tap("thanks", Text(N_("Say thank you"))),
        _MISSING,
    ),
)
QUESTIONS = (HOW, ABOUT, WHERE, FEELING, WHAT, WANT)
_WITH_THEM = Is(WHERE.id, "home", "childrens_home", "family_time")
#: Where the child lives, or whoever may be the one they are scared of.
_NEAR = Either(_WITH_THEM, Is(ABOUT.id, *(one.value for one in ABOUT.options if one.value != "me")))
#: The same of those who look after them.
_LOOKED_AFTER = Either(_WITH_THEM, Is(ABOUT.id, "family", "mum", "dad", "carer", "worker", "teacher"))
_HARM = Is(WHAT.id, "hurt", "private_body")
#: What of the board is a sign of danger by itself (docs/safety.md): what words would say of it as well.
SIGNS = (
    Sign("physical_abuse", "red", Is(WHAT.id, "hurt")),
    Sign("sexual_abuse", "red", Is(WHAT.id, "private_body")),
    Sign("not_safe", "red", Is(FEELING.id, "danger")),
    Sign("adult_with_children", "red", All(_HARM, Is(ABOUT.id, "worker", "carer", "teacher"))),
    Sign("threat_now", "amber", All(Is(FEELING.id, "scared"), _NEAR)),
    Sign("neglect", "amber", All(Is(WHAT.id, "alone"), Is(WHERE.id, "home"))),
    Sign(
        *("emotional_abuse", "amber"),
        All(Is(WHAT.id, "shouting"), _LOOKED_AFTER, Is(FEELING.id, "scared", "sad", "worried")),
    ),
)
#: Choices that are a sign of danger by themselves.
ALARMING = frozenset(value for sign in SIGNS if isinstance(sign.when, Is) for value in sign.when.values)
#: Something good, and nothing in it that a worker it praises should not be told: a compliment.
PRAISE = All(GOOD, Not(InDanger()), *(Not(sign.when) for sign in SIGNS))
#: Words, a picture or a recording for what the board has no picture for; it may stay open.
OWN = Collect(
    id=common.STORY.id,
    when=Either(*(Is(step.id, MISSING) for step in QUESTIONS)),
    text=common.ANYTHING_ELSE,
    again=common.STORY.again,
    label=common.STORY.label,
    done=common.STORY.done,
    rewrite=common.STORY.rewrite,
    nothing=common.NOTHING_ELSE,
)

FLOW = Flow(
    id="board",
    menu=5,
    offered=InPictures(),
    title=Text(N_("Use pictures")),
    kind="informal",
    symbol="picture_board",
    signs=SIGNS,
    steps=(
        common.WHO_SEES,
        common.HALFWAY,
        common.WHO,
        common.AGE,
        common.ALONE,
        common.ALONE_LATER,
        *QUESTIONS,
        OWN,
        replace(compliment.SHARE, when=PRAISE),
        replace(common.ADVOCATE, when=All(common.CHILD, Not(PRAISE))),
        replace(common.CONTACT, when=Not(PRAISE)),
        common.DETAILS,
        complaint.CHECK,
        common.file_it("informal"),
        replace(compliment.RECEIPT, id="receipt_good", when=PRAISE),
        replace(informal.RECEIPT, when=Not(PRAISE)),
        replace(pictures.PICTURE, when=Not(PRAISE)),
        *pictures.AFTER_FILING[1:],
    ),
)
