"""Questions beside the path: danger, language, coming back, deleting. A small stack; the last one is open."""

from __future__ import annotations

from flows.steps import C_, N_, Ask, Choose, Option, Text

YES = Option("yes", Text(N_("Yes")), symbol="yes", like="yes")
NO = Option("no", Text(N_("No")), symbol="no", like="no")
UNSURE = Option("unsure", Text(N_("Not sure")), symbol="unsure", like="unsure")

#: The two questions that may be asked after a sign of danger, and the offer to go on; nothing else.
SAFE = Choose(
    id="!safe",
    text=Text(N_("Are you safe right now?"), young=C_("young", "Are you safe right now?"), symbols=("safe",)),
    options=(YES, NO, UNSURE),
    label=Text(N_("Safe now")),
)
REACH = Ask(
    id="!reach",
    text=Text(
        N_("How can we reach you safely? Write it here, for example a number and a time."),
        child=C_("child", "How can a kind grown-up reach you safely? You can write it here."),
        young=C_("young", "How can we reach you safely? Write it here, for example a number and a time."),
        symbols=("safe", "phone"),
    ),
    options=(
        Option("here", Text(N_("Answer me here")), symbol="chat"),
        Option("not", Text(N_("Please do not contact me")), symbol="no"),
    ),
    label=Text(N_("Safe way to reach them")),
)
GO_ON = Choose(
    id="!goon",
    text=Text(
        N_("Would you like to go on with the other questions?"),
        child=C_("child", "Do you want to go on?"),
        symbols=("go",),
    ),
    options=(
        Option("on", Text(N_("Go on")), symbol="go", like="yes"),
        Option("enough", Text(N_("That is enough for now")), symbol="stop", like="no"),
    ),
)
#: Pictures and recordings cannot be checked by words.
HURT = Choose(
    id="!hurt",
    text=Text(
        N_("A computer cannot see what is in it. Is anyone hurting you, or are you unsafe?"),
        child=C_("child", "I am a computer and cannot look at it. Is anyone hurting you? Do you feel unsafe?"),
        young=C_("young", "A computer cannot see what is in it. Is anyone hurting you, or are you unsafe?"),
        symbols=("hurt", "danger"),
    ),
    options=(
        Option("yes", YES.label, symbol="yes", like="yes", danger="said_yes"),
        NO,
        Option("unsure", UNSURE.label, symbol="unsure", like="unsure", danger="said_unsure"),
    ),
    label=Text(N_("Hurt or unsafe")),
)
#: The options are the languages offered.
LANGUAGE = Choose(
    id="!language",
    text=Text(N_("Which language would you like?"), symbols=("language",)),
)
CONFIRM_LANGUAGE = Choose(
    id="!confirm",
    text=Text(N_("Shall we go on in this language?"), symbols=("language",)),
    options=(YES, Option("other", Text(N_("Another language")), symbol="language", like="no")),
)
ERASE = Choose(
    id="!erase",
    text=Text(N_("Delete everything you wrote here that is not sent yet?"), symbols=("bin",)),
    options=(
        Option("yes", Text(N_("Yes, delete it")), symbol="bin", like="yes"),
        Option("no", Text(N_("No, keep it")), symbol="key", like="no"),
    ),
)
RESUME = Choose(
    id="!resume",
    text=Text(
        N_("Welcome back. Something was started here and not finished. What would you like to do?"),
        child=C_("child", "Hello again. You started something and did not finish. What now?"),
        symbols=("go",),
    ),
    options=(
        Option("on", Text(N_("Go on where it stopped")), symbol="go"),
        Option("new", Text(N_("Begin something new")), symbol="new"),
        Option("send", Text(N_("Send what there is")), symbol="send"),
    ),
)

#: A story told where we asked how we did: about that, or something new?
NEW = Choose(
    id="!new",
    text=Text(N_("Is that about what you told us before, or is it something new?"), symbols=("new",)),
    options=(
        Option("before", Text(N_("About what I told you before")), symbol="back"),
        Option("new", Text(N_("Something new")), symbol="new"),
    ),
)

ASIDES = {step.id: step for step in (SAFE, REACH, GO_ON, HURT, LANGUAGE, CONFIRM_LANGUAGE, ERASE, RESUME, NEW)}
#: Asides that belong to a sign of danger: until they are answered no flow question is asked.
DANGER = (SAFE.id, REACH.id, GO_ON.id)
#: Asides whose answer goes on the record.
RECORDED = (SAFE.id, REACH.id, HURT.id)
