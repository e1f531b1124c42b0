"""What the choices of an import's columns may be: from the profile, and from the questions that the flows ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from casework.import_fields import Vocabulary
from casework.offer import Name
from casework.procedure import Profile
from casework.report_words import CHARACTERISTICS
from flows.scripts import common
from flows.steps import Choose
from storage.as_talk import CHANNELS

#: Answers to the offer of an advocate (the event "advocate_offered") -> how they may be written.
ADVOCACY = {
    "accepted": ("Wants one", "Used", "Yes"),
    "has_one": ("Has one already", "Family member", "Social worker", "Professional advocate"),
    "declined": ("Does not want one", "Declined", "No"),
    "later": ("To be asked again later",),
}
_NAMED = {code: name for code, name in CHARACTERISTICS.items() if code != "unspecified"}
_QUESTIONS = (common.WHO, common.ROLE, common.BEHALF, common.AGE, common.ADULT_AGE, common.DISABILITY, common.ETHNICITY)


def vocabulary(profile: Profile, languages: Mapping[str, Sequence[str]]) -> Vocabulary:
    """What the choices may be for an organisation. ``languages``: code -> its names."""

    def named(name: Name) -> tuple[str, ...]:
        return tuple(dict.fromkeys((str(name), *(name.said(code) for code in languages))))

    sources: dict[str, dict[str, tuple[str, ...]]] = {
        "kinds": {code: named(name) for code, name in profile.kinds.items()},
        "services": {one.id: named(one.name) for one in profile.services.values()},
        "routes": {one.id: named(one.name) for one in profile.routes.values()},
        "channel": {one: (one.replace("_", " "),) for one in (*CHANNELS, "sms", "web", "telegram")},
        "language": {code: tuple(names) for code, names in languages.items()},
        "advocacy": dict(ADVOCACY),
        "characteristics": {"yes": ("Yes", "Alleged"), **{code: (name,) for code, name in _NAMED.items()}},
    }
    for step in _QUESTIONS:
        assert isinstance(step, Choose)
        sources[step.id] = {option.value: (option.label.plain,) for option in step.options}
    for name, items in profile.lists.items():
        known = {one.id: (*named(one.name), *one.aliases) for one in items.values()}
        sources[f"lists.{name}"] = known
    for name in ("themes", "informal_themes"):
        sources[name] = sources.get(f"lists.{name}", {})
    sources["informal_themes"] = sources["informal_themes"] or sources["themes"]
    return Vocabulary(sources)
