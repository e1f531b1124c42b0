"""Where a talk begins, and what may follow a record that is filed. The choices are the flows themselves."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from flows import scripts
from flows.guards import Is, Not
from flows.scripts import common
from flows.steps import C_, N_, Choose, Flow, Option, Tell, Text


def _offered() -> Iterator[Flow]:
    """The flow of every module here that gives it a place in the menu (``Flow.menu``)."""
    for module in iter_modules(scripts.__path__):
        if module.name != "menu":
            flow = getattr(import_module(f"{scripts.__name__}.{module.name}"), "FLOW", None)
            if isinstance(flow, Flow) and flow.menu:
                yield flow


#: In the order of the menu.
OFFERED = tuple(sorted(_offered(), key=lambda flow: flow.menu))

FLOW = Flow(
    id="menu",
    title=Text(N_("Begin")),
    steps=(
        Choose(
            id="kind",
            optional=False,
            text=Text(
                N_("What would you like to do?"),
                easy=C_("easy", "What do you want to do? Choose one."),
                symbols=("idea",),
            ),
            more=Text(
                N_(
                    "You can tell us how things are now and make it a complaint later: "
                    "its time then counts from your first message. "
                    "A complaint starts a deadline for us. With both you can have a free advocate."
                ),
            ),
            label=Text(N_("Kind")),
            options=tuple(
                Option(flow.id, flow.title, symbol=flow.symbol, flow=flow.id, when=flow.offered) for flow in OFFERED
            ),
        ),
    ),
)

AFTER = Flow(
    id="after",
    title=Text(N_("Afterwards")),
    steps=(
        Choose(
            id="next",
            text=Text(N_("Is there anything else?"), symbols=("more",)),
            options=(
                Option("bye", Text(N_("No, that is all")), symbol="done", like="no", flow="over"),
                Option("add", Text(N_("Add to what I sent")), symbol="write"),
                replace(common.MAKE_COMPLAINT, when=Is("was", "informal")),
                common.CHANGE_CONTACT,
                Option("new", Text(N_("Something new")), symbol="new", flow="menu"),
            ),
        ),
        replace(common.ADDITION, when=Is("next", "add")),
        *common.reaching(Is("next", "contact")),
        Tell(
            id="noted",
            when=Not(Is("next", "contact")),
            text=Text(N_("Thank you. It is with the team now."), symbols=("done",)),
        ),
    ),
)

#: Nothing is under way; the next message begins again.
OVER = Flow(id="over", title=Text(N_("Goodbye")), steps=())
