"""What the codes of a record are called: kinds, places, channels, lists, answers. Texts of the console's catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import locales
from casework.procedure import Profile
from console.words import N_

Say = Callable[..., str]

#: List of ``storage.desk.LISTS`` -> what it is called, and what its being empty means.
LISTS: Mapping[str, tuple[str, str]] = {
    "alerts": (N_("Signs of danger"), N_("Every sign of danger has been acknowledged.")),
    "overdue": (N_("Overdue"), N_("Nothing is overdue. Well done.")),
    "today": (N_("Due today"), N_("Nothing is due today.")),
    "week": (N_("Due this week"), N_("Nothing else is due within seven days.")),
    "new": (N_("New"), N_("Everything new has been acknowledged.")),
    "tasks": (N_("Tasks"), N_("No task is waiting.")),
    "advocate": (N_("Advocate wanted"), N_("Nobody is waiting for an advocate.")),
    "unhappy": (N_("Not happy"), N_("Nobody who is not happy is waiting to hear what can be done next.")),
    "undelivered": (N_("Not delivered"), N_("Every message arrived, as far as we are told.")),
    "unfinished": (N_("Unfinished"), N_("No unfinished account is waiting.")),
    "consents": (N_("Consent to ask"), N_("No consent is outstanding.")),
    "waiting": (N_("Waiting for the person"), N_("Nobody is taking their time.")),
    "finish": (N_("To follow up or close"), N_("Nothing is waiting to be closed.")),
    "alike": (N_("Nearly the same words"), N_("No messages with nearly the same words are open.")),
    "mine": (N_("Given to me"), N_("No open record is given to you.")),
    "limited": (N_("Use limited"), N_("The use of no record is limited.")),
    "all": (N_("Every record"), N_("There is no record here yet.")),
}
#: Where a record stands, besides its stages.
PLACES: Mapping[str, str] = {
    "new": N_("New"),
    "contacted": N_("Contacted"),
    "acted": N_("Acted on"),
    "loop_closed": N_("Closing contact made"),
    "passed_on": N_("Passed on"),
    "referred": N_("Passed to the advocate"),
    "resolved": N_("Resolved at once"),
    "elsewhere": N_("Sent another way"),
    "withdrawn": N_("Withdrawn"),
    "ombudsman": N_("With the ombudsman"),
    "closed": N_("Closed"),
}
CHANNELS: Mapping[str, str] = {
    "sms": N_("Text message"),
    "web": N_("Web chat"),
    "telegram": N_("Telegram"),
    "phone": N_("Telephone"),
    "letter": N_("Letter"),
    "leaflet": N_("Leaflet"),
    "email": N_("E-mail"),
    "in_person": N_("In person"),
    "suggestion_box": N_("Suggestion box"),
    "graffiti_wall": N_("Graffiti wall"),
    "group_meeting": N_("Group meeting"),
    "interview": N_("Independent interview"),
    "event": N_("Event or participation day"),
    "app": N_("Another app"),
    "portal": N_("Portal of the council"),
    "web_form": N_("Form on another website"),
    "other": N_("Another way"),
    "staff": N_("Entered by staff"),
}
SPEAKERS: Mapping[str, str] = {"child": N_("Child or young person"), "adult": N_("Adult")}
LEVELS: Mapping[str, str] = {"red": N_("Danger now"), "amber": N_("Possible danger")}
#: Categories of danger (``locales/*/danger.toml``, ``flows.aside``); a new one is shown as it is.
DANGERS: Mapping[str, str] = {
    "suicide": N_("suicide"),
    "self_harm": N_("self-harm"),
    "physical_abuse": N_("physical abuse"),
    "sexual_abuse": N_("sexual abuse"),
    "emotional_abuse": N_("emotional abuse"),
    "neglect": N_("neglect"),
    "threat_now": N_("a threat now"),
    "missing": N_("missing or run away"),
    "destitution": N_("no food or nowhere to sleep"),
    "violence": N_("violence"),
    "domestic_abuse": N_("domestic abuse"),
    "honour_abuse": N_("abuse in the name of honour"),
    "forced_marriage": N_("forced marriage"),
    "fgm": N_("female genital mutilation"),
    "exploitation": N_("exploitation"),
    "adult_with_children": N_("an adult who works with children"),
    "hurt": N_("somebody is hurt"),
    "may_be_danger": N_("no single word, but all of them together"),
    "not_safe": N_("does not feel safe"),
    "urgent": N_("says that it is urgent"),
    "unchecked": N_("could not be checked by the computer"),
    "said_yes": N_("says that somebody is hurt or not safe"),
    "seen_by_staff": N_("seen by the member of staff who entered it"),
}
#: Why there is a task (``storage.models.Task``).
TASKS: Mapping[str, str] = {
    "asked": N_("Asks for a person"),
    "call": N_("Asks to be rung"),
    "contact": N_("Look how it is safe to reach them"),
    "media": N_("A file could not be taken"),
    "unsafe": N_("Says that it is not safe"),
    "stuck": N_("Could not go on by themselves"),
    "stopped": N_("Asked for no more messages: find another way"),
    "interpreter": N_("Needs an interpreter"),
    "soon": N_("Due soon"),
    "overdue": N_("Was missed"),
    "moved": N_("A due day has moved: tell the person"),
    "number": N_("Check this number again"),
    "undelivered": N_("A message did not arrive"),
    "picture": N_("Wrong pictures three times: their messages are locked until the number is renewed"),
    "by_hand": N_("Not sent: somebody has to tell them, or decide not to"),
    "telephone": N_("In danger and not reached: telephone now"),
    "unanswered": N_("Nobody has confirmed a sign of danger: telephone the duty team now"),
    "untold": N_("Nobody could be told of a sign of danger: telephone the duty team now"),
    "rota_hole": N_("The rota has a hole now: nobody is on duty"),
    "late_request": N_("The next stage was asked for after its last day: decide whether to take it"),
    "accused": N_("An adult who works with children may be accused: record the criteria, contact the officer"),
    "tell_who": N_("Tell the person who answers"),
    "tell_why": N_("Tell the person why it takes longer, or waits"),
    "advocate_said": N_("The advocate says what the young person wants: read it"),
    "glass": N_("A restricted record was opened in an emergency: look whether it had to be"),
    "rights": N_("Data rights: somebody waits for an answer, and its last day is near"),
    "found": N_("A file was locked: the virus scanner found something in it"),
    "parked": N_("A message could not be understood"),
    "file_lost": N_("A file they sent could not be fetched: ask for it again"),
    "flood": N_("Sends very many messages: see whether they are upset, or somebody is playing"),
    "alike": N_("Messages with nearly the same words: see whether they are a campaign, or somebody is playing"),
    "many": N_("Very many conversations begin at once: see whether it is a campaign, or somebody is playing"),
}
#: Questions of the flows, by their permanent step ids, as staff call the answers.
FIELDS: Mapping[str, str] = {
    "kind": N_("What it is"),
    "halfway": N_("May be read if not finished"),
    "who": N_("Who is speaking"),
    "role": N_("Role"),
    "age": N_("Age"),
    "behalf": N_("Writing for"),
    "behalf_who": N_("The child"),
    "behalf_agrees": N_("The child agrees"),
    "behalf_words": N_("The child's own words"),
    "alone": N_("Who was present"),
    "story": N_("What happened"),
    "pictures": N_("Said with pictures"),
    "board_how": N_("How it is"),
    "board_who": N_("Who it is about"),
    "board_where": N_("Where it is"),
    "board_feeling": N_("How they feel"),
    "board_what": N_("What it is about"),
    "board_want": N_("What they would like to happen"),
    "about": N_("What it is about"),
    "when": N_("When"),
    "services": N_("Service or team"),
    "want": N_("What they would like to happen"),
    "worker": N_("Worker it is about"),
    "feeling": N_("How they feel"),
    "advocate": N_("Advocate offered"),
    "advocate_who": N_("Who helps them"),
    "advocate_why": N_("Why no advocate"),
    "contact": N_("Safe ways to reach them"),
    "details": N_("How to reach them"),
    "news": N_("News and questions"),
    "court": N_("Before a court or the police"),
    "visit": N_("Would like a visit"),
    "addition": N_("Added later"),
    "advocate_words": N_("Added later"),
    "told": N_("Told anyone already"),
    "withdraw": N_("Taken back"),
    "summary": N_("Summary by the member of staff"),
    "name": N_("Name"),
    "share": N_("May be shared"),
    "disability": N_("Disability"),
    "ethnicity": N_("Ethnicity"),
    "adult_age": N_("Age"),
    "advocate_for": N_("Whom the advocate is for"),
    "home": N_("Home where the advocate sees them"),
    "survey_understood": N_("Did we understand them?"),
    "survey_listened": N_("Were they listened to?"),
    "survey_promised": N_("Was what we promised done?"),
    "survey_process": N_("How they feel about the way we dealt with it"),
    "survey_outcome": N_("How they feel about what came of it"),
    "survey_words": N_("What else they said about how we did"),
    "way_on": N_("What they want to do next"),
    "way_why": N_("Why they go further"),
    "way_advocate": N_("Advocate offered again"),
    "unhappy_words": N_("What they are not happy with"),
    "!safe": N_("Safe now"),
    "!reach": N_("How to reach them now"),
    "!hurt": N_("Whether somebody is hurt"),
}


@dataclass(frozen=True)
class Codes:
    """The codes of one organisation's records in the language of whoever reads."""

    profile: Profile
    language: str
    say: Say

    def kind(self, code: str) -> str:
        """A kind of record, with a capital: "Complaint". What the profile does not know stays a code."""
        name = self.profile.kinds.get(code)
        return upper(name.said(self.language)) if name else code

    def place(self, code: str) -> str:
        """Where a record stands, in words: "Stage 1: local resolution", "… answered"."""
        stage = self.profile.stages.get(code.removesuffix(".answered"))
        if stage is None:
            return self.say(PLACES[code]) if code in PLACES else code
        name = stage.name.said(self.language)
        return self.say("{stage}: answered", stage=name) if code.endswith(".answered") else name

    def service(self, code: str) -> str:
        """A service by the profile's name for it; "Not sure" where nobody said which."""
        found = self.profile.services.get(code)
        return found.name.said(self.language) if found else self.say("Not sure") if code == "unsure" else code

    def item(self, source: str, code: str) -> str:
        """An entry of one of the profile's lists."""
        found = self.profile.item(source, code)
        return found.name.said(self.language) if found else code

    def theme(self, code: str) -> str:
        """A theme of complaints, or of informal feedback."""
        return self.item("themes", code) if self.profile.item("themes", code) else self.item("informal_themes", code)

    def route(self, code: str) -> str:
        """Another procedure that a record may be sent to."""
        found = self.profile.routes.get(code)
        return found.name.said(self.language) if found else code

    def clock(self, code: str, name: str = "") -> str:
        """A limit, as the profile calls it, or the one that an event gave."""
        found = self.profile.clocks.get(code)
        if found:
            return found.name.said(self.language)
        return self.say(GIVEN[code]) if code in GIVEN else name or code

    def tongue(self, code: str) -> str:
        """A language: its English name to whoever reads English, to others its own."""
        return locales.language(code).english if self.language == "en" else locales.language(code).name

    def of(self, table: Mapping[str, str], code: str) -> str:
        """A code of one of the tables above; itself where the table does not know it."""
        return self.say(table[code]) if code in table else code.replace("_", " ")


#: Limits whose day an event gives (``casework.case.DATED``).
GIVEN: Mapping[str, str] = {
    "pause.review": N_("Look whether the pause is still right"),
    "contact_plan.review": N_("Review the contact plan"),
    "more.details": N_("Hear what was asked for, or close it with an invitation to come back"),
    "consent.view": N_("Hear about consent, or ask again"),
}


def upper(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]
