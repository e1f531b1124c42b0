"""``hearback script``: a flow, printed for people who review it."""

from __future__ import annotations

from bot import review
from bot.cli import Trouble
from flows.scripts import FLOWS
from locales import LANGUAGES, translator


def show(flow_id: str, language: str, register: str | None, mermaid: bool) -> str:
    """The text or drawing of a flow, or the list of flows. Raises Trouble for an unknown flow or language."""
    if language not in LANGUAGES:
        raise Trouble(f"There is no language {language!r}; there are: {', '.join(LANGUAGES)}.")
    translate = translator(language)
    if not flow_id:
        return "".join(f"{flow.id:<12} {translate('', flow.title.plain)}\n" for flow in FLOWS.values())
    if flow_id not in FLOWS:
        raise Trouble(f"There is no flow {flow_id!r}; there are: {', '.join(FLOWS)}.")
    flow = FLOWS[flow_id]
    return review.mermaid(flow, translate) if mermaid else review.script(flow, translate, register)
