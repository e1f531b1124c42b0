"""What Twilio posts, as it was posted, and what we make of it. Numbers are from Ofcom's range for fiction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.sms import entered, parse
from tests.channels.twilio import NUMBER, SID, account

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
TEXT = {
    "ToCountry": "GB", "ToState": "", "SmsMessageSid": "SM4d1c7ce0c8a5f8a2b9f0f1e2d3c4b5a6", "NumMedia": "0",
    "ToCity": "", "FromZip": "", "SmsSid": "SM4d1c7ce0c8a5f8a2b9f0f1e2d3c4b5a6", "FromState": "",
    "SmsStatus": "received", "FromCity": "", "Body": "Nobody rings me back", "FromCountry": "GB", "To": NUMBER,
    "ToZip": "", "NumSegments": "1", "MessageSid": "SM4d1c7ce0c8a5f8a2b9f0f1e2d3c4b5a6", "AccountSid": SID,
    "From": "+447700900123", "ApiVersion": "2010-04-01",
}  # fmt: skip
WHATSAPP = {
    **TEXT, "From": "whatsapp:+447700900123", "To": f"whatsapp:{NUMBER}", "ProfileName": "A name",
    "WaId": "447700900123",
    "MessageType": "text", "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"A name"}}}',
}  # fmt: skip
SERVICE = {**TEXT, "MessagingServiceSid": "MG" + "0" * 32}
PICTURE = {
    **TEXT, "MessageSid": "MM4d1c7ce0c8a5f8a2b9f0f1e2d3c4b5a6", "Body": "", "NumMedia": "1",
    "MediaContentType0": "image/jpeg", "MediaUrl0": f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1",
}  # fmt: skip


def made(form: Mapping[str, str]) -> Any:
    return parse({name: [value] for name, value in form.items()}, account(), AT)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (TEXT, {"text": "Nobody rings me back", "sender": "+447700900123", "event": ""}),
        (SERVICE, {"text": "Nobody rings me back", "endpoint": "dudley", "organisation": "dudley"}),
        (WHATSAPP, {"text": "Nobody rings me back", "sender": "whatsapp:+447700900123", "channel": "sms"}),
        (PICTURE, {"text": "", "event": "", "external_id": "MM4d1c7ce0c8a5f8a2b9f0f1e2d3c4b5a6"}),
        ({**TEXT, "Body": "  \n"}, {"text": "", "event": "open"}),
        ({**TEXT, "Body": "Stop it!", "OptOutType": "STOP"}, {"text": "STOP"}),
        ({**TEXT, "Body": "توقف", "OptOutType": "STOP"}, {"text": "STOP"}),
        ({**TEXT, "Body": "info", "OptOutType": "HELP"}, {"text": "HELP"}),
        ({**TEXT, "Body": "unstop", "OptOutType": "START"}, {"text": "START"}),
        ({**TEXT, "Body": "hello", "OptOutType": "SOMETHING NEW"}, {"text": "hello"}),
        ({**TEXT, "NumMedia": "٣"}, {"text": "Nobody rings me back"}),
        ({**TEXT, "NumMedia": "-1", "From": " +447700900123 "}, {"sender": "+447700900123"}),
    ],
)
def test_what_is_made_of_it(form: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    inbound = made(form)
    assert {name: getattr(inbound, name) for name in wanted} == wanted and inbound.at == AT


@pytest.mark.parametrize(
    "change",
    [{"MessageSid": "", "SmsSid": ""}, {"From": ""}, {"AccountSid": "AC" + "2" * 32}, {"MessageSid": "../../x"}],
)
def test_what_is_no_message_of_ours(change: Mapping[str, str]) -> None:
    with pytest.raises(ValueError):
        made({**TEXT, **change})


def test_a_keyword_in_front_preselects_and_is_no_part_of_what_they_say() -> None:
    entries = {"maple": {"services": "maple_house"}}
    asked = entered(made({**TEXT, "Body": "Maple the food is cold"}), entries)
    assert (asked.text, asked.entry, asked.event) == ("the food is cold", entries["maple"], "")
    alone = entered(made({**TEXT, "Body": " MAPLE "}), entries)
    assert (alone.text, alone.entry, alone.event) == ("", entries["maple"], "open")
    other = made({**TEXT, "Body": "maples are trees"})
    assert entered(other, entries) == other
