"""What the codes of the audit say (``console.page.Page.name``, and what the sign-in and the command line write)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.words import N_

#: What the audit can be narrowed to: the first part of a code -> words.
GROUPS: Mapping[str, str] = {
    "record": N_("Records"),
    "records": N_("Lists and exports of records"),
    "referral": N_("Referrals"),
    "signed_in": N_("Signing in"),
    "signed_out": N_("Signing out"),
    "staff": N_("Staff"),
    "campaign": N_("Campaigns"),
    "holiday": N_("Holidays"),
    "learning": N_("Learning"),
    "alerts": N_("Alerts"),
    "rota": N_("Rota"),
    "audit": N_("This audit"),
    "account": N_("One's own page"),
    "settings": N_("Settings"),
}
#: Code -> words; another one is said as its group and its own last part.
SAID: Mapping[str, str] = {
    "record": N_("Read a record"),
    "record.seen": N_("Looked who has seen a record"),
    "record.work": N_("Worked on a record"),
    "record.assign": N_("Said who works on a record"),
    "record.route": N_("Sent a record another way"),
    "record.decide": N_("Decided something about a record"),
    "record.alert": N_("Acknowledged a sign of danger"),
    "alarm.acknowledge": N_("Acknowledged a sign of danger"),
    "alerts.acknowledge": N_("Acknowledged a sign of danger"),
    "alerts.add": N_("Added a way to tell staff"),
    "alerts.test": N_("Sent a test alert"),
    "alerts.retire": N_("Took a way to tell staff away"),
    "rota.add": N_("Put somebody on the rota"),
    "rota.remove": N_("Took somebody off the rota"),
    "record.task": N_("Did a task of a record"),
    "record.media": N_("Opened a file of a record"),
    "record.changes": N_("Looked at changes of a record"),
    "record.reply": N_("Wrote to the person"),
    "record.translation": N_("Read a translation of a record"),
    "records.export": N_("Exported a list of records"),
    "record.interpreter": N_("Asked for an interpreter"),
    "entered": N_("Entered a record"),
    "enter": N_("Entered a record"),
    "task.done": N_("Did a task"),
    "referral": N_("Read a referral"),
    "referrals.visit": N_("Opened the list before a visit"),
    "signed_in.code": N_("Signed in with password and phone"),
    "signed_in.recovery": N_("Signed in with a recovery code"),
    "signed_in.provider": N_("Signed in through the provider"),
    "signed_in.first": N_("Signed in for the first time"),
    "signed_out": N_("Signed out"),
    "recovery_codes.kept": N_("Kept new recovery codes"),
    "typed.left": N_("Left what had been typed"),
    "account.language": N_("Changed their language"),
    "account.password": N_("Changed their password"),
    "account.codes": N_("Made new recovery codes"),
    "account.sessions": N_("Ended one of their sessions"),
    "staff.first": N_("Became the first administrator"),
    "staff.add": N_("Added somebody to the staff"),
    "staff.role": N_("Changed what somebody may do"),
    "staff.reset": N_("Reset somebody's sign-in"),
    "staff.disable": N_("Shut somebody out"),
    "staff.enable": N_("Let somebody in again"),
    "staff.sessions": N_("Signed somebody out everywhere"),
    "campaign.add": N_("Set up a campaign"),
    "campaign.change": N_("Changed a campaign"),
    "campaign.remove": N_("Took a campaign away"),
    "learning.add": N_("Wrote down what was learned"),
    "learning.change": N_("Changed what was learned"),
    "learning.link": N_("Linked learning to records"),
    "learning.done": N_("Recorded that learning was acted on"),
    "learning.check": N_("Looked whether learning lasted"),
    "learning.words": N_("Wrote “you said, we did”"),
    "learning.publish": N_("Published “you said, we did”"),
    "learning.withdraw": N_("Took “you said, we did” off the page"),
    "learning.send": N_("Sent “you said, we did”"),
    "learning.stop": N_("Stopped sending “you said, we did”"),
    "holiday.add": N_("Added a holiday"),
    "holiday.remove": N_("Took a holiday back"),
    "cases_held": N_("Entered cases held"),
    "audit.export": N_("Exported this audit"),
}


def said(say: Callable[..., str], what: str) -> str:
    """A code in words."""
    if what in SAID:
        return say(SAID[what])
    first, _, rest = what.partition(".")
    words = rest.replace(".", ": ").replace("_", " ").replace("-", " ")
    return f"{say(GROUPS[first])}: {words}" if first in GROUPS and rest else what.replace("_", " ").replace(".", ": ")
