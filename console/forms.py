"""The forms of the deeds that every procedure shares: words, fields, where each stands, who may do it."""

from __future__ import annotations

from collections.abc import Mapping

from console.form import ASSIGN, DECIDE, NOTE, ROUTE, Deed, Field, why
from console.forms_helping import HELPING
from console.forms_loop import LOOP
from console.forms_talking import TALKING
from console.words import N_

_WHO = Field("who", N_("Who"), hint=N_("A name or a role"))

DEEDS: Mapping[str, Deed] = {
    **HELPING,
    **TALKING,
    **LOOP,
    # Next in the procedure
    "acknowledged": Deed(N_("Acknowledge it"), "next", (NOTE,), dated=True),
    "contacted": Deed(
        N_("Contacted: rights told, understood rightly, how it goes on"),
        "next",
        (Field("who", N_("Who talked with them")), NOTE),
        dated=True,
    ),
    "looked_at": Deed(N_("Looked at what there is"), "next", (why(N_("What was found, and what is done")),)),
    "resolved_at_once": Deed(
        N_("Resolve it at once"),
        "next",
        (why(N_("How it was put right")),),
        dated=True,
    ),
    "made_complaint": Deed(N_("The person makes it a complaint"), "next", (NOTE,)),
    "completed": Deed(N_("The person finishes it"), "next", (Field("kind", N_("What it is"), "choice", "kinds"), NOTE)),
    # People
    "role": Deed(
        N_("Give it to somebody, or say who holds a role"),
        "people",
        (
            Field("role", N_("Role"), "choice", "roles"),
            Field("staff", N_("Member of staff"), "staff", "staff", True),
            Field(
                "person",
                N_("Or somebody from outside"),
                optional=True,
                hint=N_("An investigating officer, an independent person, a member of the panel"),
            ),
            Field("told", N_("The person was told who"), "yes", optional=True),
        ),
        ASSIGN,
        hint=N_("Nobody it is about can be chosen."),
    ),
    "objected": Deed(
        N_("The person objects to somebody answering"),
        "people",
        (Field("person", N_("Whom they object to"), "staff", "staff_names"), why()),
    ),
    "allegation_settled": Deed(
        N_("It is no allegation against an adult who works with children"),
        "people",
        (Field("who", N_("The trained person who looked at it")), why()),
        ROUTE,
        True,
        N_("Until then it is hidden from the managers of its services, whoever they are."),
    ),
    "named_settled": Deed(
        N_("Settle who it is about"),
        "people",
        (
            Field(
                "staff",
                N_("It is about these members of staff"),
                "ticks",
                "everybody",
                True,
                hint=N_("They cannot open the record. Until this is settled, nobody can whose name was written."),
            ),
            Field("shown", N_("The person agrees that they may read it"), "yes", optional=True),
            why(N_("How that was found out")),
        ),
        DECIDE,
    ),
    "support_offered": Deed(
        N_("Support offered to a member of staff"),
        "people",
        (Field("who", N_("To whom")), Field("what", N_("What"), hint=N_("A talk, a support person, supervision …"))),
        dated=True,
    ),
    # Outcome
    "outcome": Deed(
        N_("Decide a point"),
        "answer",
        (
            Field("point", N_("Point"), hint=N_("What was complained about, in few words")),
            Field("outcome", N_("Outcome"), "choice", "outcomes"),
            NOTE,
        ),
    ),
    "remedy": Deed(
        N_("Promise a remedy"),
        "answer",
        (
            Field("remedy", N_("Remedy"), "choice", "remedies"),
            Field("amount", N_("Amount in pounds"), "money", optional=True),
            Field("due", N_("By when"), "day", optional=True),
            NOTE,
        ),
        hint=N_("A point that is upheld needs an apology or an explanation."),
    ),
    "remedy_approved": Deed(
        N_("Approve a remedy"),
        "answer",
        (Field("remedy", N_("Remedy"), "choice", "promised"), Field("who", N_("Who approved it")), NOTE),
        DECIDE,
    ),
    "remedy_done": Deed(
        N_("What was promised is done"),
        "answer",
        (Field("remedy", N_("Remedy"), "choice", "promised"), Field("note", N_("How we know"), "area", optional=True)),
        dated=True,
    ),
    "learned": Deed(
        N_("What was learned: action, owner, date"),
        "answer",
        (
            Field("what", N_("What was learned, and what is done"), "area"),
            Field("owner", N_("Who owns it")),
            Field("due", N_("By when"), "day"),
        ),
    ),
    "learning_done": Deed(
        N_("What was learned is done"), "answer", (Field("evidence", N_("How we know"), "area"),), dated=True
    ),
    "mediation_offered": Deed(N_("Offer mediation"), "answer", (NOTE,), dated=True),
    "mediated": Deed(
        N_("How mediation ended"),
        "answer",
        (Field("result", N_("How it ended"), "choice", "mediation_results"), NOTE),
        dated=True,
    ),
    "ombudsman_decided": Deed(
        N_("The ombudsman has decided"),
        "answer",
        (
            Field("result", N_("Decision"), "choice", "ombudsman_results"),
            Field("evidence", N_("Evidence sent"), "area", optional=True),
        ),
        DECIDE,
        True,
    ),
    "cost": Deed(
        N_("Record a cost"),
        "answer",
        (Field("amount", N_("Amount in pounds"), "money"), Field("what", N_("What for"))),
    ),
    # Time
    "extended": Deed(
        N_("Extend a limit, once"),
        "time",
        (
            Field("clock", N_("Limit"), "choice", "extendable"),
            why(source="extension_reasons"),
            Field("agreed", N_("The person agreed"), "yes", optional=True),
            NOTE,
        ),
        DECIDE,
    ),
    "paused": Deed(
        N_("Pause limits"),
        "time",
        (
            Field("clocks", N_("Limits"), "ticks", "running"),
            why(source="pause_reasons"),
            Field("review", N_("Look again on"), "day"),
            NOTE,
        ),
        DECIDE,
    ),
    "resumed": Deed(
        N_("Let paused limits run on"), "time", (Field("clocks", N_("Limits"), "ticks", "paused"),), DECIDE
    ),
    "point_decided": Deed(
        N_("A point before a court: it waits, or goes on"),
        "time",
        (Field("point", N_("Point")), Field("decision", N_("Decision"), "choice", "decisions"), why()),
        DECIDE,
    ),
    # Somewhere else
    "routed": Deed(
        N_("Send it another way"),
        "else",
        (Field("route", N_("Where to"), "choice", "routes"), why(), NOTE),
        ROUTE,
        hint=N_("The reason is kept. Tell the person where it went."),
    ),
    "taken_back": Deed(N_("Take it back from there"), "else", (why(),), ROUTE),
    "officer_contacted": Deed(N_("The designated officer was contacted"), "else", (_WHO, NOTE), ROUTE, True),
    "handed_over": Deed(N_("Hand it over"), "else", (Field("to", N_("To which organisation")), why()), ROUTE, True),
    "handed_back": Deed(N_("It was handed back"), "else", (NOTE,), ROUTE, True),
    "partner_asked": Deed(
        N_("Ask a partner agency whether it looks into it"),
        "else",
        (Field("agency", N_("Agency")), Field("answer", N_("Answer"), "choice", "partners"), NOTE),
        ROUTE,
        True,
    ),
    "ombudsman_referred": Deed(N_("The person goes to the ombudsman"), "else", (why(optional=True),), dated=True),
    # About
    "services": Deed(
        N_("Say which services it is about"), "about", (Field("services", N_("Services"), "ticks", "services"),)
    ),
    "themed": Deed(N_("Give it themes"), "about", (Field("themes", N_("Themes"), "ticks", "themes"),)),
    "linked": Deed(
        N_("Link another record on the same matter"),
        "about",
        (Field("case", N_("Reference of the other record"), "record"), NOTE),
        hint=N_("People and answers stay apart."),
    ),
    "flagged": Deed(
        N_("Mark it"),
        "about",
        (
            Field("flag", N_("Mark"), "choice", "flags"),
            Field("characteristics", N_("Discrimination because of"), "ticks", "characteristics", optional=True),
            Field("note", N_("Details, precautions"), "area", optional=True),
        ),
    ),
    "campaign_linked": Deed(N_("It belongs to a campaign"), "about", (Field("campaign", N_("Campaign")),)),
    "campaign_acted": Deed(
        N_("The campaign complaint was acted on"), "about", (Field("what", N_("What was done"), "area"),), dated=True
    ),
    "corrected": Deed(
        N_("Correct something that was recorded"),
        "about",
        (Field("of", N_("What is wrong"), "choice", "events"), why(N_("What is right, and why"))),
        DECIDE,
        hint=N_("It is struck out; then record it again as it was. What was written stays to be seen."),
    ),
    # End
    "withdrawn": Deed(N_("The person takes it back"), "end", (NOTE,), dated=True),
    "withdrawal_decided": Deed(
        N_("Decide whether to look at it all the same"),
        "end",
        (Field("look", N_("Decision"), "choice", "looks"), why()),
        DECIDE,
    ),
    "closed": Deed(
        N_("Close it"),
        "end",
        (
            Field("resolution", N_("How local resolution ended"), "choice", "resolutions", optional=True),
            why(N_("Why, where it has no answer or something promised is not done"), optional=True),
        ),
        DECIDE,
    ),
    "reopened": Deed(N_("Open it again"), "end", (why(),), DECIDE),
}
