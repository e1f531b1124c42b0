"""Questions that several flows ask, written once. Step ids are permanent: a record is read by them.

Long, and one file all the same: questions as data, one after the other, in the order in which they are asked; they are
read, compared and put into words side by side.
"""

from __future__ import annotations

from dataclasses import replace

from flows.guards import All, Either, Guard, HasWords, Is, Not, OnChannel, Wants
from flows.steps import C_, N_, AnyStep, Ask, AskDate, Choose, Collect, File, Option, Tell, Text

YES = Option("yes", Text(N_("Yes")), symbol="yes", like="yes")
NO = Option("no", Text(N_("No")), symbol="no", like="no")
UNSURE = Option("unsure", Text(N_("Not sure")), symbol="unsure", like="unsure")
RATHER_NOT = Option("rather_not", Text(N_("Rather not say")), symbol="private", alone=True)
DONT_KNOW = Option("unknown", Text(N_("Don't know")), symbol="unsure", like="unsure", alone=True)

CHILD = Is("who", "child")
#: Adults who may be speaking for a child.
ADULT = Is("who", "parent", "carer", "relative", "helper", "other")
FOR_A_CHILD = Is("behalf", "child")

WHO_SEES = Tell(
    id="who_sees",
    text=Text(
        N_(
            "Our team reads this. A worker you name cannot open it. A manager may need to read it, to put it right. "
            "We ask you first, unless someone may be unsafe or the law says otherwise. "
            "You must not get into trouble for telling us. If you do, tell us."
        ),
        child=C_(
            "child",
            "Our team reads this. A worker whose name you tell us cannot open it. "
            "A boss may need to, to make it better. "
            "If someone may be unsafe, we must tell people who help. "
            "You must not get into trouble for telling us. If you do, tell us.",
        ),
        easy=C_(
            "easy",
            "Our team reads this. The worker you name cannot open it. A manager may read it to help. "
            "If someone is unsafe, we must tell others. You must not get into trouble. If you do, tell us.",
        ),
        symbols=("lock", "group"),
    ),
)
HALFWAY = Choose(
    id="halfway",
    private=True,
    text=Text(
        N_("If you stop halfway, may we read what is there?"),
        child=C_("child", "If you stop halfway, may we read what you wrote?"),
        symbols=("stop", "read"),
    ),
    label=Text(N_("May be read if not finished")),
    more=Text(
        N_("If you say no, it is deleted after seven days, unless someone may be in danger."),
    ),
    options=(YES, NO),
)
WHO = Choose(
    id="who",
    text=Text(N_("Who are you?"), easy=C_("easy", "Who are you? Choose one."), symbols=("person",)),
    label=Text(N_("Who is speaking")),
    options=(
        Option("child", Text(N_("A child or young person")), symbol="child", register="young"),
        Option("parent", Text(N_("A parent")), symbol="parent"),
        Option("carer", Text(N_("A foster carer or carer")), symbol="carer"),
        Option("relative", Text(N_("Another relative")), symbol="family"),
        Option("helper", Text(N_("I work with children, or help one")), symbol="helper"),
        Option("other", Text(N_("Someone else")), symbol="person"),
    ),
)
ROLE = Choose(
    id="role",
    when=Is("who", "helper", "other"),
    text=Text(N_("What are you? Choose what is nearest."), symbols=("person",)),
    label=Text(N_("Role")),
    options=(
        Option("advocate", Text(N_("Advocate")), symbol="advocate"),
        Option("iro", Text(N_("Independent reviewing officer")), symbol="checker"),
        Option("law", Text(N_("Judge, solicitor or guardian")), symbol="judge"),
        Option("school", Text(N_("School")), symbol="school"),
        Option("police", Text(N_("Police")), symbol="police"),
        Option("health", Text(N_("Health")), symbol="doctor"),
        Option("interpreter", Text(N_("Interpreter")), symbol="language"),
        Option("advice", Text(N_("Advice organisation")), symbol="idea"),
        Option("elected", Text(N_("Councillor or other elected member")), symbol="town"),
        Option("community", Text(N_("Neighbour or local business")), symbol="neighbour"),
        Option("organisation", Text(N_("Another organisation")), symbol="building"),
    ),
)
AGE = Choose(
    id="age",
    when=CHILD,
    text=Text(N_("How old are you?"), young=C_("young", "How old are you?"), symbols=("calendar",)),
    label=Text(N_("Age")),
    options=(
        Option("under8", Text(N_("7 or younger")), symbol="toys", register="child"),
        Option("8to11", Text(N_("8 to 11")), symbol="child", register="child"),
        Option("12to15", Text(N_("12 to 15")), symbol="bag", register="young"),
        Option("16to17", Text(N_("16 or 17")), symbol="young_person", register="young"),
        Option("18to20", Text(N_("18 to 20")), symbol="key", register="young"),
        Option("21to25", Text(N_("21 to 25")), symbol="worker", register="young"),
        Option("rather_not", RATHER_NOT.label, symbol="private"),
    ),
)
BEHALF = Choose(
    id="behalf",
    when=ADULT,
    text=Text(N_("Are you writing about yourself, or for a child?"), symbols=("write", "child")),
    label=Text(N_("Writing for")),
    options=(
        Option("self", Text(N_("About me or my family")), symbol="person"),
        Option("child", Text(N_("For a child")), symbol="child"),
    ),
)
BEHALF_WHO = Ask(
    id="behalf_who",
    when=FOR_A_CHILD,
    text=Text(N_("Who is the child? A first name and age is enough, or SKIP."), symbols=("child",)),
    label=Text(N_("The child")),
)
BEHALF_AGREES = Choose(
    id="behalf_agrees",
    when=FOR_A_CHILD,
    text=Text(N_("Does the child know, and agree?"), symbols=("child", "yes")),
    label=Text(N_("The child agrees")),
    more=Text(N_("A child needs nobody's permission to complain. We will ask the child ourselves, in private.")),
    options=(
        Option("yes", Text(N_("Yes, agrees")), symbol="yes", like="yes"),
        Option("knows", Text(N_("Knows, has not said")), symbol="listen"),
        Option("no", Text(N_("Does not know")), symbol="no", like="no"),
        Option("too_young", Text(N_("Too young or unable to say")), symbol="baby"),
    ),
)
BEHALF_WORDS = Ask(
    id="behalf_words",
    when=All(FOR_A_CHILD, Is("behalf_agrees", "yes", "knows")),
    text=Text(
        N_("If the child wants to say something in their own words, write exactly that here. Or SKIP."),
        symbols=("child", "talk"),
    ),
    label=Text(N_("The child's own words")),
)
ALONE = Choose(
    id="alone",
    when=CHILD,
    private=True,
    text=Text(
        N_("Is someone helping you, or reading this with you?"),
        child=C_("child", "Is a grown-up helping you, or reading this with you?"),
        symbols=("together", "look"),
    ),
    label=Text(N_("Who was present")),
    options=(
        Option("alone", Text(N_("No, just me")), symbol="alone", like="no"),
        Option("helped", Text(N_("Yes, and that is fine")), symbol="together", like="yes"),
        Option("watched", Text(N_("I would rather finish later, alone")), symbol="later"),
    ),
)
ALONE_LATER = Tell(
    id="alone_later",
    when=Is("alone", "watched"),
    text=Text(
        N_(
            "You can stop here: send LATER. Come back when you are alone, and we go on. "
            "Or answer the next question now."
        ),
        child=C_("child", "You can stop now. Send LATER. Come back when you are alone. Or go on now."),
        symbols=("later",),
    ),
)
STORY = Collect(
    id="story",
    text=Text(
        N_(
            "What happened? Tell us in your own words, in as many messages as you like. "
            "Photos and recordings are fine too."
        ),
        child=C_("child", "What happened? Tell it in your own words. You can send lots of messages, or a picture."),
        easy=C_(
            "easy", "What happened? Write it in your words. Send as many messages as you like. You can send a photo."
        ),
        symbols=("talk", "write"),
    ),
    again=Text(
        N_("Thank you, we have that. Is there more? Just write it."),
        child=C_("child", "Thank you, I have that. Is there more? Just write it."),
    ),
    label=Text(N_("What happened")),
    optional=False,
    done=Option("done", Text(N_("That is all")), symbol="done", like="done"),
    rewrite=Option("rewrite", Text(N_("Write it again from the start")), symbol="again"),
)
#: Informal feedback becomes a complaint: its time counts from the first message.
MAKE_COMPLAINT = Option("make_complaint", Text(N_("Make it a complaint")), symbol="sad", event="made_complaint")
#: Words added to a record that is filed.
ADDITION = Collect(
    id="addition",
    text=Text(N_("Please write it here."), symbols=("write",)),
    again=STORY.again,
    label=Text(N_("Added later")),
    done=STORY.done,
    rewrite=STORY.rewrite,
)
#: Asked at an end, where somebody may well have nothing to add.
ANYTHING_ELSE = Text(
    N_("Is there anything else you want to tell us? Write it here."),
    child=C_("child", "Do you want to tell us anything else? Write it here."),
)
NOTHING_ELSE = Option("nothing", Text(N_("No, that is all")), symbol="done", like="no")
WHEN = AskDate(
    id="when",
    text=Text(N_("When did it happen? For example “last Tuesday” or “since March”."), symbols=("calendar",)),
    label=Text(N_("When")),
    options=(UNSURE,),
)
SERVICES = Choose(
    id="services",
    text=Text(
        N_("Which service or team is it about? You can choose several, for example 1 3."),
        easy=C_("easy", "Which team is it about?"),
        symbols=("building",),
    ),
    label=Text(N_("Service or team")),
    source="services",
    many=True,
    options=(Option("unsure", UNSURE.label, symbol="unsure", like="unsure", alone=True),),
)
WANT = Ask(
    id="want",
    text=Text(
        N_("What would you like to happen now?"),
        young=C_("young", "What would you like to happen now?"),
        child=C_("child", "What would make it better?"),
        easy=C_("easy", "What do you want to happen?"),
        symbols=("idea",),
    ),
    label=Text(N_("What they would like to happen")),
    options=(UNSURE,),
)
WORKER = Ask(
    id="worker",
    text=Text(
        N_("Is it about someone who works with you? If so, write their name: we keep it away from them."),
        child=C_("child", "Is it about someone who works with you? Write their name. They cannot open this."),
        symbols=("worker",),
    ),
    label=Text(N_("Worker it is about")),
    options=(Option("no", Text(N_("No, not about one person")), symbol="no", like="no"),),
)
FEELING = Choose(
    id="feeling",
    text=Text(N_("How do you feel about it?"), symbols=("love",)),
    label=Text(N_("How they feel")),
    options=(
        Option("very_good", Text(N_("Very good")), symbol="face5"),
        Option("good", Text(N_("Good")), symbol="face4"),
        Option("so_so", Text(N_("So-so")), symbol="face3"),
        Option("bad", Text(N_("Bad")), symbol="face2"),
        Option("very_bad", Text(N_("Very bad")), symbol="face1"),
    ),
)
ADVOCATE = Choose(
    id="advocate",
    when=CHILD,
    text=Text(
        N_(
            "An advocate is a person who helps you say what you want. "
            "It is free, and they do not work for us. Would you like one?"
        ),
        child=C_(
            "child",
            "An advocate is a kind person who helps you say what you want. It costs nothing. "
            "They do not work for us. Would you like one?",
        ),
        young=C_(
            "young",
            "An advocate is a person who helps you say what you want. It is free, and they do not work for us. "
            "Would you like one?",
        ),
        easy=C_("easy", "An advocate helps you speak up. It is free. They do not work for us. Do you want one?"),
        symbols=("advocate", "talk"),
    ),
    label=Text(N_("Advocate offered")),
    options=(
        Option("yes", Text(N_("Yes please")), symbol="yes", like="yes"),
        Option("have", Text(N_("I have one")), symbol="helper"),
        Option("no", Text(N_("No thanks")), symbol="no", like="no"),
        Option("known", Text(N_("Somebody I know will help me")), symbol="together"),
        Option("later", Text(N_("Ask me later")), symbol="later"),
    ),
)
ADVOCATE_WHO = Ask(
    id="advocate_who",
    when=Is("advocate", "have", "known"),
    text=Text(N_("Who is it? Or SKIP."), symbols=("person", "help")),
    label=Text(N_("Who helps them")),
)
ADVOCATE_WHY = Choose(
    id="advocate_why",
    when=Is("advocate", "no"),
    text=Text(N_("Would you tell us why not? You can SKIP this."), symbols=("why",)),
    label=Text(N_("Why no advocate")),
    options=(
        Option("not_wanted", Text(N_("I do not want one")), symbol="skip"),
        Option("easy", Text(N_("It is easily put right")), symbol="good"),
        Option("other", Text(N_("Another reason")), symbol="other"),
    ),
)
CONTACT = Choose(
    id="contact",
    text=Text(
        N_("How is it safe to reach you? You can choose several, for example 1 5."),
        young=C_("young", "How is it safe to reach you? You can choose several, for example 1 5."),
        child=C_("child", "How can we answer you safely? You can choose more than one."),
        easy=C_("easy", "How can we reach you safely? For example 1 5."),
        symbols=("safe", "phone"),
    ),
    label=Text(N_("Safe ways to reach them")),
    many=True,
    options=(
        Option("here", Text(N_("Answer me here")), symbol="chat"),
        Option("text", Text(N_("Text message")), symbol="text"),
        Option("call", Text(N_("Phone call")), symbol="phone", words=True),
        Option("email", Text(N_("E-mail")), symbol="email", words=True),
        Option("letter", Text(N_("Letter")), symbol="letter"),
        Option("times", Text(N_("Only at certain times")), symbol="time", words=True),
        Option("needs", Text(N_("I need an interpreter, large print or signing")), symbol="language", words=True),
        Option("shared", Text(N_("Others can see this phone or account")), symbol="group"),
        Option("none", Text(N_("Do not contact me")), symbol="no", alone=True),
    ),
)
DETAILS = Ask(
    id="details",
    when=All(
        Not(HasWords("contact")),
        Either(
            Is("contact", "email", "letter", "times", "needs"),
            All(OnChannel("web", "telegram"), Is("contact", "text", "call")),
        ),
    ),
    text=Text(
        N_("Which number or address, when, and is there anything we should know or not say? Write it in one message."),
        symbols=("phone", "write"),
    ),
    label=Text(N_("Contact details")),
)
#: Asked only of whoever changes how they are reached: until then neither is sent without a way they chose.
NEWS = Choose(
    id="news",
    text=Text(N_("May we tell you what changed because people told us, and ask you how we did?"), symbols=("idea",)),
    label=Text(N_("News and questions")),
    options=(
        Option("both", Text(N_("Yes, both")), symbol="yes", like="yes"),
        Option("what", Text(N_("Only tell me what changed")), symbol="idea"),
        Option("how", Text(N_("Only ask me how you did")), symbol="star"),
        Option("neither", Text(N_("No, neither")), symbol="no", like="no"),
    ),
)


