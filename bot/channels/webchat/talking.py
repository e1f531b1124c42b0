"""Between the page and the store: what is said goes to the writer, what may be shown comes back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.webchat import guard, intake
from bot.channels.webchat.site import CHANNEL, ENDPOINT, Place, Site
from bot.channels.webchat.view import View, look
from flows.anytime import COMMANDS
from flows.arriving import AWAY_PAGE
from flows.session import Media
from storage.database import NotSaved
from storage.post import Inbound
from storage.talks import Item, Talk

log = structlog.get_logger()

#: Errors that mean "not committed": the person is told so, with status 503.
UNSAVED = (NotSaved, OSError, SQLAlchemyError)


def unsaved(error: BaseException) -> None:
    """Only the kind of error is logged: its text may hold what the person wrote."""
    log.error("webchat.not_saved", error=type(error).__name__)


class Talking:
    """One site's talks. Reading happens in threads, so that a slow disk holds up nobody else."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def find(self, place: Place, held: str) -> Talk | None:
        """The open talk of a credential; None when there is none or it was given up."""
        if not held:
            return None
        return await asyncio.to_thread(self.site.talks.find, place.id, CHANNEL, ENDPOINT, guard.sender(held))

    async def since(self, talk: Talk, seq: int) -> Sequence[Item]:
        """Entries of the log after ``seq`` that may be shown."""
        return await asyncio.to_thread(self.site.talks.since, talk, seq)

    def idle(self, talk: Talk) -> bool:
        """Whether nothing is shown until they say that it is they: the phone may have changed hands."""
        return self.site.clock() - talk.last > AWAY_PAGE

    async def view(self, talk: Talk) -> View:
        """Everything of a talk that may be shown, from its first entry on."""
        return look(await self.since(talk, 0))

    async def revoke(self, place: Place, held: str) -> None:
        """The credential opens nothing any more; durable when this returns."""
        await asyncio.to_thread(
            self.site.talks.revoke, place.id, CHANNEL, ENDPOINT, guard.sender(held), self.site.clock()
        )

    def problem(self, posted: intake.Posted) -> str:
        """What is wrong with the words: a key of WORDS, or ""."""
        if len(posted.text) > self.site.largest_words:
            return "too_long"
        said = posted.text or posted.choices or posted.files or posted.get("command") in COMMANDS
        return "" if said or posted.get("do") == "open" else "empty"

    async def hear(
        self, place: Place, held: str, talk: Talk, posted: intake.Posted, media: tuple[Media, ...] = ()
    ) -> None:
        """Hand over what was said. Words beside a button are a message of their own: in a story they come before
        "that is all", beside ticked boxes they come after, where they answer what the choice leads to."""
        once = f"{posted.get('once')[:64]}-{posted.fingerprint()}"
        choice = "\n".join(posted.choices)
        if posted.get("do") == "open":
            await self.take(place, held, once, event="open")
        elif posted.get("command") in COMMANDS:
            language = talk.language or self.site.tongues[0].code
            await self.take(place, held, once, text=self.site.word(language, posted.get("command")))
        elif choice and (posted.text or media) and posted.get("first") == "text":
            await self.take(place, held, once, text=posted.text, media=media)
            await self.take(place, held, once + "-2", choice=choice)
        elif choice and posted.text:
            await self.take(place, held, once, choice=choice, media=media)
            if posted.get("do") == "say":
                await self.take(place, held, once + "-2", text=posted.text)
        else:
            await self.take(place, held, once, text=posted.text, choice=choice, media=media)

    async def take(
        self, place: Place, held: str, once: str, *, text: str = "", choice: str = "", media: tuple[Media, ...] = (),
        entry: Mapping[str, str] = {}, language: str = "", event: str = "",
    ) -> None:  # fmt: skip
        """Hand one thing to the store; returns when it is committed."""
        sender = guard.sender(held)
        inbound = Inbound(
            organisation=place.id,
            channel=CHANNEL,
            endpoint=ENDPOINT,
            sender=sender,
            external_id=f"{sender[:16]}-{once}",
            at=self.site.clock(),
            text=text,
            choice=choice,
            media=media,
            entry=entry,
            language=language,
            event=event,
        )
        await asyncio.wrap_future(self.site.writer.take(inbound))

    async def keep(self, place: Place, upload: intake.Upload) -> Media:
        """A file, sealed and durable. Raises Refused when it is not one that is taken."""
        return await asyncio.to_thread(
            self.site.files.store, place.id, io.BytesIO(upload.data), upload.name, upload.content_type
        )
