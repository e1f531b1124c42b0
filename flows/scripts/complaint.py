"""Make a complaint: the essentials, read back and filed; then a few questions that filing never waits for."""

from flows.scripts import common, pictures
from flows.steps import C_, N_, Flow, Option, ReadBack, Tell, Text

CHECK = ReadBack(
    id="check",
    text=Text(
        N_("This is what you told us. To change a line, send its number. Shall we send it?"),
        child=C_("child", "This is what you told me. To change a line, send its number. Shall I send it?"),
        symbols=("read", "send"),
    ),
    send=Option("send", Text(N_("Send it")), symbol="send", like="yes"),
)
FLOW = Flow(
    id="complaint",
    menu=30,
    title=Text(N_("Make a complaint"), easy=C_("easy", "Complain")),
    kind="complaint",
    symbol="sad",
    steps=(
        common.WHO_SEES,
        common.HALFWAY,
        common.WHO,
        common.ROLE,
        common.AGE,
        common.BEHALF,
        common.BEHALF_WHO,
        common.BEHALF_AGREES,
        common.BEHALF_WORDS,
        common.ALONE,
        common.ALONE_LATER,
        common.STORY,
        common.WHEN,
        common.SERVICES,
        common.WANT,
        common.WORKER,
        common.ADVOCATE,
        common.ADVOCATE_WHO,
        common.ADVOCATE_WHY,
        common.CONTACT,
        common.DETAILS,
        CHECK,
        common.file_it("complaint"),
        Tell(
            id="receipt",
            text=Text(
                N_(
                    "Your complaint has arrived: {reference}. Your own number, to keep to yourself: {receipt}. "
                    "We write back by {acknowledge_by} and answer by {answer_by}. "
                    "Not happy then? You can take it further. To follow it or take it back, come here with your number."
                ),
                child=C_(
                    "child",
                    "It has arrived: {reference}. Your own secret number: {receipt}. "
                    "We write to you by {acknowledge_by}. We answer by {answer_by}. "
                    "Not happy then? Tell us. You can take it back at any time. Come here with your number.",
                ),
                symbols=("done", "key"),
            ),
        ),
        *pictures.AFTER_FILING,
        common.VISIT,
        *common.AFTERWARDS,
    ),
)
