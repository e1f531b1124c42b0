"""Get someone to help me speak up: an advocate, on its own."""

from flows.guards import All, Is, Wants
from flows.scripts import common, pictures
from flows.steps import C_, N_, Ask, Choose, Flow, Option, Tell, Text

FLOW = Flow(
    id="advocate",
    menu=40,
    title=Text(
        N_("Get someone to help me speak up"),
        easy=C_("easy", "Get help to speak up"),
    ),
    kind="advocate",
    symbol="help",
    steps=(
        Choose(
            id="advocate_for",
            text=Text(
                N_(
                    "An advocate helps a child or young person say what they want. "
                    "It is free, and they do not work for us. Who is it for?"
                ),
                easy=C_("easy", "An advocate helps you speak up. It is free. Who is it for?"),
                symbols=("advocate", "person"),
            ),
            label=Text(N_("Advocate for")),
            options=(
                Option("me", Text(N_("For me")), symbol="child", register="young"),
                Option("other", Text(N_("For someone else")), symbol="together"),
            ),
        ),
        Ask(
            id="story",
            text=Text(N_("What is it about? A few words are enough."), symbols=("chat",)),
            label=Text(N_("What it is about")),
            options=(Option("tell_them", Text(N_("I would rather tell them")), symbol="private"),),
        ),
        common.CONTACT,
        common.DETAILS,
        common.file_it("advocate"),
        Tell(
            id="receipt",
            text=Text(
                N_(
                    "Thank you. We pass this on to the advocates: {reference}. "
                    "Your own number, to keep to yourself: {receipt}. "
                    "You hear from someone by {acknowledge_by}."
                ),
                symbols=("done", "advocate", "key"),
            ),
        ),
        *pictures.AFTER_FILING,
        Choose(
            id="home",
            when=All(Is("advocate_for", "me"), Wants("homes")),
            text=Text(
                N_("If you live in one of these homes, choose it: the advocate sees you at the next visit."),
                easy=C_("easy", "Do you live in one of these homes? The advocate can see you there."),
                symbols=("home",),
            ),
            label=Text(N_("Home where the advocate sees them")),
            source="homes",
            options=(Option("no", Text(N_("No, somewhere else")), symbol="no", like="no", alone=True),),
        ),
    ),
)
