"""What the engine itself says, between and beside the questions of a flow.

Places: {organisation} the service's name; {hours} when a person reads; {emergency}, {childline},
{shout}, {nhs}, {adult_line} the numbers of the organisation's nation.
"""

from __future__ import annotations

from flows.steps import C_, N_, Text

HELLO = Text(
    N_(
        "Hello, this is {organisation}. A computer answers here; people read it {hours}. "
        "Emergency: call {emergency}. Stuck: send HELP."
    ),
    child=C_(
        "child",
        "Hello! This is {organisation}. I am a computer. People read this {hours}. "
        "If someone is hurt, call {emergency}. Stuck? Send HELP.",
    ),
    easy=C_(
        "easy",
        "Hello. This is {organisation}. I am a computer. People read this {hours}. "
        "In danger? Call {emergency}. Stuck? Send HELP.",
    ),
    symbols=("computer",),
)
KEPT = Text(
    N_("Thank you. We have kept what you wrote."),
    child=C_("child", "Thank you. I kept what you wrote."),
    symbols=("done",),
)
COMPLAINT_NOW = Text(
    N_("It is a complaint now. Its time counts from your first message, and you can have a free advocate."),
    symbols=("sad", "advocate"),
)
FILES = Text(N_("Photos or files: {count}"))
KEPT_MEDIA = Text(N_("Thank you. We have kept what you sent."), symbols=("done", "picture"))
NUMBER_FIRST = Text(
    N_("You sent only the number {number}. If that is your answer, send it again. Or write it in words."),
)
NOT_OFFERED = Text(N_("Please send one of the numbers, from 1 to {last}."))
NOT_UNDERSTOOD = Text(
    N_("Sorry, I did not understand that. You can send the number in front of your choice."),
    child=C_("child", "Sorry, I did not get that. Send the number next to the words you want."),
    easy=C_("easy", "Sorry. I did not understand. Send one number."),
    symbols=("confused",),
)
NOT_UNDERSTOOD_AGAIN = Text(
    N_("I still do not follow, sorry. For example, send 1 for “{first}”. Send HELP if you are stuck."),
    symbols=("confused",),
)
STUCK = Text(
    N_(
        "This is not working well, sorry. "
        "Send SKIP to leave this question out, or PERSON and a person will contact you."
    ),
    symbols=("skip", "person"),
)
STUCK_HERE = Text(
    N_("This is not working well, sorry. Send PERSON and a person will contact you."), symbols=("person",)
)
NO_DATE = Text(
    N_("I could not read a day in that, so I kept your words. Try “last Tuesday”, “since March” or “3 May”."),
)
NO_RECEIPT = Text(N_("That is not a whole number: it has 16 digits, in four groups of four."))
CANNOT_SKIP = Text(N_("This one cannot be left out. You can stop at any time: send LATER."))
CANNOT_BACK = Text(N_("There is nothing to go back to here."))
EMPTY = Text(N_("Nothing arrived with your message. Please send it again."))
LATER_SAVED = Text(
    N_("Saved. Come back whenever you like: just write here and we go on where you stopped."),
    child=C_("child", "It is saved. Come back when you like and we go on from here."),
    symbols=("later",),
)
HELP = Text(
    N_(
        "In danger now: call {emergency}. Under 19: Childline {childline}, free. "
        "You can send: BACK, SKIP, AGAIN, LATER, EASY, LANGUAGE, PERSON (someone contacts you), "
        "CALL (someone rings you), CONTACT (how we reach you), DELETE, URGENT."
    ),
    child=C_(
        "child",
        "In danger? Call {emergency}. To talk: Childline {childline}, free. "
        "You can send: BACK, SKIP, AGAIN, LATER, EASY, LANGUAGE, PERSON (someone contacts you), "
        "CALL (someone rings you), CONTACT (how we reach you), DELETE, URGENT.",
    ),
    symbols=("danger", "phone"),
)
HELP_THREAD = Text(N_("To clear it from your phone, delete this conversation on the phone too."))
STOPPED = Text(
    N_(
        "We will not write to you here again. What you sent stays with us and goes on. "
        "To go on here, send START. Childline {childline}, free, any time."
    ),
    symbols=("stop",),
)
STARTED = Text(N_("Welcome back. You can go on."), symbols=("go",))
EASY_ON = Text(N_("Easy words and pictures are on. Send EASY to turn them off."), symbols=("easy",))
EASY_OFF = Text(N_("Easy words and pictures are off."))
ERASED = Text(
    N_("Deleted here. It may still be on your phone, and your phone or chat company may keep a copy."),
    child=C_("child", "It is deleted here. It may still be on your phone."),
    symbols=("bin",),
)
ERASED_KEPT = Text(
    N_(
        "Deleted here, but you wrote that someone may be hurt. We had to keep that sentence and tell a person. "
        "The rest is gone. It may still be on your phone."
    ),
    symbols=("bin", "lock"),
)
NOT_ERASED = Text(N_("Not deleted. We go on."))
NOTHING_TO_ERASE = Text(
    N_("There is nothing unsent to delete. To take back something you sent, come here with your number.")
)
GOODBYE = Text(N_("Thank you. Write here at any time. You can delete this talk on your phone."), symbols=("thanks",))
#: Where others read the phone: not from whom, not about what.
MESSAGE_WAITS = Text(N_("There is a message for you. To read it, send your 16-digit number here."))
#: Kept for whoever has the number, where the questions themselves may not be sent.
HOW_WE_DID = Text(N_("We would like to know how we did."))
CONTACT_LATER = Text(
    N_("You can say how we reach you when this is sent. To get no messages here at all, send STOP."),
)
PERSON_TOLD = Text(N_("A person will contact you, {hours}."), symbols=("person", "phone"))
ALREADY_SENT = Text(N_("That part is already sent. You can add to it at the end."), symbols=("send",))
OLD_BUTTON = Text(N_("That button belonged to an earlier question."), symbols=("back",))
EDITED = Text(N_("Changed."), symbols=("change",))
NOT_SHOWN = Text(N_("Fine. Nothing of it is shown here."))
#: Nothing of what it is about: somebody else may see it.
NUDGE = Text(
    N_("What you began here is saved. To go on, write here. To delete it, send DELETE. You need not do anything."),
    child=C_("child", "What you began here is saved. Write here to go on. You do not have to."),
    symbols=("later",),
)
TOO_OLD = Text(N_("That happened more than a year ago. We still want to know. A person decides what can be done."))
NO_SUCH_LANGUAGE = Text(
    N_(
        "Sorry, we do not speak that language here yet. Write in it all the same: "
        "we keep every word and ask an interpreter."
    ),
)

