"""The privacy notice, for children, young people and adults, and the words of the copy that a person is given.

Every sentence says what this program does; what an organisation does besides it says in its own notice.
UK GDPR articles 12 to 14; the Children's Code, standards 4 (transparency) and 15 (online tools).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.letters import N_
from casework.procedure import Profile

#: Who watches over data protection in the United Kingdom; https://ico.org.uk.
REGULATOR = "Information Commissioner’s Office, 0303 123 1113, ico.org.uk"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text of the catalogue; ``places`` fill it. "{organisation}" is filled in the reader's language."""

    text: str
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """The notice for one age: "child", "young" or "adult"."""

    age: str
    title: str
    paragraphs: tuple[Paragraph, ...]


TITLE = N_("What we do with what you tell us")
AGES = {"child": N_("For children"), "young": N_("For young people"), "adult": N_("For adults")}
_CHILD = (
    N_("We keep what you tell us, so that people at {organisation} can read it and help you. Only those who need to."),
    N_("A worker whose name you tell us cannot read it. We tell others only if you say yes, or to keep people safe."),
    N_("You can ask us: What do you have about me? That is wrong. Please delete it. Say it here, or ask an adult."),
)
_YOUNG_WHY = N_(
    "We keep what you write, the answers you choose, files you send, and how to reach you if you tell us. We need this "
    "to answer you. You do not have to ask anyone if you may write."
)
_YOUNG_READERS = N_(
    "Only staff who need to can read it, and we write down who looked. A worker whose name you tell us cannot, unless "
    "you agree. We tell people outside only if someone may be in danger, if the law says we must, or if you agree."
)
_YOUNG_RIGHTS = N_(
    "You can ask us for a copy. You can ask us to put right what is wrong, to delete it, or not to use it for a while. "
    "You can say that you do not want us to use it. Tell us here, in your own words. It is free. We answer within a "
    "month."
)
_WHO = N_("{controller} answers for your data.")
_WHY = N_(
    "We keep your words, your answers, files you send, and how to reach you, if you give it. We need them to answer "
    "you. You need nobody’s permission."
)
_READERS = N_(
    "Only staff who need it can read it, and every look is written down. A worker you name cannot, unless you agree. "
    "It goes outside only if someone may be in danger, if the law says so, or if you agree."
)
_MACHINES = N_(
    "Your words are locked with a key. No computer decides about you, and there is no advertising. We keep no location "
    "and no address of your device. If you write by text message, e-mail, WhatsApp or Telegram, other companies "
    "carry it."
)
_YEARS = N_(
    "Years that we keep it after it is over: complaints {complaints}, other messages {others}. Matters of safety and "
    "papers of children in care may be kept longer. Then your words are erased; numbers for reports stay, without you."
)
_RIGHTS = N_(
    "You can ask for a copy, have something put right or erased, object, or ask us not to use it for a while. Tell us "
    "here, in any words. It is free, and we answer within a month."
)
_CONTACT = N_("Or write to: {contact}")
_REGULATOR = N_("Not happy with how we use your data? These people help, free: {regulator}")
_BASIS = N_(
    "We use your data because the law asks us to deal with complaints and because it is a task in the public interest; "
    "a charity may rely on its legitimate interests instead. We do not rely on consent. ({law})"
)
#: Legal duty, public task, legitimate interests; and substantial public interest, for health and the like.
_LAW = "UK GDPR article 6(1)(c), (e), (f); article 9(2)(g)"


def notice(profile: Profile) -> tuple[Part, ...]:
    """The notice of an organisation, for each age."""
    own = profile.privacy
    contact = (Paragraph(_CONTACT, {"contact": own.contact}),) if own.contact else ()
    regulator = Paragraph(_REGULATOR, {"regulator": REGULATOR})
    middle, end = (Paragraph(_MACHINES), *_kept(profile)), (*contact, regulator)
    who = Paragraph(_WHO, {"controller": str(own.controller) if own.controller else "{organisation}"})
    young = (Paragraph(_YOUNG_WHY), Paragraph(_YOUNG_READERS), *middle, Paragraph(_YOUNG_RIGHTS), *end)
    adult = (
        who,
        Paragraph(_BASIS, {"law": _LAW}),
        Paragraph(_WHY),
        Paragraph(_READERS),
        *middle,
        Paragraph(_RIGHTS),
        *end,
    )
    return (
        Part("child", AGES["child"], (*map(Paragraph, _CHILD), *contact)),
        Part("young", AGES["young"], young),
        Part("adult", AGES["adult"], adult),
    )


def _kept(profile: Profile) -> tuple[Paragraph, ...]:
    """For how many years, by the ordinary rules; nothing where an organisation has none."""
    rules = (one for one in profile.retention.values() if one.for_records)
    ordinary = [one for one in rules if not (one.decide or one.danger or one.accused)]
    length = {True: 0, False: 0}
    for rule in ordinary:
        years = rule.years + -(-rule.months // 12) + (1 if rule.days else 0)
        for about in {kind == "complaint" for kind in rule.kinds} or {True, False}:
            length[about] = max(length[about], years)
    if not all(length.values()):
        return ()
    return (Paragraph(_YEARS, {"complaints": str(length[True]), "others": str(length[False])}),)


#: The words of the copy of everything that is kept about somebody (``storage.rights_copy``).
COPY: Mapping[str, str] = {
    "title": N_("Everything we keep about you"),
    "made": N_("Made on {date} by {organisation}."),
    "covered": N_("Black bars cover what is about other people."),
    "wrong": N_("Is something wrong? Tell us. You can have it put right."),
    "record": N_("Record {reference}"),
    "answers": N_("What you told us"),
    "talk": N_("The conversation"),
    "you": N_("You"),
    "we": N_("We"),
    "happened": N_("What was done"),
    "agreed": N_("What you agreed to"),
    "signs": N_("Signs of danger that we saw"),
    "seen": N_("Who has looked at it"),
    "reach": N_("How we can reach you"),
    "files": N_("Files"),
    "nothing": N_("Nothing."),
    "left_out.other": N_("Left out here: something about somebody else."),
    "left_out.law": N_("Left out here: the law says that we may not show it."),
    "left_out.file": N_("A file is left out here."),
    "regulator": N_(
        "You can ask us why something is left out. If you do not agree, these people help, free: {regulator}"
    ),
}
