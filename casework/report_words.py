"""What the codes in reports are called: texts for staff, said again from the console's catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from casework.words import S_

CHANNELS: Mapping[str, str] = {
    "sms": S_("Text message"),
    "web": S_("Web chat"),
    "telegram": S_("Telegram"),
    "phone": S_("Telephone"),
    "letter": S_("Letter"),
    "leaflet": S_("Leaflet"),
    "email": S_("E-mail"),
    "in_person": S_("In person"),
    "suggestion_box": S_("Suggestion box"),
    "graffiti_wall": S_("Graffiti wall"),
    "group_meeting": S_("Group meeting"),
    "interview": S_("Independent interview"),
    "event": S_("Event or participation day"),
    "app": S_("Another app"),
    "portal": S_("Portal of the council"),
    "web_form": S_("Form on another website"),
    "other": S_("Another way"),
}
#: Who complains (``casework.report_facts.complainant``).
COMPLAINANTS: Mapping[str, str] = {
    "child": S_("Child or young person"),
    "parent": S_("Parent"),
    "carer": S_("Carer or foster carer"),
    "relative": S_("Other relative"),
    "helper": S_("Somebody who works with children, or helps one"),
    "advocate": S_("Advocate"),
    "iro": S_("Independent reviewing officer"),
    "law": S_("Judge, solicitor or guardian"),
    "school": S_("School"),
    "police": S_("Police"),
    "health": S_("Health"),
    "interpreter": S_("Interpreter"),
    "advice": S_("Advice organisation"),
    "elected": S_("Elected member"),
    "community": S_("Community member or local business"),
    "organisation": S_("Other organisation"),
    "other": S_("Somebody else"),
}
#: Code -> name, and the years it takes in.
AGES: Mapping[str, tuple[str, int, int]] = {
    "under8": (S_("7 or younger"), 0, 7),
    "8to11": (S_("8 to 11"), 8, 11),
    "12to15": (S_("12 to 15"), 12, 15),
    "16to17": (S_("16 or 17"), 16, 17),
    "18to20": (S_("18 to 20"), 18, 20),
    "21to25": (S_("21 to 25"), 21, 25),
}
ADULT_AGES: Mapping[str, str] = {
    "under18": S_("Under 18"),
    "18to24": S_("18 to 24"),
    "25to44": S_("25 to 44"),
    "45to64": S_("45 to 64"),
    "65plus": S_("65 or older"),
}
YES_NO: Mapping[str, str] = {"yes": S_("Yes"), "no": S_("No")}
PARTLY: Mapping[str, str] = {"yes": S_("Yes"), "partly": S_("Partly"), "no": S_("No")}
DONE_YET: Mapping[str, str] = {**PARTLY, "not_yet": S_("Not yet")}
FACES: Mapping[str, str] = {
    "very_good": S_("Very good"),
    "good": S_("Good"),
    "so_so": S_("So-so"),
    "bad": S_("Bad"),
    "very_bad": S_("Very bad"),
}
ETHNICITIES: Mapping[str, str] = {
    "asian": S_("Asian or Asian British"),
    "black": S_("Black, African or Caribbean"),
    "mixed": S_("Mixed or several"),
    "white": S_("White"),
    "other": S_("Another background"),
}
#: Who gave no answer, kept apart: not asked has no fact at all.
SILENT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rather_not": (S_("Would rather not say"), ("rather_not", "skipped")),
    "unknown": (S_("Do not know"), ("unknown",)),
    "not_asked": (S_("Not asked"), ()),
}
ADVOCATE: Mapping[str, str] = {
    "yes": S_("Wanted one"),
    "have": S_("Has one already"),
    "known": S_("Somebody they know helps them"),
    "no": S_("Did not want one"),
    "later": S_("To be asked again later"),
}
ADVOCACY: Mapping[str, str] = {
    "asked": S_("Asked for one, not yet passed on"),
    "referred": S_("Passed to an advocate"),
    "accepted": S_("Wants one"),
    "has_one": S_("Has one already"),
    "declined": S_("Does not want one"),
    "later": S_("To be asked again later"),
}
UPHELD: Mapping[str, str] = {"yes": S_("Upheld or partly upheld"), "no": S_("Not upheld, or another end")}
TIMESCALE: Mapping[str, str] = {
    "met": S_("Within the limit"),
    "missed": S_("Outside the limit"),
    "paused": S_("Paused"),
    "running": S_("Not answered yet"),
}
STANDS: Mapping[str, str] = {
    "open": S_("Open"),
    "closed": S_("Closed"),
    "withdrawn": S_("Withdrawn"),
    "elsewhere": S_("Sent another way"),
}
PROMISED: Mapping[str, str] = {
    "kept": S_("Everything that was promised is done"),
    "owed": S_("Something is still owed"),
}
#: Discrimination alleged: the protected characteristics (Equality Act 2010, section 4), and two that matter here.
CHARACTERISTICS: Mapping[str, str] = {
    "age": S_("Age"),
    "disability": S_("Disability"),
    "gender_reassignment": S_("Gender reassignment"),
    "marriage_and_civil_partnership": S_("Marriage and civil partnership"),
    "pregnancy_and_maternity": S_("Pregnancy and maternity"),
    "race": S_("Race"),
    "religion_or_belief": S_("Religion or belief"),
    "sex": S_("Sex"),
    "sexual_orientation": S_("Sexual orientation"),
    "care": S_("Being in care"),
    "language": S_("Language"),
    "unspecified": S_("Not said which"),
}
NOT_RECORDED = S_("Not recorded")
