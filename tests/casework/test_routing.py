"""What a person should consider, for every combination of the answers that matter, against a table written apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product

import pytest

from casework.procedure import KINDS, Profile, load, shipped
from casework.routing import PROCEDURES, REASONS, Known, suggestions

FILED = date(2026, 11, 20)
CORPORATE = ("together-for-children", "england-corporate")
STATUTORY = ("dudley", "sandwell", "england-statutory")
FAMILY = ("child", "parent", "carer", "relative")


def known(kind: str = "complaint", dangers: tuple[str, ...] = (), **answers: str) -> Known:
    """Answers as facts; "" was not asked."""
    usual = {"contact": "here", "story": "said"}
    facts = {fact: tuple(value.split()) for fact, value in (usual | answers).items() if value}
    return Known(kind, facts, FILED, dangers)


def found(profile: str | Profile, one: Known) -> dict[str, str]:
    """Reason -> route."""
    loaded = load(profile) if isinstance(profile, str) else profile
    return {suggestion.reason: suggestion.route for suggestion in suggestions(loaded, one)}


#: Reason -> when it must be there, said of the answers alone.
PROCEDURE: dict[str, Callable[[str, str, str, str, str], bool]] = {
    "care": lambda profile, kind, who, role, behalf: (
        kind == "complaint" and profile in CORPORATE and (who in FAMILY or behalf == "child")
    ),
    "general": lambda profile, kind, who, role, behalf: (
        kind == "complaint"
        and profile in STATUTORY
        and role in ("community", "organisation", "elected")
        and behalf != "child"
    ),
}


@pytest.mark.parametrize("profile", shipped())
def test_under_which_procedure(profile: str) -> None:
    roles = ("", "advocate", "law", "community", "organisation", "elected")
    for kind, who, role, behalf in product(KINDS, (*FAMILY, "helper", "other"), roles, ("", "self", "child")):
        said = found(profile, known(kind, who=who, role=role, behalf=behalf, behalf_agrees="yes"))
        assert set(said) == {reason for reason, due in PROCEDURE.items() if due(profile, kind, who, role, behalf)}, (
            f"{kind} {who} {role} {behalf}"
        )


DECISIONS: dict[str, Callable[[str, dict[str, str]], bool]] = {
    "court": lambda kind, said: said["court"] == "yes",
    "late": lambda kind, said: said["when"] == "2025-11-19" and kind in ("complaint", "informal"),
    "no_wish": lambda kind, said: said["contact"] == "none" and kind in ("complaint", "informal"),
    "no_contact": lambda kind, said: said["contact"] in ("", "skipped") and kind in ("complaint", "informal"),
    "little": lambda kind, said: said["story"] in ("", "skipped") and kind in ("complaint", "informal"),
    "agreement": lambda kind, said: (
        said["behalf"] == "child" and said["behalf_agrees"] != "yes" and kind in ("complaint", "informal")
    ),
}
ANSWERS = {
    "court": ("", "yes", "no", "unknown"),
    "when": ("", "unsure", "2025-11-19", "2025-11-20"),
    "contact": ("", "skipped", "none", "here", "call letter"),
    "story": ("", "skipped", "said", "media"),
    "behalf": ("", "self", "child"),
    "behalf_agrees": ("", "yes", "knows", "no", "too_young"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_person_decides(kind: str) -> None:
    profile = load("sandwell")
    for values in product(*ANSWERS.values()):
        said = dict(zip(ANSWERS, values, strict=True))
        expected = {reason for reason, due in DECISIONS.items() if due(kind, said)}
        assert set(found(profile, known(kind, who="other", role="law", **said))) == expected, said


def test_a_story_told_with_pictures_is_an_account() -> None:
    assert "little" in found("sandwell", known("informal", story=""))
    assert "little" not in found("sandwell", known("informal", story="", pictures="said"))


@pytest.mark.parametrize(
    ("dangers", "worker", "reason", "route"),
    [
        (("adult_with_children",), "no", "accused", "safeguarding"),
        (("adult_with_children", "suicide"), "said", "accused", "safeguarding"),
        (("physical_abuse",), "said", "accused", "safeguarding"),
        (("physical_abuse",), "no", "danger", ""),
        (("suicide",), "said", "danger", ""),
        (("urgent",), "", "danger", ""),
        ((), "said", None, None),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_danger_comes_first_and_is_never_routed_by_the_program(
    kind: str, dangers: tuple[str, ...], worker: str, reason: str | None, route: str | None
) -> None:
    one = known(kind, dangers, worker=worker, court="yes", who="child")
    first, *rest = suggestions(load("together-for-children"), one)
    if reason is None:
        assert not first.urgent
        return
    assert (first.reason, first.route, first.urgent) == (reason, route, True)
    assert not any(suggestion.urgent for suggestion in rest)


@pytest.mark.parametrize(("profile", "route"), [("together-for-children", "anonymous"), ("dudley", "")])
def test_somebody_who_cannot_be_reached_goes_where_the_profile_says(profile: str, route: str) -> None:
    assert found(profile, known(who="other", role="law", contact=""))["no_contact"] == route


@pytest.mark.parametrize("profile", shipped())
def test_every_route_is_one_of_the_profile(profile: str) -> None:
    loaded = load(profile)
    everything = known(
        dangers=("adult_with_children",), who="child", court="yes", contact="none", story="", when="2001-01-01"
    )
    for suggestion in suggestions(loaded, everything):
        assert suggestion.words == REASONS[suggestion.reason]
        assert suggestion.route == "" or loaded.routes[suggestion.route].to == suggestion.to
    assert ("late" in found(loaded, everything)) == (loaded.accept_months is not None)


def test_every_kind_says_why_it_is_where_it_is() -> None:
    assert {*KINDS, "made_complaint"} == set(PROCEDURES)


@pytest.mark.parametrize(
    ("reach", "contact", "said"),
    [
        ("here", "", set()),
        ("said", "skipped", set()),
        ("not", "", {"no_wish"}),
        ("skipped", "", {"no_contact"}),
        ("not", "text", set()),
    ],
)
def test_a_safe_way_said_after_a_sign_of_danger_is_a_way(reach: str, contact: str, said: set[str]) -> None:
    answers = {"who": "child", "contact": contact, "!reach": reach}
    assert set(found("dudley", known(dangers=("threat_now",), **answers))) & {"no_wish", "no_contact"} == said
