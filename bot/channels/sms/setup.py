"""Whether a number is set up right: what can be seen at the start, and what Twilio says when asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from twilio.rest import Client

from bot.channels.contract import Account, Finding
from bot.channels.sms import emptying, whatsapp
from bot.channels.sms.rest import Rest
from bot.message import SendError

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def refuse_unusable(account: Account) -> None:
    """Raises ValueError, in words, for an account that could never work."""
    values = account.values
    where = f"The text message endpoint {account.id!r}"
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", values["account_sid"]):
        raise ValueError(
            f"{where}: account_sid is not an Account SID; it begins with AC and stands in Twilio's console."
        )
    if not (values.get("number") or values.get("messaging_service_sid")):
        raise ValueError(f"{where}: give it number or messaging_service_sid.")
    for field in ("number", "whatsapp"):
        if field in values and not _NUMBER.fullmatch(values[field]):
            raise ValueError(
                f"{where}: {field} must be a telephone number like +447700900123. A sender's name cannot be answered."
            )
    try:
        emptying.after(values)
        whatsapp.templates(values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}.") from None
    service = values.get("messaging_service_sid", "MG" + "0" * 32)
    if not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
        raise ValueError(f"{where}: messaging_service_sid begins with MG and stands in Twilio's console.")


async def check(account: Account, rest: Rest, webhook: str) -> list[Finding]:
    """Asks Twilio; ``webhook`` is where it should send texts."""
    values = account.values
    found: list[Finding] = []
    try:
        state = await rest.call(lambda client: client.api.v2010.accounts(values["account_sid"]).fetch())
        found.append(("ok", "Twilio accepts the Account SID and Auth Token."))
        if state.status != "active":
            found.append(("wrong", f"The Twilio account is {state.status}; see the messages in its console."))
        if state.type == "Trial":
            found.append(("note", "It is a trial account: it only texts numbers that were verified in the console."))
        if "messaging_service_sid" in values:
            found += await rest.call(lambda client: _service(client, values["messaging_service_sid"], webhook))
        else:
            found += await rest.call(lambda client: _number(client, values["number"], webhook))
        found += await _whatsapp(values, rest)
    except SendError as error:
        if error.code in ("timeout", "network"):
            return [*found, ("wrong", "Twilio cannot be reached from here. Is there a firewall or a proxy in between?")]
        return [
            *found,
            ("wrong", f"Twilio refuses the account (error {error.code}). Are SID and token of one account?"),
        ]
    if not webhook.startswith("https://"):
        found.append(("wrong", "Twilio can only reach an https address: set HEARBACK_BASE_URL to the public one."))
    found.append(_kept(emptying.after(values)))
    found.append(
        (
            "note",
            "Opt-out cannot be asked for. In the console, switch Advanced Opt-Out on and enter the texts of "
            "docs/channels.md, so that HELP brings help and STOP says that the complaint goes on.",
        )
    )
    return found


async def _whatsapp(values: Mapping[str, str], rest: Rest) -> list[Finding]:
    """Whom WhatsApp messages leave from, and whether they may after a day."""
    found: list[Finding] = []
    sid, on = values.get("messaging_service_sid", ""), "whatsapp" in values
    if sid and not (on or values.get("number")):
        pool = await rest.call(lambda client: client.messaging.v1.services(sid).channel_senders.list(limit=100))
        on = any((one.sender or "").startswith(whatsapp.PREFIX) for one in pool)
        found.append(
            ("ok", "WhatsApp messages leave from the sender in the messaging service's pool.")
            if on
            else ("note", "The messaging service has no WhatsApp sender in its pool: nobody can be answered there.")
        )
    templates = whatsapp.templates(values)
    for language, one in templates.items():
        found.append(await _template(rest, language, one))
    if templates:
        return found
    when = "WhatsApp is on" if on else "If people may write by WhatsApp: it is"
    lost = "what is to be said a day after a person's last message is a task for staff"
    return [*found, ("note", f"{when} without a template, so {lost}. docs/channels.md says how to get one.")]


async def _template(rest: Rest, language: str, sid: str) -> Finding:
    """One template as Twilio has it: approved, in this language, with nothing to be filled in."""
    what = f"The WhatsApp template of {language}"
    try:
        content = await rest.call(lambda client: client.content.v1.contents(sid).fetch())
        approval = await rest.call(lambda client: client.content.v1.contents(sid).approval_fetch().fetch())
    except SendError as error:
        if error.code == "20404":
            return "wrong", f"{what} is not a template of this account. Its SID stands in the Content Template Builder."
        raise
    stands = str((approval.whatsapp or {}).get("status", "unsubmitted"))
    says = " ".join(str((kind or {}).get("body", "")) for kind in (content.types or {}).values()).strip()
    if stands != "approved":
        return "wrong", f"{what} is {stands}, not approved: WhatsApp will not carry it."
    if (content.language or language).partition("_")[0].partition("-")[0] != language.partition("_")[0]:
        return "wrong", f"{what} is in another language ({content.language})."
    if "{{" in says:
        return "wrong", f"{what} has places to be filled in; Hearback fills none. Take the wording of docs/channels.md."
    return "ok", f"{what} is approved. Anybody who picks up the phone may read: “{says}”"


def _kept(after: timedelta | None) -> Finding:
    if after is None:
        return "note", "Twilio keeps what was written, also of whoever is erased here: redact is “never”."
    return "ok", f"Twilio is asked to empty each message after {after // timedelta(hours=1)} hours."


def _number(client: Client, number: str, webhook: str) -> list[Finding]:
    numbers = client.incoming_phone_numbers.list(phone_number=number, limit=1)
    if not numbers:
        return [("wrong", "This number does not belong to the account. Buy it there, or correct the endpoint.")]
    found: list[Finding] = []
    if not (numbers[0].capabilities or {}).get("sms", True):
        found.append(("wrong", "This number cannot send texts. Choose one with SMS in the console."))
    return [*found, _address(numbers[0].sms_url, numbers[0].sms_method, webhook, "the number")]


def _service(client: Client, sid: str, webhook: str) -> list[Finding]:
    service = client.messaging.v1.services(sid).fetch()
    if service.use_inbound_webhook_on_number:
        return [("note", "The messaging service leaves texts to each number's own webhook; see that they are set.")]
    return [_address(service.inbound_request_url, service.inbound_method, webhook, "the messaging service")]


def _address(given: str | None, method: str | None, webhook: str, what: str) -> Finding:
    if (given or "").partition("#")[0] != webhook:
        return "wrong", f"Texts do not come here: set the webhook of {what} to {webhook} (HTTP POST)."
    if (method or "POST").upper() != "POST":
        return "wrong", f"Set the webhook of {what} to HTTP POST."
    return "ok", f"Texts come here: {webhook}."
