"""What the console is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from casework.procedure import Profile
from casework.report_model import Report
from locales.machine import Translator
from storage.sealer import Sealer
from storage.store import Store

if TYPE_CHECKING:
    from console.oidc import Client

#: Everything of the console lies under this path.
PREFIX = "/staff"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where staff may sign in besides: an OpenID Connect provider, found by discovery.

    issuer   its address, without /.well-known/openid-configuration
    secret   "" for a public client; PKCE is used in any case
    name     what its button says
    trust_email  believe its e-mail addresses though it does not say that it verified them
    """

    issuer: str
    client: str
    secret: str = field(default="", repr=False)
    name: str = "OpenID Connect"
    trust_email: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A number or bot of an organisation: ``channel`` "sms", "whatsapp" or "telegram"; its number, or its name."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Document:
    """A way to keep a report. ``name`` is a text of the console's catalogue."""

    name: str
    mime: str
    make: Callable[[Report], bytes]


@dataclass(frozen=True)
class Site:
    """The console of a deployment.

    profiles  organisation id -> its procedure
    clock     the time, aware
    base_url  the public address, "" to trust the Host header
    secure    False only for plain http on a loopback address: cookies then lack Secure
    proxies   networks of proxies whose X-Forwarded-For is believed
    provider  an OpenID Connect provider, None for none
    first     the code that lets the first administrator in while there are no staff, "" for none
    demonstration  how much of a demonstration is made, of a hundred; None: this is no demonstration, there is no tour
    translator  machine translation to read by, None for none
    alarm     sends one alert by apprise: (address, title, text) -> "" or a code of why it failed; None: it cannot
    kind      what an address for apprise begins with, "" for one that it does not know
    inside    whether such an address leads into the network of this deployment, where none may lead
    preview   how a channel would render a message: (channel, text, language) -> what its page of previews needs
    documents  ending of a file -> how a report becomes one: what it is called, its MIME type, ``make``
    ways      organisation -> its numbers and bots, for posters
    webhook_hosts  hosts of one's own network that webhooks may lead to
    picture   where the picture of a concept lies: (organisation, concept) -> address, "" where there is none
    """

    store: Store
    profiles: Mapping[str, Profile]
    clock: Callable[[], datetime]
    base_url: str = ""
    secure: bool = True
    proxies: tuple[str, ...] = ()
    provider: Provider | None = None
    first: str = ""
    demonstration: Callable[[], int] | None = None
    translator: Translator | None = None
    alarm: Callable[[str, str, str], str] | None = None
    kind: Callable[[str], str] | None = None
    inside: Callable[[str], bool] | None = None
    preview: Callable[[str, str, str], Any] | None = None
    documents: Mapping[str, Document] = field(default_factory=dict)
    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    webhook_hosts: tuple[str, ...] = ()
    picture: Callable[[str, str], str] | None = None

    @cached_property
    def client(self) -> Client | None:
        """Speaks with the provider; None where there is none."""
        from console.oidc import Client

        return Client(self.provider) if self.provider else None

    @property
    def sealer(self) -> Sealer:
        """Seals what belongs to staff."""
        return Sealer(self.store.vault.ring)
