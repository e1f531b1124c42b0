"""Tell us how things are: informal feedback, which can become a complaint later."""

from flows.scripts import common, pictures
from flows.steps import C_, N_, Flow, Tell, Text

#: Said too where it was told with pictures.
RECEIPT = Tell(
    id="receipt",
    text=Text(
        N_(
            "Thank you, it has arrived: {reference}. Your own number, to keep to yourself: {receipt}. "
            "By {acknowledge_by} a person contacts you, if you want that, to check that we understood, "
            "and tells you your rights. You can still make it a complaint."
        ),
        child=C_(
            "child",
            "Thank you, it has arrived: {reference}. Your own secret number: {receipt}. "
            "By {acknowledge_by} a person asks you if we got it right, if you want that. "
            "You can still make it a complaint.",
        ),
        symbols=("done", "key"),
    ),
)
FLOW = Flow(
    id="informal",
    menu=20,
    title=Text(
        N_("Tell us how things are"),
        easy=C_("easy", "Tell us something"),
    ),
    kind="informal",
    symbol="talk",
    steps=(
        common.WHO_SEES,
        common.HALFWAY,
        common.WHO,
        common.ROLE,
        common.AGE,
        common.ALONE,
        common.ALONE_LATER,
        common.STORY,
        common.SERVICES,
        common.FEELING,
        common.WANT,
        common.ADVOCATE,
        common.ADVOCATE_WHO,
        common.ADVOCATE_WHY,
        common.CONTACT,
        common.DETAILS,
        common.file_it("informal"),
        RECEIPT,
        *pictures.AFTER_FILING,
        *common.AFTERWARDS,
    ),
)
