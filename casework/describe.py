"""A profile in words and a diagram, for a complaints manager to check against their own procedure."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterator

from casework.offer import Item
from casework.procedure import LISTS, Clock, Profile, Stage

SERVES = {"everyone": "everyone", "under19": "under 19", "adults": "adults", "deaf": "deaf people"}
HAPPENED = {
    "filed": "it was sent",
    "acknowledged": "it was acknowledged",
    "contacted": "the person was contacted",
    "referred": "the advocate was told",
    "advocate_accepted": "the advocate takes it on",
    "advocate_declined": "the advocate cannot",
    "advocate_arranged": "the advocate arranged a meeting",
    "advocate_met": "the advocate met them",
    "advocate_ended": "the advocate's help ended",
    "passed_on": "the worker and the team were told",
    "looked_at": "it was looked at",
    "completed": "the person finished it",
    "made_complaint": "the person made it a complaint",
    "resolved_at_once": "it was resolved at once",
    "withdrawn": "the person took it back",
    "withdrawal_decided": "decided whether to look all the same",
    "officer_contacted": "the officer was contacted",
    "ombudsman_referred": "the ombudsman was asked",
    "ombudsman_decided": "the ombudsman decided",
    "campaign_linked": "found to belong to a campaign",
    "campaign_acted": "it was acted on",
    "mediation_offered": "mediation was offered",
    "mediated": "mediation ended",
}


def describe(profile: Profile) -> str:
    """Markdown: who, the stages with every limit and the events that start and stop it, the ways out, the lists."""
    return "\n".join(_lines(profile)) + "\n"


def _lines(profile: Profile) -> Iterator[str]:
    yield f"# {profile.name}"
    yield ""
    yield profile.about
    yield ""
    yield f"- Working days: Monday to Friday without the bank holidays of {nation_days(profile)}."
    yield f"- Report year: {report_year(profile)}." + (
        f" Reports: {', '.join(profile.reports)}." if profile.reports else ""
    )
    yield f"- Takes: {', '.join(str(name) for name in profile.kinds.values())}."
    if profile.accept_months:
        yield f"- Older than {profile.accept_months} months: recorded, and a person decides."
    if profile.duty:
        yield f"- Somebody reads what arrives: {profile.duty.hours}."
        yield f"- Duty line: {profile.duty.name}, {profile.duty.number}."
    yield ""
    yield "## The way through"
    yield ""
    yield "```mermaid"
    yield from flowchart(profile)
    yield "```"
    for stage in profile.stages.values():
        yield ""
        yield f"## {stage.name}"
        yield ""
        yield from _stage(profile, stage)
    others = [c for c in profile.clocks.values() if c.id.split(".")[0] not in profile.stages]
    yield from _section("Other limits", (_clock(clock, profile) for clock in others))
    yield from _section("What goes another way", (
        f"- {route.name} → {route.to}" + (", **at once**" if route.urgent else "")
        + ("" if route.ends else "; it goes on here as well") + (f". {route.note}" if route.note else ".")
        for route in profile.routes.values()
    ))  # fmt: skip
    for name, title in LISTS.items():
        yield from _section(title, (f"- {_item(item)}" for item in profile.listed(name).values()))
    yield from _section("Services", (
        f"- {s.name}" + (f" (published as {s.number})" if s.number else "") for s in profile.services.values()
    ))  # fmt: skip
    yield from _section("Promises besides", (f"- {rule}" for rule in profile.rules.values()))
    yield from _section("Help lines", (
        f"- {line.name}: {line.number} ({line.how}; for {SERVES[line.serves]}). Check again by {line.check_by}."
        for line in profile.help_lines
    ))  # fmt: skip


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"## {title}", "", *found)


def _stage(profile: Profile, stage: Stage) -> Iterator[str]:
    if stage.answered_by:
        yield f"- Answered by {stage.answered_by}."
    if stage.handed_to:
        yield f"- Belongs to {stage.handed_to}: handed over, and back."
    for role in stage.roles.values():
        who = f"{role.people} × {role.name}" if role.people > 1 else str(role.name)
        yield f"- Needs: {who}" + (", independent: holds no other role." if role.independent else ".")
    if stage.steps:
        yield f"- Before the answer, in this order: {'; '.join(str(name) for name in stage.steps.values())}."
    if stage.talk:
        yield "- Somebody talks with the person before the answer, or records why not."
    if stage.advocate:
        yield "- An advocate is offered to a child or young person."
    if profile.mediation and profile.mediation.before == stage.id:
        yield f"- Mediation with the {profile.mediation.by} is offered first."
    if stage.id in profile.costs:
        yield f"- Costs £{profile.costs[stage.id]:,} on average."
    if stage.note:
        yield f"- {stage.note}"
    for clock in profile.clocks.values():
        if clock.id.split(".")[0] == stage.id:
            yield _clock(clock, profile)


def limit(clock: Clock) -> str:
    """ "10 working days, 20 when extended with the complainant's agreement"."""
    unit = clock.unit.removesuffix("s") if clock.days == 1 else clock.unit
    text = f"{clock.days} {unit}"
    if clock.extended:
        text += f", {clock.extended} in all when extended" + (
            " with the complainant's agreement" if clock.agreement else ""
        )
    return text


def _clock(clock: Clock, profile: Profile) -> str:
    whose = " (the person's time)" if clock.window else " (our own promise)" if clock.own else ""
    stops = " or ".join(event_words(profile, event) for event in clock.stops)
    kinds = (
        ""
        if clock.kinds == ("complaint",)
        else f" For: {', '.join(str(profile.kinds.get(k, k)) for k in clock.kinds)}."
    )
    note = f" {clock.note}" if clock.note else ""
    start = event_words(profile, clock.starts)
    return f"- **{clock.name}**{whose}: {limit(clock)}. Starts: {start}. Stops: {stops}. `{clock.id}`{kinds}{note}"


def event_words(profile: Profile, event: str) -> str:
    """An event as something that has happened: "stage 2 was asked for"."""
    if event in HAPPENED:
        return HAPPENED[event]
    first, _, step = event.partition(".")
    if first == "routed":
        return f"routed: {profile.routes[step].name}"
    if first not in profile.stages:
        return f"“{next((move.name for move in profile.moves if move.event == event), event)}”"
    stage = profile.stages[first]
    done = {
        "begun": "began",
        "requested": "was asked for",
        "acknowledged": "was acknowledged",
        "answered": "was answered",
    }
    number = first.replace("stage", "stage ")
    return f"{number} {done[step]}" if step in done else f"{number}, {stage.steps[step]}"


def _item(item: Item) -> str:
    notes = [
        *(["**not acceptable**"] if not item.acceptable else []),
        *([f"approved by the {item.approval}"] if item.approval else []),
        *(["may be a matter of safety"] if item.safeguarding else []),
        *([f"also: {', '.join(item.aliases)}"] if item.aliases else []),
    ]
    return str(item.name) + (f" ({'; '.join(notes)})" if notes else "")


def nation_days(profile: Profile) -> str:
    """ "England & Wales, also without 2026-12-24"."""
    text: str = "England & Wales" if profile.nation in ("England", "Wales") else profile.nation
    if profile.extra_holidays:
        text += f", also without {', '.join(day.isoformat() for day in profile.extra_holidays)}"
    if profile.not_holidays:
        text += f", but working on {', '.join(day.isoformat() for day in profile.not_holidays)}"
    return text


def report_year(profile: Profile) -> str:
    """ "April to March"."""
    return f"{month_name[profile.report_year]} to {month_name[(profile.report_year + 10) % 12 + 1]}"


def flowchart(profile: Profile) -> Iterator[str]:
    """The procedure as Mermaid lines."""
    yield "flowchart TD"
    yield "  filed([It is sent]) --> new{What is it?}"
    yield from (
        f"  new -. {_safe(route.name)} .-> {route.id}[/{_safe(route.to)}/]" for route in profile.routes.values()
    )
    if profile.immediate:
        yield "  new -- resolved at once --> closed"
    before = ""
    for stage in profile.stages.values():
        clock = profile.clocks.get(f"{stage.id}.response")
        window = profile.clocks.get(f"{stage.id}.window")
        asks = "still not happy" + (f", asked within {limit(window)}" if window else "")
        mediated = bool(profile.mediation and profile.mediation.before == stage.id)
        if mediated:
            yield f"  {before}_answered -- still not happy --> mediation{{Mediation}}"
            yield "  mediation -- resolved --> closed"
        source = "mediation" if mediated else f"{before}_answered"
        yield f"  {source} -- {_safe(asks)} --> {stage.id}" if before else f"  new --> {stage.id}"
        yield f"  {stage.id}[{_safe(stage.name)}]"
        if stage.direct and before:
            yield f"  new --> {stage.id}"
        label = f"answer in {limit(clock)}" if clock else "answer"
        steps = [f"{stage.id}_{step}" for step in stage.steps]
        for step, name in zip(steps, stage.steps.values(), strict=True):
            yield f"  {step}[{_safe(name)}]"
        yield f"  {' --> '.join([stage.id, *steps])} -- {_safe(label)} --> {stage.id}_answered([Answered])"
        yield f"  {stage.id}_answered --> closed([Closed, and asked how we did])"
        before = stage.id
    if profile.ombudsman and before:
        yield f"  {before}_answered -- still not happy --> ombudsman[{_safe(profile.ombudsman.name)}]"
        yield "  ombudsman --> closed"


def _safe(words: object) -> str:
    """Text inside a Mermaid label."""
    return '"' + str(words).replace('"', "'") + '"'
