"""The flows, one module each that exposes ``FLOW``; the menu is built of those that have a place in it (``menu=``)."""

from flows.scripts import menu, survey
from flows.steps import Flow

FLOWS: dict[str, Flow] = {flow.id: flow for flow in (menu.FLOW, *menu.OFFERED, survey.FLOW, menu.AFTER, menu.OVER)}
