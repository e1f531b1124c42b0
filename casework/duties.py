"""Duties that belong to named people, prompted beside a sign of danger. The software does none and judges none.

Each prompt says whose duty it is and under what; where nations differ there is one for each. They are read again by a
safeguarding lead with the help lines (docs/alerts.md says where each rule is from).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casework.words import S_

#: Harm that a children's home may have to tell its regulator of.
SERIOUS = ("sexual_abuse", "physical_abuse", "exploitation", "neglect", "adult_with_children", "violence", "suicide")


@dataclass(frozen=True, slots=True)
class Duty:
    """A prompt. ``dangers`` that call for it; ``nations`` where it holds, () for all."""

    id: str
    dangers: tuple[str, ...]
    text: str
    nations: tuple[str, ...] = ()


DUTIES: tuple[Duty, ...] = (
    Duty(
        "accused",
        ("adult_with_children",),
        S_(
            "A trained person records whether the harm criteria may be met, and contacts the local authority's "
            "designated officer within one working day. Nobody asks or warns the adult before that."
        ),
        ("England", "Wales"),
    ),
    Duty(
        "accused",
        ("adult_with_children",),
        S_(
            "A trained person records what is alleged, and tells social work or the police under the child "
            "protection procedures at once. Nobody asks or warns the adult before that."
        ),
        ("Scotland", "Northern Ireland"),
    ),
    Duty(
        "fgm",
        ("fgm",),
        S_(
            "If a girl under 18 told a health or social care professional or a teacher herself, or they saw the "
            "signs, that professional must report it to the police themselves, ordinarily by the end of the next "
            "working day (Female Genital Mutilation Act 2003, section 5B). Nobody can do it for them."
        ),
        ("England", "Wales"),
    ),
    Duty(
        "fgm",
        ("fgm",),
        S_(
            "There is no separate duty to report FGM here: it goes to social work or the police as child protection, "
            "at once."
        ),
        ("Scotland", "Northern Ireland"),
    ),
    Duty(
        "home",
        SERIOUS,
        S_(
            "If the child lives in a children's home, its registered person tells Ofsted, the placing authority and "
            "others without delay (Children's Homes (England) Regulations 2015, regulation 40). See that they know."
        ),
        ("England",),
    ),
    Duty(
        "home",
        SERIOUS,
        S_(
            "If the child lives in a children's home, its provider tells Care Inspectorate Wales and the placing "
            "authority (Regulated Services Regulations 2017, regulation 60). See that they know."
        ),
        ("Wales",),
    ),
    Duty(
        "home",
        SERIOUS,
        S_("If the child lives in a care home, its manager tells the Care Inspectorate. See that they know."),
        ("Scotland",),
    ),
    Duty(
        "home",
        SERIOUS,
        S_("If the child lives in a children's home, its manager tells the RQIA and the Trust. See that they know."),
        ("Northern Ireland",),
    ),
    Duty(
        "report",
        (*SERIOUS, "fgm", "domestic_abuse", "forced_marriage", "honour_abuse", "missing", "hurt", "said_yes"),
        S_(
            "Relevant partners must tell the local authority when they have reasonable cause to suspect that a child "
            "is at risk (Social Services and Well-being (Wales) Act 2014, section 130)."
        ),
        ("Wales",),
    ),
    Duty(
        "slavery",
        ("exploitation",),
        S_(
            "A first responder considers a referral to the National Referral Mechanism. A child's consent is not "
            "needed for it."
        ),
    ),
    Duty(
        "marriage",
        ("forced_marriage", "honour_abuse"),
        S_(
            "There may be only one chance to talk. Do not contact the family or use a relative to interpret; the "
            "Forced Marriage Unit advises professionals."
        ),
    ),
    Duty(
        "missing",
        ("missing",),
        S_(
            "See that the police know. When a child comes back, the local authority offers an independent interview; "
            "in England and Wales within 72 hours."
        ),
    ),
)


def duties(nation: str, dangers: Iterable[str]) -> tuple[Duty, ...]:
    """The prompts for these categories of danger in a nation."""
    found = set(dangers)
    return tuple(
        one for one in DUTIES if found.intersection(one.dangers) and (not one.nations or nation in one.nations)
    )
