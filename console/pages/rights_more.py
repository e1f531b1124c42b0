"""What else is decided about a copy before it is released: what is not in it, and whether it takes longer."""

from __future__ import annotations

from aiohttp import web

from casework import withholding
from console.page import Pages
from console.pages.rights_requests import WHY, changing, read_through, reviewed, wanted
from console.request import Request
from storage import rights_requests
from storage.rights_requests import NoLonger

pages = Pages()


@pages.post("/rights/{request}/files", "rights.manage", audit="rights.files")
async def files(ask: Request) -> web.StreamResponse:
    """What is ticked is left out, each with the reason."""
    one = await wanted(ask)
    known = await read_through(ask, one)
    numbers = {file["id"]: number for number, file in enumerate((f for r in known[0] for f in r["files"]), 1)}
    # A file that came only since the page was drawn is in the copy unless it was left out: nobody has heard it.
    decided = {name: why for name, why in one.without.items() if name in numbers}
    for name in ask.chosen("shown", numbers):
        decided.pop(name, None)
    for name in ask.chosen("leave", numbers):
        decided[name] = ask.text(f"leave {name}", WHY)
        if not decided[name]:
            ask.errors.add(f"leave-{numbers[name]}", ask.say("Write why this file is left out"))
    if ask.errors:
        return await reviewed(ask, one, known=known)
    vault = ask.site.store.vault
    return await changing(ask, one, lambda db: rights_requests.leave_out(db, vault, one, decided), ask.say("Saved."))


@pages.post("/rights/{request}/withhold", "rights.manage", audit="rights.withhold")
async def withhold(ask: Request) -> web.StreamResponse:
    """What is ticked is left out. What is ticked anew has one reason, chosen once, and words."""
    one = await wanted(ask)
    known = await read_through(ask, one)
    there = [entry["entry"] for entry in withholding.entries(known[0])]
    ticked = ask.chosen("apart", there)
    # What somebody else left out since the page was drawn was not in it, and stays.
    let_in = set(ask.chosen("was", there)) - set(ticked)
    decided = {entry: why for entry, why in one.withheld.items() if entry in there and entry not in let_in}
    new = [entry for entry in ticked if entry not in decided]
    reason, words = next(iter(ask.chosen("reason", withholding.REASONS)), ""), ask.text("words", WHY)
    if new and not reason:
        ask.errors.add("reason", ask.say("Choose why it is left out"))
    if new and not words:
        ask.errors.add("words", ask.say("Write why, so that whoever asks can be told"))
    if ask.errors:
        return await reviewed(ask, one, known=known)
    vault, all_of = ask.site.store.vault, decided | dict.fromkeys(new, (reason, words))
    return await changing(ask, one, lambda db: rights_requests.withhold(db, vault, one, all_of), ask.say("Saved."))


@pages.post("/rights/{request}/longer", "rights.manage", audit="rights.extend")
async def longer(ask: Request) -> web.StreamResponse:
    """Two months more, with the reason that the person is told."""
    one = await wanted(ask)
    why = ask.text("longer", WHY)
    if not why:
        ask.errors.add("longer", ask.say("Write why it takes longer: the person is told"))
        return await reviewed(ask, one)
    vault, now = ask.site.store.vault, ask.now
    try:
        return await changing(
            ask, one, lambda db: rights_requests.extend(db, vault, one, why, now),
            ask.say("Saved. Tell the person now that it takes longer, why, and that the regulator can look at it."),
        )  # fmt: skip
    except NoLonger:
        ask.errors.add("longer", ask.say("More time was taken before, or its last day is over"))
        return await reviewed(ask, one)