def reaching(guard: Guard) -> tuple[AnyStep, ...]:
    """How to reach them from now on, asked again of whoever wants to change it."""
    changed = Tell(
        id="reach_changed",
        when=guard,
        text=Text(N_("Thank you. That holds from now on."), symbols=("done",)),
    )
    return (
        replace(CONTACT, when=guard),
        replace(DETAILS, when=All(guard, DETAILS.when) if DETAILS.when else guard),
        replace(NEWS, when=All(guard, Not(Is("contact", "none")))),
        changed,
    )


#: Answers that say how a person may be reached: they bind every later send at once.
REACHING = (CONTACT.id, DETAILS.id, NEWS.id)
#: What whoever comes back may choose to do.
CHANGE_CONTACT = Option("contact", Text(N_("Change how you reach me")), symbol="phone")
VISIT = Choose(
    id="visit",
    when=All(CHILD, Not(Is("contact", "none")), Wants("visit")),
    text=Text(N_("Would you like someone from the complaints team to visit you?"), symbols=("visit",)),
    label=Text(N_("Visit wanted")),
    options=(YES, NO),
)
MORE = Choose(
    id="more",
    text=Text(N_("A few more questions would help us. It takes two minutes."), symbols=("more",)),
    options=(
        Option("yes", Text(N_("Yes")), symbol="yes", like="yes"),
        Option("not_now", Text(N_("Not now")), symbol="later"),
        Option("never", Text(N_("No")), symbol="no", like="no"),
    ),
)
WILLING = Is("more", "yes")
NAME = Ask(
    id="name",
    when=WILLING,
    text=Text(N_("What is your name? You can SKIP this."), symbols=("me",)),
    label=Text(N_("Name")),
)
TOLD = Choose(
    id="told",
    when=WILLING,
    text=Text(N_("Have you told anyone about it already?"), symbols=("talk",)),
    label=Text(N_("Told anyone already")),
    options=(
        Option("yes_helped", Text(N_("Yes, and it helped")), symbol="good"),
        Option("yes_no_help", Text(N_("Yes, and nothing changed")), symbol="bad"),
        Option("no", Text(N_("No")), symbol="no", like="no"),
        RATHER_NOT,
    ),
)
COURT = Choose(
    id="court",
    when=WILLING,
    text=Text(N_("Is a court or the police dealing with it?"), symbols=("court", "police")),
    label=Text(N_("Court or police")),
    options=(YES, NO, DONT_KNOW),
)
COURT_WAIT = Tell(
    id="court_wait",
    when=All(WILLING, Is("court", "yes")),
    text=Text(
        N_("Thank you. We may have to wait for them with a part of it. A person will tell you why."), symbols=("wait",)
    ),
)
ADULT_AGE = Choose(
    id="adult_age",
    when=All(WILLING, Not(CHILD)),
    text=Text(N_("How old are you?"), symbols=("calendar",)),
    label=Text(N_("Age")),
    options=(
        Option("under18", Text(N_("Under 18")), symbol="child"),
        Option("18to24", Text(N_("18 to 24")), symbol="young_person"),
        Option("25to44", Text(N_("25 to 44")), symbol="parent"),
        Option("45to64", Text(N_("45 to 64")), symbol="glasses"),
        Option("65plus", Text(N_("65 or older")), symbol="older"),
        RATHER_NOT,
    ),
)
DISABILITY = Choose(
    id="disability",
    when=WILLING,
    text=Text(
        N_("Are you disabled, or is there something that makes everyday things harder for you?"),
        symbols=("person", "help"),
    ),
    label=Text(N_("Disability")),
    options=(YES, NO, DONT_KNOW, RATHER_NOT),
)
#: The same picture for each: none that shows people may stand for some of them.
ETHNICITY = Choose(
    id="ethnicity",
    when=WILLING,
    text=Text(N_("What is your ethnic background?"), symbols=("person",)),
    label=Text(N_("Ethnicity")),
    options=(
        Option("asian", Text(N_("Asian or Asian British")), symbol="person"),
        Option("black", Text(N_("Black, African or Caribbean")), symbol="person"),
        Option("mixed", Text(N_("Mixed or several")), symbol="person"),
        Option("white", Text(N_("White")), symbol="person"),
        Option("other", Text(N_("Another background")), symbol="person"),
        DONT_KNOW,
        RATHER_NOT,
    ),
)
AFTERWARDS: tuple[AnyStep, ...] = (MORE, NAME, TOLD, COURT, COURT_WAIT, ADULT_AGE, DISABILITY, ETHNICITY)


def file_it(kind: str) -> File:
    """The step that files a record of this kind."""
    return File(id="file", kind=kind)
