"""The picture that goes with the number: what staff write opens with both, for the number alone may be seen."""

from __future__ import annotations

from dataclasses import replace

from flows.guards import All, Guard, Is
from flows.steps import C_, N_, AnyStep, Choose, LookUp, Option, Tell, Text

_EIGHT = (
    Option("cat", Text(N_("Cat")), symbol="cat"),
    Option("fish", Text(N_("Fish")), symbol="fish"),
    Option("tree", Text(N_("Tree")), symbol="tree"),
    Option("flower", Text(N_("Flower")), symbol="flower"),
    Option("sun", Text(N_("Sun")), symbol="sun"),
    Option("boat", Text(N_("Boat")), symbol="boat"),
    Option("ball", Text(N_("Ball")), symbol="ball"),
    Option("apple", Text(N_("Apple")), symbol="apple"),
)
#: What was chosen is told to the store and then forgotten: this stands in its place.
GIVEN = "chosen"
#: Offered to a child under 12 instead of keeping a number.
NO_NUMBER = Option(
    "no_number",
    Text(N_("I do not want to keep a number")),
    symbol="no",
    event="receipt_declined",
    when=Is("age", "under8", "8to11"),
)
PICTURE = Choose(
    id="picture",
    private=True,
    final=True,
    text=Text(
        N_("Choose a picture to go with your number, or SKIP. Our messages to you open with both."),
        child=C_("child", "Choose a picture for your number, or SKIP. Then only you can open what we write to you."),
        symbols=("lock", "picture_board"),
    ),
    options=(*(replace(one, event="picture_chosen") for one in _EIGHT), NO_NUMBER),
)
_KEPT = Text(
    N_("Thank you. Please remember your picture."),
    child=C_("child", "Thank you. Remember your picture. Do not tell anyone."),
)
#: After the record is filed, in every flow whose person may be written to.
AFTER_FILING: tuple[AnyStep, ...] = (
    PICTURE,
    Tell(id="picture_kept", when=Is("picture", GIVEN), text=_KEPT),
    Tell(
        id="no_number",
        when=Is("picture", NO_NUMBER.value),
        text=Text(N_("That is fine. You need no number. We find you through someone you trust."), symbols=("done",)),
    ),
)

PROOF = Choose(
    id="picture_proof",
    private=True,
    text=Text(
        N_("There are messages for you. Which picture goes with your number?"),
        child=C_("child", "We wrote to you. Which picture goes with your number?"),
        symbols=("lock", "picture_board"),
    ),
    options=_EIGHT,
)
#: Said when a picture was wrong, and asked again.
MISSED = Text(N_("That is not the picture. Please try again, or SKIP."))

#: Sent when staff gave out a new number, after checking who asks.
RENEWED = Text(N_("Your new number, to keep to yourself: {receipt}. The old one no longer works."))


def opening(found: str) -> tuple[AnyStep, ...]:
    """Messages of staff, opened with the picture. ``found``: the step that looked the record up."""
    shut = Text(
        N_("Messages for you are locked now, because of wrong pictures. Send PERSON: they check that it is you.")
    )
    return (
        Tell(
            id="apart",
            when=Is(found, "apart"),
            text=Text(N_("There are messages for you. They open where you first wrote to us. Or send PERSON.")),
        ),
        Tell(id="shut_before", when=Is(found, "shut"), text=shut),
        replace(PROOF, when=Is(found, "locked")),
        LookUp(
            id="opened",
            query="messages",
            of=PROOF.id,
            when=All(Is(found, "locked"), Is(PROOF.id, *(one.value for one in _EIGHT))),
        ),
        Tell(id="messages", when=Is("opened", "opened"), text=Text(N_("For you: {kept}"))),
        Tell(id="shut", when=Is("opened", "shut"), text=shut),
    )


def later(guard: Guard) -> tuple[AnyStep, ...]:
    """A picture chosen when somebody comes back."""
    return (
        replace(PICTURE, when=guard),
        Tell(id="picture_kept", when=All(guard, Is("picture", GIVEN)), text=_KEPT),
    )
