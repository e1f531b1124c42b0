"""Talk to a person: what about, if they like, and how to reach them."""

from flows.scripts import common, pictures
from flows.steps import N_, Ask, Flow, Option, Tell, Text

FLOW = Flow(
    id="person",
    menu=60,
    title=Text(N_("Talk to a person")),
    kind="person",
    symbol="phone",
    steps=(
        Ask(
            id="story",
            text=Text(N_("What would you like to talk about? A few words are enough."), symbols=("chat",)),
            label=Text(N_("What it is about")),
            options=(Option("tell_them", Text(N_("I would rather say it to them")), symbol="private"),),
        ),
        common.CONTACT,
        common.DETAILS,
        common.file_it("person"),
        Tell(
            id="receipt",
            text=Text(
                N_(
                    "Thank you. A person contacts you by {acknowledge_by}: {reference}. "
                    "Your own number, to keep to yourself: {receipt}."
                ),
                symbols=("done",),
            ),
        ),
        *pictures.AFTER_FILING,
    ),
)
