"""Say something good: who, what, may we tell them, a name if they like."""

from flows.scripts import common
from flows.steps import C_, N_, Ask, Choose, Flow, Option, Tell, Text

#: Said too where a compliment is made with pictures.
SHARE = Choose(
    id="share",
    text=Text(N_("May we tell them, and share it without your name?"), symbols=("talk", "lock")),
    label=Text(N_("May be shared")),
    options=(
        Option("both", Text(N_("Tell them and share it")), symbol="yes", like="yes"),
        Option("tell", Text(N_("Only tell them")), symbol="person"),
        Option("no", Text(N_("Please do neither")), symbol="no", like="no"),
    ),
)
ABOUT = Ask(
    id="about",
    text=Text(
        N_("Lovely! Which person or team is it about?"),
        child=C_("child", "Yay! Who was good to you?"),
        symbols=("happy", "person"),
    ),
    label=Text(N_("Who it is about")),
)
RECEIPT = Tell(
    id="receipt",
    text=Text(
        N_("Thank you! That makes somebody's day. It has arrived: {reference}. Your own number: {receipt}."),
        child=C_(
            "child",
            "Thank you! That will make someone smile. It has arrived: {reference}. Your own number: {receipt}.",
        ),
        symbols=("thanks", "key"),
    ),
)
FLOW = Flow(
    id="compliment",
    menu=10,
    title=Text(N_("Say something good"), easy=C_("easy", "Say something good")),
    kind="compliment",
    symbol="happy",
    steps=(
        ABOUT,
        Ask(
            id="story",
            text=Text(N_("What did they do?"), child=C_("child", "What did they do?"), symbols=("star",)),
            label=Text(N_("What they did")),
            optional=False,
        ),
        SHARE,
        Ask(
            id="name",
            text=Text(N_("What is your name, if you like to say? Or SKIP."), symbols=("me",)),
            label=Text(N_("Name")),
        ),
        common.file_it("compliment"),
        RECEIPT,
    ),
)
