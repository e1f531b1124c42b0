"""What stands only on paper: wordings of a blank form and of a printed letter, in the public's catalogue.

A form has no turns, so questions that speak of messages, numbers to send or SKIP are put another way here; all
others are printed as the flows ask them.
"""

from __future__ import annotations

from collections.abc import Mapping

from casework.letters import C_, N_, Letter

#: Step id -> the question on a form, where the conversation's own does not fit.
ASKED: Mapping[str, Letter] = {
    "story": Letter(
        N_("What happened? Tell us in your own words."),
        child=C_("child", "What happened? Tell it in your own words. You can draw it too."),
    ),
    "services": Letter(N_("Which service or team is it about? You can choose several.")),
    "contact": Letter(
        N_("How is it safe to reach you? You can choose several."),
        child=C_("child", "How can we answer you safely? You can choose more than one."),
    ),
    "details": Letter(N_("Which number or address, when, and is there anything we should know or not say?")),
    "behalf_who": Letter(N_("Who is the child? A first name and age is enough.")),
    "behalf_words": Letter(
        N_("If the child wants to say something in their own words, write exactly that here."),
    ),
    "advocate_who": Letter(N_("Who is it?")),
    "advocate_why": Letter(N_("Would you tell us why not?")),
    "name": Letter(N_("What is your name, if you like to say?")),
}

HOW = Letter(
    N_("Tick what fits and write where there are lines. You can leave out any question."),
    child=C_("child", "Tick a box or write on the lines. You do not have to answer everything. Someone can help you."),
)
WHO_READS = Letter(N_("Who reads this"))
ONLY_IF = Letter(N_("Only if you ticked: {choices}"))
NOT_IF = Letter(N_("Not if you ticked: {choices}"))
MORE_ROOM = Letter(N_("Is there not enough room? Write on more paper and put it with this form."))
EXTRA = Letter(N_("A few more questions, if you like"))
IN_DANGER = Letter(N_("In danger?"))
WHERE = Letter(
    N_("Give this to somebody you trust, or send it to us:"),
    child=C_("child", "Give this to a grown-up you trust, or send it to us:"),
)
OR_HERE = Letter(N_("Or tell us on a phone or computer:"))
BACK = Letter(
    N_("We tell you that it has arrived, if we may contact you. You can take it back at any time."),
)
DAY = Letter(N_("Date"))
#: On a letter: how its number is called.
REFERENCE = Letter(N_("Your reference"))

#: Letters that are only printed, beside ``casework.letters``: to a child for whom an adult has complained.
CHILD_AGREES = Letter(
    N_(
        "Somebody has told us something for you: [who, and in a few words what about].\n\n"
        "We would like to know what you think. Do you want us to look into it? "
        "You can say yes, say no, or tell it in your own words. You need nobody's permission to talk to us.\n\n"
        "An advocate can help you. It is free, and they do not work for us. "
        "Please write back, ring us or tell somebody you trust by [the day]."
    ),
    child=C_(
        "child",
        "A grown-up has told us something for you: [who, and in a few words what about].\n\n"
        "What do you think? Shall we find out more? You can say yes. You can say no. Both are all right.\n\n"
        "A person called an advocate can help you say what you want. Write to us or tell a grown-up you trust.",
    ),
)
AGREES = Letter(N_("Yes, please look into it"))
AGREES_NOT = Letter(N_("No, I do not want that"))
OWN_WORDS = Letter(N_("This is what I want to say:"))
