"""What the web chat is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.photographs import Photograph
from bot.symbols import Symbols
from casework.offer import Face
from casework.privacy import Part
from storage.looking import Looking
from storage.media import MediaStore
from storage.talks import Talks
from storage.turns import Writer

#: The name of this channel, and of its only endpoint, in ``Inbound``.
CHANNEL = "web"
ENDPOINT = "web"
#: Colour sets of ``static/chat.css``, taken in turn by organisations that name none.
PALETTES = ("plum", "teal", "blue", "berry", "green")
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """One organisation's chat, served under ``/<id>/``.

    names     its name in other languages, where it has one: language code -> name
    leave_to  a neutral page that Leave now opens; must be an https address
    palette   one of PALETTES; "" for the next in turn
    entries   keyword of a poster or link -> what it preselects (``?from=keyword``)
    numbers   help lines, as they are written -> "tel:…" or "sms:…"
    notice    its privacy notice, for each age
    faces     who may be turned to; those that may be shown are ``Site.faces``
    photographs  id of a face -> its photograph
    """

    id: str
    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    emergency: str = "999"
    leave_to: str = "https://www.bbc.co.uk/weather"
    palette: str = ""
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    notice: tuple[Part, ...] = ()
    faces: tuple[Face, ...] = ()
    photographs: Mapping[str, Photograph] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.leave_to.startswith("https://"):
            raise ValueError(f"leave_to of {self.id} must begin with https://, not {self.leave_to!r}")

    def called(self, language: str) -> str:
        """The name in a language."""
        return self.names.get(language, self.name)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language offered: code, its own name, and whether it is written from right to left."""

    code: str
    name: str
    rtl: bool = False


@dataclass(frozen=True)
class Site:
    """The web chat of a deployment.

    places      organisation id -> Place, in the order they are listed
    tongues     the languages offered, the default first
    translate   (language, English message id, context = "") -> text
    word        (language, command) -> what to type for an anytime command (``flows.anytime.COMMANDS``)
    base_url    the public address, "" to trust the Host header
    secure      False only for plain http on a loopback address: cookies then lack Secure
    largest     bytes one file may have
    demonstration  every page says that nobody here is real
    symbols     the pictures of concepts, for people who do not read
    """

    places: Mapping[str, Place]
    tongues: tuple[Tongue, ...]
    translate: Callable[..., str]
    word: Callable[[str, str], str]
    writer: Writer
    talks: Talks
    files: MediaStore
    looking: Looking
    clock: Callable[[], datetime]
    base_url: str = ""
    secure: bool = True
    largest: int = 25 * MB
    largest_words: int = 20_000
    demonstration: bool = False
    symbols: Symbols = field(default_factory=Symbols)

    def palette(self, place: Place) -> str:
        """The colour set of an organisation."""
        return place.palette or PALETTES[list(self.places).index(place.id) % len(PALETTES)]

    def faces(self, place: Place) -> tuple[Face, ...]:
        """Who may be turned to: only in a demonstration somebody invented, whose number would help no child."""
        return tuple(face for face in place.faces if self.demonstration or not face.demonstration)

    def tongue(self, code: str) -> Tongue:
        """The language of that code, or the default one."""
        return next((tongue for tongue in self.tongues if tongue.code == code), self.tongues[0])
