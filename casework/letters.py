"""Model replies: short, warm, plain, in the words of whoever reads them; the places in them, and what fills those.

Texts of the public's catalogue, so that people have written each of them in every language that is offered. An
organisation may put its own wording in place of any (``storage.templates``). Staff change every one before it is sent.

What only a person can know stands in [square brackets] and must be filled before the reply leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: What fills a place comes from the record; what it means is said to staff by ``console.replying``.
PLACES = (
    "reference", "organisation", "name", "who", "sent_on", "acknowledge_by", "answer_by", "next_step", "next_by",
    "way_on", "look_again", "ombudsman",
)  # fmt: skip
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_GAP = re.compile(r"\[[^\[\]\n]{1,200}\]")


def N_(message: str) -> str:
    """Marks a plain wording for the catalogue."""
    return message


def C_(context: str, message: str) -> str:
    """Marks a wording for children ("child") or young people ("young")."""
    return message


@dataclass(frozen=True, slots=True)
class Letter:
    """One model reply. ``plain`` is for adults and whoever has no wording of their own."""

    plain: str
    child: str = ""
    young: str = ""

    def wording(self, register: str = "") -> tuple[str, str]:
        """(context in the catalogue, English text) for a reader: register "child", "young" or ""."""
        if register == "child" and self.child:
            return "child", self.child
        if register in ("child", "young") and self.young:
            return "young", self.young
        return "", self.plain


LETTERS: Mapping[str, Letter] = {
    "acknowledge_who": Letter(
        N_(
            "Thank you for telling us. We have your complaint, {reference}, and we take it seriously.\n\n"
            "{who} will look into it and answer you by {answer_by}. You can write to us here at any time."
        ),
        child=C_(
            "child",
            "Thank you for telling us. What you say matters.\n\n"
            "{who} will find out what happened and answer you by {answer_by}. You can write to us here any time.",
        ),
    ),
    "acknowledge": Letter(
        N_(
            "Thank you for telling us. We have your complaint, {reference}, and we take it seriously.\n\n"
            "You will have our answer by {answer_by}. We will tell you who is looking into it. "
            "You can write to us here at any time."
        ),
        child=C_(
            "child",
            "Thank you for telling us. What you say matters.\n\n"
            "We will find out what happened and answer you by {answer_by}. You can write to us here any time.",
        ),
    ),
    "received": Letter(
        N_(
            "Thank you. A person has read what you wrote ({reference}). We will come back to you. "
            "You can write to us here at any time."
        ),
        child=C_("child", "Thank you. A person has read what you wrote. We will write to you again soon."),
    ),
    "who": Letter(
        N_(
            "{who} will answer you about {reference}. "
            "If you would rather that somebody else did, tell us here; you need not say why."
        ),
        child=C_(
            "child", "{who} will answer you. Would you like somebody else to do it? Tell us here. That is all right."
        ),
    ),
    "more": Letter(
        N_(
            "To look into {reference} properly we need to know a little more: [what you would like to know]\n\n"
            "Say as much or as little as you like. If you do not want to, that is all right: tell us so."
        ),
        child=C_(
            "child",
            "Can you tell us a little more? [what you would like to know]\n\n"
            "You do not have to. Tell us if you do not want to.",
        ),
    ),
    "extended": Letter(
        N_(
            "We are sorry: our answer to {reference} takes longer than we said, because [the reason].\n\n"
            "You will have it by {answer_by}. If that makes things hard for you, tell us here."
        ),
        child=C_(
            "child",
            "We are sorry. Our answer takes longer than we said, because [the reason].\n\n"
            "You will have it by {answer_by}.",
        ),
    ),
    "paused": Letter(
        N_(
            "We have to wait with {reference} for now, because [the reason]. It is not forgotten.\n\n"
            "We look at it again on {look_again} and then tell you how it goes on."
        ),
    ),
    "news": Letter(
        N_(
            "You have not heard from us for a while, so this is how {reference} stands: [what was done, what comes]\n\n"
            "We are sorry that you have to wait."
        ),
    ),
    "upheld": Letter(
        N_(
            "We have looked into {reference}. You were right to complain. We are sorry that [what happened].\n\n"
            "This is how we put it right: [what is done, and by when]\n\n"
            "{way_on}"
        ),
        child=C_(
            "child",
            "We found out what happened. You were right to tell us. We are sorry that [what happened].\n\n"
            "This is what we do now: [what is done, and by when]\n\n"
            "{way_on}",
        ),
    ),
    "partly": Letter(
        N_(
            "We have looked into {reference}. You were right about [which points], and we are sorry for it.\n\n"
            "This is how we put it right: [what is done, and by when]\n\n"
            "About [which points] we see it differently: [why]\n\n"
            "{way_on}"
        ),
        child=C_(
            "child",
            "We found out what happened. You were right about [which points]. We are sorry.\n\n"
            "This is what we do now: [what is done, and by when]\n\n"
            "We do not agree about [which points], because [why].\n\n"
            "{way_on}",
        ),
    ),
    "not_upheld": Letter(
        N_(
            "We have looked into {reference} with care: [what was looked at, and with whom we spoke]\n\n"
            "We see it differently from you: [why]. We are sorry that it has been hard for you, "
            "and thank you for telling us.\n\n"
            "{way_on}"
        ),
        child=C_(
            "child",
            "Thank you for telling us. We looked at it with care.\n\n"
            "We do not agree with you about it, because [why]. It was still right to tell us.\n\n"
            "{way_on}",
        ),
    ),
    "way_on": Letter(
        N_("{way_on}\n\nYou can have an advocate to help you, free."),
        child=C_("child", "{way_on}\n\nAn advocate can help you."),
    ),
    "ombudsman": Letter(
        N_(
            "This was our last answer to {reference}. If you are not happy with it, you can go to: {ombudsman}. "
            "They do not belong to us, and it costs nothing."
        ),
    ),
    "visit": Letter(
        N_(
            "We would like to talk with you about {reference}. Would this suit you: [day, time and place]? "
            "You can bring somebody, or choose another time, or say no. Just answer here."
        ),
        child=C_(
            "child",
            "We would like to talk with you. Is this all right: [day, time and place]? "
            "You can bring somebody you like. You can say no.",
        ),
    ),
    "interpreter": Letter(
        N_(
            "We have asked for somebody who speaks your language, so that we understand each other. "
            "We will write to you again then. You can write to us in your own language."
        ),
    ),
    "thanks": Letter(
        N_("Thank you for your kind words. We have given them to [who], and to their manager. They mean a lot."),
        child=C_("child", "Thank you for your kind words! We have told [who]. It made them happy."),
    ),
    "informal": Letter(
        N_(
            "Thank you for telling us ({reference}). This is how we understood you: [what you understood]. "
            "Is that right?\n\n"
            "This is what we do: [what happens now]. You have the right to make it a complaint at any time, "
            "with an advocate to help you: tell us here."
        ),
        child=C_(
            "child",
            "Thank you for telling us. We think you mean: [what you understood]. Is that right?\n\n"
            "This is what we do now: [what happens now]. You can always make it a complaint. An advocate can help you.",
        ),
    ),
    "elsewhere": Letter(
        N_(
            "What you told us ({reference}) is looked into by [who], because [the reason]. "
            "We have passed it on, so that you need not say it all again. "
            "They contact you by [the day]. If you hear nothing, tell us here."
        ),
    ),
    "withdrawn": Letter(
        N_(
            "You have told us that you take {reference} back. That is all right. "
            "If you change your mind, write to us here."
        ),
        child=C_("child", "You do not want us to go on. That is all right. You can always come back and write here."),
    ),
    "no_contact": Letter(
        N_(
            "We have tried to reach you about {reference} and did not hear from you, so we close it for now. "
            "You can come back whenever you want: write to us here and we go on."
        ),
        child=C_(
            "child", "We have not heard from you, so we stop for now. You can always come back: write to us here."
        ),
    ),
    "closing": Letter(
        N_(
            "We now close {reference}. Thank you for telling us: it helps others too. "
            "If something is still not right, write to us here and we look at it again."
        ),
        child=C_(
            "child",
            "We are finished now. Thank you for telling us: it helps other children too. "
            "Is something still not right? Write to us here.",
        ),
    ),
}  # fmt: skip


def unknown(text: str) -> tuple[str, ...]:
    """Places of a text that nothing fills, as they are written between the braces, each once."""
    return tuple(dict.fromkeys(place for place in _PLACE.findall(text) if place not in PLACES))


def places(text: str) -> tuple[str, ...]:
    """The known places of a text, each once, in their order."""
    return tuple(dict.fromkeys(place for place in _PLACE.findall(text) if place in PLACES))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every place that ``values`` has something for; the others stay to be seen."""
    return _PLACE.sub(lambda found: values.get(found[1]) or found[0], text)


def gaps(text: str) -> tuple[str, ...]:
    """What is left for a person to write: "[the reason]", each once."""
    return tuple(dict.fromkeys(_GAP.findall(text)))
