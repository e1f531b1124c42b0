"""What is done beside the stages: asking for more, consent, support, safety, who is told. It moves no stage.

Sources: the documents behind the profiles (``docs/procedures.md``): Dudley (consent and understanding, a visit, too
little detail, the reviewing officer), Sunderland (contact that is limited), Action for Children (partner agencies),
Children's Links (staff who are named). For advocates see ``casework.helping``.
"""

from __future__ import annotations

from collections.abc import Iterator

from casework.helping import helping
from casework.procedure import Move

#: Also when the record is closed.
ALWAYS = ("*",)
#: What a child or whoever is spoken for may answer, and what a person may decide without an answer.
CONSENTS = ("agrees", "does_not_agree", "own_right", "case_by_case")
#: What a partner agency may answer when it is asked whether it looks into it too.
PARTNERS = ("joint", "own", "not", "refused")


def keeping() -> Iterator[Move]:
    """These moves, for every procedure."""
    yield Move(event="asked_more", name="Ask the person for more", needs=("what", "until"))
    yield Move(event="heard_more", name="They gave what was asked for", after=("asked_more",))
    yield Move(event="consent_asked", name="Ask for consent or the child's view", needs=("who", "until"))
    yield Move(event="consent", name="Record consent or the child's view", needs=("who", "answer", "how"))
    yield Move(event="visit_offered", name="Offer a visit: the answer", needs=("answer",))
    yield Move(event="reviewing_officer", name="The reviewing officer was told", at=ALWAYS, needs=("who", "agreed"))
    yield Move(event="partner_asked", name="Ask a partner agency whether it looks into it", needs=("agency", "answer"))
    yield Move(event="support_offered", name="Support offered to a member of staff", at=ALWAYS, needs=("who", "what"))
    yield Move(event="objected", name="The person objects to somebody answering", needs=("person", "why"))
    yield Move(event="named_settled", name="Settle who it is about", at=ALWAYS, needs=("why",))
    yield Move(
        event="allegation_settled",
        name="No allegation against an adult who works with children",
        at=ALWAYS,
        needs=("who", "why"),
    )
    yield Move(event="replied", name="Wrote to the person", at=ALWAYS, needs=("what",))
    yield Move(event="contact_settled", name="Settle how and when to reach the person", at=ALWAYS, needs=("why",))
    yield Move(event="contact_ended", name="End contact, in writing with reasons", needs=("why", "by"))
    yield from helping()
