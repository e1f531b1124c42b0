"""Every refusal, in words that say what to do; and what is taken though somebody must think of something first."""

from __future__ import annotations

import pytest

from casework.case import fold
from casework.procedure import load
from casework.refusals import cautions, refusal
from tests.casework.histories import event

SENT = "2020-12-21 filed kind=complaint"
TALKED = f"{SENT}\n2020-12-22 talked who=manager"
ANSWERED = f"{TALKED}\n2021-01-06 stage1.answered"
UPHELD = f"{ANSWERED}\n2021-01-06 outcome point=1 outcome=upheld"
STAGE2 = f"{ANSWERED}\n2021-01-11 stage2.requested"

# profile | what happened | what is tried | why not
REFUSED = [
    # what there is
    ("sandwell", SENT, "2020-12-22 acknowleged", "Did you mean “acknowledged”?"),
    ("sandwell", "", "2020-12-22 acknowledged", "needs a record that was sent: begin with “filed”"),
    ("sandwell", "", "2020-12-22 filed", "needs the kind."),
    ("sandwell", "", "2020-12-22 filed kind=complant", "takes no record called “complant”. Did you mean “complaint”?"),
    ("sandwell", SENT, "2020-12-22 filed kind=complaint", "was already recorded. To change it, correct that event."),
    ("sandwell", SENT, "2020-12-22 contacted who=ann", "is for: informal, person. This record is: complaint."),
    ("childrens-links", SENT, "2020-12-22 ombudsman_referred", "Nothing is called “ombudsman_referred”"),
    # dates
    ("sandwell", "", "2020-12-21 filed kind=complaint happened=2020-12-24", "before what it is about (2020-12-24)"),
    ("sandwell", SENT, "2020-12-20 acknowledged", "dated 2020-12-20, before the record was sent"),
    ("sandwell", ANSWERED, "2021-01-04 stage2.requested", "dated 2021-01-04, before the last step on 2021-01-06"),
    (
        "sandwell",
        f"{UPHELD}\n2021-01-07 remedy remedy=payment",
        "2021-01-06 remedy_approved remedy=payment by=head",
        "before “Promise a remedy” on 2021-01-07",
    ),
    # order
    ("sandwell", STAGE2, "2021-02-01 stage2.adjudicated", "comes after “Stage 2: investigation: investigating officer"),
    ("sandwell", SENT, "2021-01-04 outcome point=1 outcome=upheld", "cannot happen where the record stands (new)"),
    ("sandwell", SENT, "2021-01-04 stage3.requested why=x", "What leads on from here: Begin Stage 1: local resolution"),
    ("sandwell", SENT, "2021-01-04 reopened why=x", "cannot happen where the record stands (new)"),
    ("sandwell", STAGE2, "2021-01-12 stage2.refused why=late way_on=x", "cannot follow “The person asks for Stage 2"),
    (
        "sandwell",
        f"{ANSWERED}\n2021-01-07 closed why=x",
        "2021-01-08 acknowledged",
        "What leads on from here: The person",
    ),
    # details
    ("sandwell", SENT, "2020-12-22 routed route=court", "needs a reason."),
    ("dudley", SENT, "2020-12-22 routed route=corprate why=x", "Did you mean “corporate”?"),
    ("sandwell", SENT, "2020-12-22 talked", "needs who or a reason."),
    ("sandwell", SENT, "2020-12-22 services services=fosterin", "not one of the services. Did you mean “fostering”?"),
    ("sandwell", SENT, "2020-12-22 flagged flag=agency_staf", "Did you mean “agency_staff”?"),
    ("sandwell", ANSWERED, "2021-01-07 outcome point=1 outcome=upheeld", "Did you mean “upheld”?"),
    ("sandwell", f"{SENT}\n2020-12-22 withdrawn", "2020-12-23 withdrawal_decided why=x", "needs the decision"),
    ("sandwell", SENT, "2020-12-22 point_decided point=1 decision=perhaps why=x", "either “waits” or “goes on”"),
    ("sandwell", SENT, "2020-12-22 corrected of=9 why=x", "no such event on this record to correct"),
    # limits
    ("sandwell", SENT, "2021-01-04 extended clock=stage1.respnse why=complex", "Did you mean “stage1.response”?"),
    ("sandwell", SENT, "2021-01-04 extended clock=stage1.response", "needs a reason."),
    ("sandwell", SENT, "2021-01-04 extended clock=stage1.response why=holidays", "not one of the extension reasons"),
    ("sandwell", SENT, "2021-01-04 extended clock=stage2.response why=complex", "is not running"),
    (
        "sandwell",
        f"{SENT}\n2021-01-04 extended clock=stage1.response why=complex",
        "2021-01-05 extended clock=stage1.response why=complex",
        "was extended already, and only once is allowed",
    ),
    ("childrens-links", SENT, "2021-01-04 extended clock=stage1.response why=complex", "keep the person informed"),
    (
        "action-for-children",
        SENT,
        "2021-01-04 extended clock=stage1.response why=complexity",
        "only with the complainant's agreement",
    ),
    (
        "sandwell",
        SENT,
        "2021-01-04 paused clocks=stage2.response why=court review=2021-02-01",
        "“stage2.response” is not running",
    ),
    ("sandwell", SENT, "2021-01-04 paused clocks=stage1.response why=court", "needs the day of its review"),
    (
        "sandwell",
        SENT,
        "2021-01-04 paused clocks=stage1.response why=court review=soon",
        "needs a date for the day of its review, as 2027-03-31, not “soon”",
    ),
    (
        "sandwell",
        SENT,
        "2021-01-04 paused clocks=stage1.response why=court review=2021-01-01",
        "before the event itself",
    ),
    (
        "sandwell",
        f"{SENT}\n2021-01-04 paused clocks=stage1.response why=court review=2021-02-01",
        "2021-01-05 paused clocks=stage1.response why=court review=2021-02-01",
        "is already paused",
    ),
    (
        "sandwell",
        f"{SENT}\n2021-01-04 paused clocks=stage1.response why=court review=2021-02-01",
        "2021-01-05 resumed clocks=acknowledgement",
        "“Acknowledge it” is not paused",
    ),
    # people
    ("sandwell", SENT, "2021-01-04 role role=investigater person=ann", "Did you mean “investigator”?"),
    ("sandwell", f"{SENT} named=ann", "2021-01-04 role role=manager person=ann", "is named in the record"),
    (
        "sandwell",
        f"{STAGE2}\n2021-01-12 role role=investigator person=ann",
        "2021-01-12 role role=adjudicator person=ann",
        "already investigator here; who is independent holds no other role",
    ),
    ("sandwell", SENT, "2021-01-06 stage1.answered", "Before this answer somebody talks with the person"),
    (
        "wales",
        f"{STAGE2}\n2021-01-12 acknowledged",
        "2021-02-01 stage2.answered",
        "needs the independent investigator before it is answered",
    ),
    (
        "action-for-children",
        f"{ANSWERED}\n2021-01-08 stage2.requested\n2021-01-09 role role=investigator person=a\n"
        "2021-01-20 stage2.answered\n2021-01-21 stage3.requested\n2021-01-22 role role=panel person=b\n"
        "2021-01-25 stage3.panel_held",
        "2021-01-26 stage3.answered",
        "needs 2 × panel member",
    ),
    # the end
    ("sandwell", SENT, "2021-01-06 closed", "needs a reason."),
    ("sandwell", ANSWERED, "2021-01-07 closed", "Decide at least one point"),
    ("sandwell", UPHELD, "2021-01-07 closed", "A point was upheld: record the remedy Apology or Explanation first"),
    (
        "dudley",
        f"{UPHELD}\n2021-01-07 remedy remedy=explanation\n2021-01-07 remedy_done remedy=explanation",
        "2021-01-08 closed",
        "record the remedy Apology first",
    ),
    (
        "sandwell",
        f"{UPHELD}\n2021-01-07 remedy remedy=apology",
        "2021-01-08 closed",
        "Promised and not yet done: Apology. Record “remedy_done”, or why it is closed all the same.",
    ),
    (
        "sandwell",
        f"{UPHELD}\n2021-01-07 remedy remedy=payment",
        "2021-01-08 remedy_done remedy=payment",
        "must first be approved by: senior manager",
    ),
    (
        "sandwell",
        f"{UPHELD}\n2021-01-07 remedy remedy=payment",
        "2021-01-08 remedy_done remedy=apology",
        "“apology” was not promised on this record",
    ),
    (
        "sandwell",
        f"{SENT}\n2020-12-21 routed route=safeguarding why=x",
        "2020-12-22 closed why=x",
        "The designated officer has not been contacted",
    ),
    # contact
    (
        "sandwell",
        SENT,
        "2021-01-04 contact_planned plan=officer why=x until=2021-06-01 review=2021-03-01",
        "Warn the person first (“contact_warned”)",
    ),
]


