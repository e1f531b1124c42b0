"""What stands on a campaign's poster: texts of the public's catalogue, in every language that is offered."""

from __future__ import annotations

from casework.letters import N_

SAY = N_("Tell us what is good, what is not, or your idea.")
TEXT = N_("Send this word by text message to {number}")
WHATSAPP = N_("Send this word on WhatsApp to {number}")
TELEGRAM = N_("On Telegram: {address}")
SCAN = N_("Scan this with a phone")
OPEN = N_("or open {address}")
FREE = N_("You need not say who you are.")
FROM_TO = N_("From {opens} to {closes}")
UNTIL = N_("Until {closes}")
EMERGENCY = N_("Nobody may be reading at once. In danger now? Call {emergency}.")