OUR_MISTAKE = Text(
    N_(
        "Something went wrong on our side with what you just sent. We have kept it, and a person will read it. "
        "You can go on, or come back later. If someone may be hurt, call {emergency} now."
    ),
    symbols=("problem",),
)

DANGER_THANKS = Text(
    N_("Thank you for telling us. I am sorry it is this hard."),
    child=C_("child", "Thank you for telling us. That is very brave. I am sorry it is so hard."),
    symbols=("love",),
)
DANGER_HELP = Text(
    N_(
        "If anyone is hurt or in danger now, call {emergency}. "
        "To talk: Childline {childline} (under 19), or {adult_line}."
    ),
    child=C_(
        "child",
        "If you are hurt or in danger now, call {emergency}. To talk to someone kind: Childline {childline}, free.",
    ),
    young=C_("young", "If you are hurt or in danger now, call {emergency}. To talk: Childline {childline}, free."),
    symbols=("danger", "phone"),
)
DANGER_SELF = Text(
    N_(
        "If your life is at risk, call {emergency}. "
        "To talk: text Shout to {shout}, call {nhs}, or Childline {childline} (under 19)."
    ),
    child=C_("child", "If you might get hurt, call {emergency}. To talk to someone kind: Childline {childline}, free."),
    young=C_(
        "young", "If your life is at risk, call {emergency}. To talk: text Shout to {shout}, or Childline {childline}."
    ),
    symbols=("danger", "phone"),
)
DANGER_COMPUTER = Text(
    N_("This is a computer. A person has been alerted; they may not read it before {alert_by}."),
    child=C_("child", "I am a computer. A person has been told. They may not read it before {alert_by}."),
    symbols=("computer", "person"),
)
DANGER_AGAIN = Text(
    N_("Please call {emergency} if anyone is in danger. A person has been told, and told again now."),
    symbols=("danger", "phone"),
)
DANGER_MORE = Text(
    N_("You do not have to tell us more here. If you want to write more, we keep your exact words."),
    child=C_("child", "You do not have to tell more. If you want to, I keep your exact words."),
    symbols=("write",),
)
DANGER_REST = Text(N_("It is with a person now. You can write here at any time."), symbols=("person",))
