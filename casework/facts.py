"""What casework adds to what is counted of a record: coded values without words, by the event that changed them."""

from __future__ import annotations

from collections.abc import Mapping

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
    *("ombudsman_decided", "named_settled", "advocate_offered"),
)


def _fact(state: CaseState, kind: str) -> Mapping[str, Values]:
    if kind == "services":
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
    if kind == "campaign_linked":
        return {"campaign": _every(state, "campaign_linked", "campaign")}
    if kind == "named_settled":
        return {"named": ("settled",) if state.last("named_settled") else ()}
    if kind in ("advocate_offered", "asked_advocate", "referred"):
        if state.since("asked_advocate", "advocate_offered", "referred"):
            return {"advocacy": ("asked",)}
        event = state.last("advocate_offered", "referred")
        said = str(event.said("answer") or "referred") if event else ""
        return {"advocacy": (said,) if said else ()}
    return {}


def _last(state: CaseState, kind: str, detail: str) -> Values:
    event = state.last(kind)
    return event.listed(detail) if event else ()


def _every(state: CaseState, kind: str, detail: str) -> Values:
    return tuple(dict.fromkeys(value for event in state.all(kind) for value in event.listed(detail)))
