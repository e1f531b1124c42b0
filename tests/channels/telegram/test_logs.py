"""Nothing of a person, and no secret, in a log."""

from __future__ import annotations

from tests.channels.telegram import payloads as p
from tests.channels.telegram.conftest import Running
from tests.channels.telegram.standin import TOKEN


def test_no_words_names_numbers_or_tokens_in_the_log(both: Running) -> None:
    person = both.someone()
    both.api.fail("sendMessage", "500", "nonsense")
    person.says("/start")
    person.says("Zebedee Quillfeather hits me with a belt")
    both.api.fail("sendMessage", "400")
    person.says("please come to Peppercorn Lane")
    both.api.fail("answerCallbackQuery", "400")
    person.presses(p_first(person.screen[-1]))
    both.api.fail("getFile", "400")
    person.send(p.photo(next(both.updates), person.chat, caption="My bruise Peppercorn"))
    if not both.polling:
        both.webhook(p.text(next(both.updates), "Zebedee"), "wrong")
        both.webhook({"update_id": 1, "message": {"text": "Zebedee"}})
    log = both.server.log.getvalue()
    assert "a channel refused something" in log
    secrets = (TOKEN, TOKEN.partition(":")[2], str(person.chat), str(both.api.webhook.get("secret_token", TOKEN)))
    for planted in ("Zebedee", "Quillfeather", "Peppercorn", "Marigold", "marigoldq", "bruise", "who=", *secrets):
        assert planted not in log, planted


def p_first(message: dict[str, object]) -> str:
    """What the first button carries."""
    rows = message["reply_markup"]["inline_keyboard"]  # type: ignore[index]  # a keyboard is there
    return str(rows[0][0]["callback_data"])
