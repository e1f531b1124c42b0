"""A record as its page needs it: everything in the words of whoever reads, nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import locales
from casework.calendar import LONDON
from casework.case import corrected, moves
from casework.duties import duties
from casework.procedure import LISTS, Move
from casework.record import CaseEvent, Running
from casework.tasks import TASKS as TODO
from casework.tasks import tasks
from console import alertsview, choices, deeds, surveyview
from console.codes import CHANNELS, DANGERS, FIELDS, LEVELS, SPEAKERS, TASKS, Codes
from console.contactwords import by_hand
from console.delivery import Delivery, delivery
from console.form import Field
from console.history import History
from console.lists import working
from console.recordread import Record
from console.request import Request
from storage.asked import on_the_board

#: The answer that repeats in a sentence what was tapped on the picture board, for lists and copies.
PICTURES = "pictures"


class View(History):
    """The parts of the page."""

    def __init__(self, ask: Request, record: Record) -> None:
        codes = Codes(record.profile, ask.language, ask.say)
        super().__init__(codes, record.state, record.history, record.staff, record.about.named)
        self.ask = ask
        self.record = record

    # The head ---------------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        """What stands above all else: reference, kind, where it stands, channel, language, who spoke, about what."""
        row, codes = self.record.row, self.codes
        facts = self.record.whole["facts"]
        told = [one for one in facts.get("who", ()) if one != "skipped"]
        who = "child" if "child" in told else "adult" if told else ""
        services = self.record.state.services or tuple(facts.get("services", ()))
        return {
            "reference": row["reference"],
            "kind": codes.kind(row["kind"]),
            "place": codes.place(row["place"]),
            "open": self.record.state.open,
            "complete": row["complete"],
            "channel": codes.of(CHANNELS, row["channel"]),
            "tongue": codes.tongue(row["language"]),
            "language": row["language"],
            "direction": locales.language(row["language"]).direction,
            "speaker": codes.of(SPEAKERS, who) if who else "",
            "services": ", ".join(codes.service(one) for one in services if one not in ("skipped",)),
            "themes": ", ".join(codes.theme(one) for one in facts.get("theme", ())),
            "filed": row["filed_at"] or row["begun_at"],
            "events": row["events"],
            "erased": self.record.whole["erased"],
        }

    def alerts(self) -> list[dict[str, Any]]:
        """The signs of danger, who was told of each, and which duties they may call for."""
        out, say = [], self.say
        for one in sorted(self.record.whole["alerts"], key=lambda alert: bool(alert["acknowledged_at"])):
            dangers = ", ".join(self.codes.of(DANGERS, code) for code in one["categories"])
            by = alertsview.who(say, one["acknowledged_by"], self.names, self.record.ways)
            seen = one["acknowledged_at"] and datetime.fromisoformat(one["acknowledged_at"])
            more = {
                "level_name": self.codes.of(LEVELS, one["level"]), "dangers": dangers, "by": by,
                "told": alertsview.tries(say, self.record.told.get(int(one["id"]), ())),
                "took": alertsview.took(say, seen - datetime.fromisoformat(one["at"])) if seen else "",
                "duties": [say(duty.text) for duty in duties(self.record.profile.nation, one["categories"])],
            }  # fmt: skip
            out.append({**one, **more})
        return out

    def todo(self) -> list[dict[str, Any]]:
        """What somebody must do: tasks that are rows, then what the procedure says."""
        can = {move.event for move in moves(self.record.profile, self.record.state)}
        rows = [
            {
                "id": one["id"],
                "deed": "",
                "text": self.codes.of(TASKS, one["why"]),
                "about": self.about_task(one),
                "words": one["words"],
                "due": one["due"],
            }
            for one in self.record.whole["tasks"]
            if not one["done_at"]
        ]
        found: list[dict[str, Any]] = [
            {
                "id": "",
                "text": self.say(TODO[one]),
                "about": "",
                "words": [],
                "due": None,
                "deed": _deed(one, can) or self._page(one),
            }
            for one in tasks(self.record.profile, self.record.state)
        ]
        return rows + found

    def _page(self, todo: str) -> str:
        """Where a task is done that has a page of its own."""
        reference = self.record.row["reference"]
        pages = {"plan": "/learning/new", "learning": "/learning"}
        return self.ask.address(pages[todo], record=reference) if todo in pages else ""

    def about_task(self, one: Mapping[str, Any]) -> str:
        """What a task is about, in words: a role to be told, a message to be given by hand, a limit; "" for nothing."""
        about_what = str(one["about"])
        if one["why"] == "tell_who":
            return self.choices.roles().get(about_what, about_what)
        if one["why"] == "by_hand":
            return by_hand(about_what, self.say)
        return self.codes.clock(about_what) if about_what else ""

    def consider(self) -> dict[str, Any]:
        """Why it is under its procedure ("" where that needs no words), and what a person should consider."""
        found, lines = self.record.consider, []
        for one in found["consider"]:
            words = one["words"]
            lines.append({**one, "words": self.say(words)})
        why = found["why"]
        return {"why": self.say(why) if why else "", "lines": lines}

    def marks(self) -> list[tuple[str, str]]:
        """What everybody who works on it must know first: (words, details)."""
        out = []
        for event in self.record.state.all("flagged"):
            flag = str(event.said("flag"))
            out.append((self.codes.of(choices.MARKS, flag), str(event.said("note") or "")))
        if plan := self.record.state.contact_plan:
            name = self.codes.item("contact_options", str(plan.said("plan")))
            until = self.say("until {day}", day=self.day(str(plan.said("until"))))
            out.append((self.say("Contact plan: {plan}, {until}", plan=name, until=until), plan.why))
        names = {"hold": self.say("Held: nothing erases it"), "limited": self.say("Its use is limited")}
        out += [(names[one.mark], one.why) for one in self.record.marks.values()]
        if self.record.state.held_by:
            out.append((self.say("Handed over to {who}", who=self.record.state.held_by), ""))
        return out

    # Clocks -----------------------------------------------------------------------------------------

    def clocks(self, now: datetime) -> list[dict[str, str]]:
        """A line for each clock: those that run or are paused, the first due in front, then the stopped ones."""
        state = self.record.state
        stopped = [one for one in state.clocks.values() if one.stopped]
        return [self._clock(one, now) for one in (*state.running, *reversed(stopped))]

    def _clock(self, one: Running, now: datetime) -> dict[str, str]:
        status, due, say = one.status(now), one.deadline, self.say
        calendar, today = self.record.profile.calendar, now.astimezone(LONDON).date()
        day = self.day(due.day.isoformat()) if due else ""
        if due and (clock := self.record.profile.clocks.get(one.clock)) and clock.unit == "hours":
            day = f"{day}, {due.moment.astimezone(LONDON):%H:%M}"
        words, colour = "", "green"
        if status == "paused":
            words, colour = say("Paused. No day counts until it runs on."), "grey"
        elif status == "met":
            words = say("Done on {done}; it was due on {day}", done=self.time(one.stopped), day=day) if due else ""
        elif status == "missed":
            words, colour = say("Done on {done}, after its day, {day}", done=self.time(one.stopped), day=day), "red"
        elif due and status == "overdue":
            count = working(calendar, due.day, today)
            late = say("late by {count} working days", count=count) if count > 1 else say("late by 1 working day")
            late = late if count else say("late")
            words, colour = say("Was due on {day}: {late}", day=day, late=late), "red"
        elif due:
            count = working(calendar, today, due.day)
            left = say("in 1 working day") if count == 1 else say("in {count} working days", count=count)
            left = say("today") if due.day <= today else left
            words, colour = say("Due on {day}: {left}", day=day, left=left), "amber" if status == "soon" else "green"
        names = {
            "running": say("Running"), "soon": say("Due soon"), "overdue": say("Overdue"), "paused": say("Paused"),
            "met": say("In time"), "missed": say("Late"),
        }  # fmt: skip
        if one.window and status in ("running", "soon", "overdue"):
            names[status] = say("The person's time") if status != "overdue" else say("Time is over")
            colour, status = "blue", "running"
        more = say("Extended") if one.extended else ""
        return {
            "name": self.codes.clock(one.clock, one.name), "status": status, "status_name": names[one.status(now)],
            "words": words, "colour": colour, "more": more, "id": one.clock,
        }  # fmt: skip

    # What was said ----------------------------------------------------------------------------------

    def answers(self) -> list[dict[str, Any]]:
        """Answers as fields: what staff call them, the question as asked, the words as they came.

        What was said on the picture board comes first, picture by picture; the sentence made of it says no more.
        """
        out = []
        for entry in sorted(self.record.whole["entries"] or (), key=lambda one: one["step"] not in on_the_board()):
            if entry["step"] in surveyview.STEPS or entry["step"] == PICTURES:
                continue
            tapped = self._tapped(entry)
            media = [{"id": one[0], "kind": one[1], "size": one[2]} for one in entry.get("media", ())]
            out.append(
                {
                    "name": self.codes.of(FIELDS, entry["step"]),
                    "asked": entry.get("question", ""),
                    "tapped": tapped,
                    "labels": ()
                    if tapped and self.ask.language == self.record.row["language"]
                    else entry.get("labels", ()),
                    "words": entry.get("words", ()),
                    "media": media,
                    "skipped": entry.get("skipped", False),
                    "later": entry.get("added_at"),
                    "values": [] if entry.get("labels") or entry.get("words") else entry.get("values", ()),
                }
            )
        return out

    def _tapped(self, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What was tapped on the picture board: where the picture lies ("" for none), what it says to whoever reads."""
        names = on_the_board().get(entry["step"], {})
        translate, picture = locales.translator(self.ask.language), self.ask.site.picture
        return [
            (picture(self.ask.user.organisation, value) if picture else "", translate("", names[value]))
            for value in entry.get("values", ())
            if value in names
        ]

    def survey(self) -> list[dict[str, Any]]:
        """What they answered to "How did we do?", where they were asked."""
        return surveyview.survey(self.record.whole["entries"] or (), self.codes)

    # What happened ----------------------------------------------------------------------------------

    def happened(self) -> list[dict[str, Any]]:
        """Everything done so far, the newest first; what was corrected stays, struck out."""
        standing = {id(one) for one in corrected(self.record.history)}
        kept = {one.id for one in corrected(self.record.history)}
        out = []
        went_on = 0
        for event in reversed(self.history):
            # A person who goes on writing does so a dozen times: the last of them says enough.
            went_on = went_on + 1 if event.kind in ("updated", "surveyed") else 0
            if went_on > 1:
                continue
            out.append(
                {
                    "name": self.event_name(event.kind),
                    "at": event.at,
                    "who": self.who(event.by),
                    "person": event.by == "person",
                    "struck": event.id not in kept and id(event) not in standing,
                    "details": self.details(event),
                    "delivery": self._delivery(event) if event.kind in ("replied", "told") else None,
                    "id": event.id,
                }
            )
        return out

    def _delivery(self, event: CaseEvent) -> Delivery | None:
        return delivery(event, self.record.delivered, self.say, self.codes.language, self.ask.now)

    def people(self) -> list[tuple[str, str]]:
        """Roles and who holds them; who helps the person; whom it is about."""
        roles = self.choices.roles()
        out = [(roles.get(role, role), ", ".join(who)) for role, who in self.record.state.roles.items()]
        found = self.record.about
        named = [one.name for one in self.record.staff if one.id in found.named]
        if named:
            out.append((self.say("May be about: cannot open it"), ", ".join(named)))
        referred = [one.name for one in self.record.staff if one.id in found.referred]
        if referred:
            out.append((self.say("Advocate"), ", ".join(referred)))
        return out

    # What can be done -------------------------------------------------------------------------------

    def deeds(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Groups of forms: (what the group is called, its forms)."""
        groups: dict[str, list[dict[str, Any]]] = {group: [] for group in deeds.GROUPS}
        if self.record.whole["erased"]:
            return []
        for move in moves(self.record.profile, self.record.state):
            found = deeds.deed(move, self.record.profile, self.codes)
            if found is None or not self.ask.may(found.permission):
                continue
            fields = [self._field(move.event, one) for one in found.fields]
            if any(one["empty"] for one in fields):
                continue
            groups[found.group].append(
                {
                    "event": move.event, "id": f"do-{move.event.replace('.', '-')}", "label": self.say(found.label),
                    "fields": fields, "dated": found.dated, "hint": self.say(found.hint) if found.hint else "",
                    "on": f"{move.event.replace('.', '-')}-on", "first": self._first(move), "group": found.group,
                    "path": paths()[found.permission],
                }
            )  # fmt: skip
        return [(self.say(deeds.GROUPS[group]), forms) for group, forms in groups.items() if forms]

    def _first(self, move: Move) -> bool:
        """Whether it is the ordinary next step: acknowledged before anything else, then whatever leads on."""
        if move.event.endswith(("requested", "completed", "made_complaint")):
            return False
        if move.event.endswith("acknowledged"):
            return True
        waits = self.record.state.clocks.get("acknowledgement")
        owed = waits is not None and waits.stopped is None
        step = "." in move.event and not move.event.endswith((".begun", ".answered"))
        return (bool(move.to) or step) and not owed and deeds.group(move.event) == "next"

    def _field(self, event: str, one: Field) -> dict[str, Any]:
        options = self.choices.of(one.source) if one.source else []
        # A list that this procedure does not have is written freely.
        free = one.source in LISTS and not options
        return {
            "name": f"{event.replace('.', '-')}-{one.name}", "label": self.say(one.label),
            "kind": "line" if free else one.kind,
            "hint": self.say(one.hint) if one.hint else "", "options": options, "optional": one.optional,
            "empty": bool(one.source) and not options and not one.optional and not free,
        }  # fmt: skip


#: Task of the procedure (``casework.tasks``) -> the deeds that do it, the first that can be done.
_DOES: Mapping[str, tuple[str, ...]] = {
    "talk": ("talked",),
    "appoint": ("role",),
    "advocate": ("advocate_offered", "referred", "advocate_referred"),
    "advocate_again": ("referred", "advocate_referred"),
    "mediation": ("mediation_offered", "mediated"),
    "act": ("acted",),
    "closing": ("loop_closed",),
    "loop": ("outcome", "closed"),
    "finish": ("closed",),
    "elsewhere": ("informed", "closed"),
    "withdrawal": ("withdrawal_decided",),
    "ombudsman": ("ombudsman_decided",),
    "approve": ("remedy_approved",),
    "remedy": ("remedy_done",),
    "handed_over": ("handed_back",),
    "points": ("point_decided",),
    "unhappy": ("informed", "talked"),
    "decide": ("stage1.begun", "routed"),
}


def _deed(todo: str, can: set[str]) -> str:
    found = next((event for event in _DOES.get(todo, ()) if event in can), "")
    return f"#do-{found.replace('.', '-')}" if found else ""


def paths() -> Mapping[str, str]:
    """Permission -> the last part of the path that its deeds are sent to."""
    return {"record.work": "work", deeds.ASSIGN: "assign", deeds.ROUTE: "route", deeds.DECIDE: "decide"}