@pytest.mark.parametrize(("name", "history", "tried", "why"), REFUSED)
def test_refused_in_words(name: str, history: str, tried: str, why: str) -> None:
    profile = load(name)
    happened = [event(line, number) for number, line in enumerate(history.splitlines())]
    said = refusal(profile, fold(profile, happened), event(tried, 99))
    assert said is not None
    assert why in said


CAUTIONS = [
    ("sandwell", SENT, "2021-01-04 extended clock=stage1.response why=workload", "not an acceptable reason"),
    ("sandwell", SENT, "2021-01-11 extended clock=stage1.response why=complex", "The limit passed on 2021-01-07"),
    ("sandwell", ANSWERED, "2021-02-04 stage2.requested", "Asked for after 2021-02-03: a person decides"),
    ("dudley", "", "2021-01-04 filed kind=complaint happened=2020-01-02", "Older than 12 months: a person decides"),
]


@pytest.mark.parametrize(("name", "history", "tried", "why"), CAUTIONS)
def test_taken_with_a_caution(name: str, history: str, tried: str, why: str) -> None:
    profile = load(name)
    state = fold(profile, [event(line, number) for number, line in enumerate(history.splitlines())])
    new = event(tried, 99)
    assert refusal(profile, state, new) is None
    assert any(why in caution for caution in cautions(profile, state, new))


def test_twelve_months_count_from_when_they_found_out() -> None:
    profile = load("together-for-children")
    told = event("2021-01-04 filed kind=complaint happened=2018-05-01 aware=2020-06-01")
    assert cautions(profile, fold(profile, []), told) == ()
