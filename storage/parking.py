"""A turn that the program cannot do: kept for staff, and the person told honestly.

A mistake of ours must not lose what somebody said, must not hide a sign of danger in it, and
must not hold up anybody else.
"""

from __future__ import annotations

from typing import Any

from flows.message import Message, render
from flows.phrases import OUR_MISTAKE
from flows.session import Alert, CallPerson, Line, Say, Voice, World
from storage.filing import Filing
from storage.work import Work


def park(work: Work, filing: Filing, world: World) -> Message | None:
    """The rows that keep it for staff, and what the person is told (nothing, when they had said nothing)."""
    inbound = work.job.inbound
    text = inbound.text if inbound else ""
    language = work.after.voice.language or (inbound.language if inbound else "") or "en"
    filing.task(work, CallPerson("stuck", work.session.record, (text,) if text else ()))
    if text:
        try:
            signs = world.signs(text, language)
        except Exception:
            filing.alert(work, Alert("amber", ("unchecked",), (text,), work.session.record))
        else:
            if signs.categories:
                filing.alert(
                    work, Alert(signs.level, signs.categories, signs.matched, work.session.record, signs.rules)
                )
    if inbound is None and work.job.need is None:
        return None
    return render(Say((Line(OUR_MISTAKE),), Voice(language, work.after.voice.register)), world)


def kept(work: Work) -> dict[str, Any]:
    """All that came in, for staff and for another try."""
    inbound = work.job.inbound
    if inbound is None:
        return {"event": "found" if work.job.need else "wake"}
    return {
        "text": inbound.text,
        "choice": inbound.choice,
        "entry": dict(inbound.entry),
        "event": inbound.event,
        "media": [[m.id, m.kind, m.size] for m in inbound.media],
    }
