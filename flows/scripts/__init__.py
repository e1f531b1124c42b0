"""The flows, one module each; adding one to the menu is adding its module to ``menu.OFFERED``."""

from flows.scripts import menu, survey
from flows.steps import Flow

FLOWS: dict[str, Flow] = {flow.id: flow for flow in (menu.FLOW, *menu.OFFERED, survey.FLOW, menu.AFTER, menu.OVER)}
