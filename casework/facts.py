"""What casework adds to what is counted of a record: coded values without words, by the event that changed them."""

from __future__ import annotations

from collections.abc import Mapping

from casework.escalation import answers, offers, waits
from casework.helping import SENT, on_board, sharing
from casework.record import CaseEvent, CaseState

Values = tuple[str, ...]


def facts(state: CaseState, event: CaseEvent) -> Mapping[str, Values]:
    """Fact -> its values after an event; only the facts that this kind of event may change."""
    kind = event.kind
    if kind == "corrected":
        return {name: values for fact in _FACTS for name, values in _fact(state, fact).items()}
    return _fact(state, kind)


#: Events that change a fact.
_FACTS = (
    *("services", "themed", "outcome", "remedy", "routed", "flagged", "consent", "extended", "mediated"),
    *("ombudsman_decided", "named_settled", "allegation_settled", "advocate_offered", "sharing", "closed"),
)


def _fact(state: CaseState, kind: str) -> Mapping[str, Values]:
    found = dict(_own_fact(state, kind))
    if kind == "surveyed" and (event := state.last("surveyed")):
        found |= answers(event)
    if kind in ("unhappy", "surveyed") or offers(kind):
        found["unhappy"] = ("said",) if waits(state) else ()
    return found


def _own_fact(state: CaseState, kind: str) -> Mapping[str, Values]:
    if kind in ("services", "passed_on"):
        return {"services": state.services} if state.services else {}
    if kind == "themed":
        return {"theme": _last(state, "themed", "themes")}
    if kind == "outcome":
        return {"outcome": tuple(dict.fromkeys(state.outcomes.values()))}
    if kind in ("remedy", "remedy_approved", "remedy_done"):
        return {"remedy": tuple(state.remedies)}
    if kind == "routed":
        return {"route": _every(state, "routed", "route")}
    if kind == "flagged":
        return {"flag": _every(state, "flagged", "flag")}
    if kind == "consent":
        return {"consent": _last(state, "consent", "answer")}
    if kind == "extended":
        return {"extension": _every(state, "extended", "why")}
    if kind == "mediated":
        return {"mediation": _last(state, "mediated", "result")}
    if kind == "ombudsman_decided":
        return {"ombudsman": _last(state, "ombudsman_decided", "result")}
    if kind == "closed":
        ended = _last(state, "closed", "resolution")
        return {"resolution": ended} if ended else {}
    if kind == "campaign_linked":
        return {"campaign": _every(state, "campaign_linked", "campaign")}
    if kind == "allegation_settled":
        return {"allegation": ("no",) if state.last("allegation_settled") else ()}
    if kind == "named_settled":
        return {"named": ("settled",) if state.last("named_settled") else ()}
    if kind in ("advocate_offered", "asked_advocate", "advocate_declined", *SENT):
        if any(state.since(wanted, "advocate_offered", *SENT) for wanted in ("asked_advocate", "advocate_declined")):
            return {"advocacy": ("asked",)}
        event = state.last("advocate_offered", *SENT)
        said = str(event.said("answer") or "referred") if event else ""
        offer = state.last("advocate_offered")
        named = (("advocacy_who", "kind"), ("advocate_why", "why_not"))
        more = {fact: offer.listed(detail) for fact, detail in named if offer and offer.listed(detail)}
        return {**more, "advocacy": (said,) if said else ()}
    if kind in ("sharing", "celebrated", "taken_down"):
        found: dict[str, Values] = {"celebrated": ("yes",) if on_board(state) else ()}
        return found | ({"share": (share,)} if (share := sharing(state)) else {})
    return {}


def _last(state: CaseState, kind: str, detail: str) -> Values:
    event = state.last(kind)
    return event.listed(detail) if event else ()


def _every(state: CaseState, kind: str, detail: str) -> Values:
    return tuple(dict.fromkeys(value for event in state.all(kind) for value in event.listed(detail)))
