"""OpenID Connect, as a client: discovery, authorization code with PKCE, and the check of what comes back.

Sources: OpenID Connect Core 1.0 (3.1.3.7), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp

from console.site import Provider

if TYPE_CHECKING:  # a quarter of a second of every start, and most organisations have no provider
    from joserfc.jwk import KeySet

#: Signatures that are believed; none that somebody without the private key can make.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512", "PS384", "PS512"]
#: Seconds that discovery and keys are kept, and that clocks may differ.
KEPT, LEEWAY = 3600.0, 120
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Refused(Exception):
    """The provider cannot be used, or what it sent does not fit; says nothing about the person."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where to send the browser, and what its session has to remember."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Who:
    """Who came back: ``email`` is "" unless the provider says that it is theirs.

    signed_in  when they gave what they sign in with there (seconds since 1970), 0 where the provider does not say
    """

    issuer: str
    subject: str
    email: str
    signed_in: float = 0.0

    def lately(self, seconds: float) -> bool:
        """Whether that was not longer ago than this."""
        return self.signed_in > time.time() - seconds - LEEWAY


class Client:
    """One provider. Its answers are kept for an hour; keys are asked for again when a signature names a new one."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._found: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self, back: str, *, again: bool = False) -> Begun:
        """``back``: the address to come back to. ``again``: ask for everything anew. Raises Refused."""
        found = await self._discover()
        begun = (secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun[2].encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.provider.client,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": begun[0],
            "nonce": begun[1],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if again:
            query |= {"prompt": "login", "max_age": "0"}
        start = str(found["authorization_endpoint"])
        return Begun(f"{start}{'&' if '?' in start else '?'}{urlencode(query)}", *begun)

    async def finish(self, code: str, back: str, *, nonce: str, verifier: str) -> Who:
        """The person whose code this is. Raises Refused."""
        found = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.provider.client,
            "code_verifier": verifier,
        }
        headers = {}
        ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self.provider.secret and "client_secret_basic" in ways:
            pair = f"{quote(self.provider.client, safe='')}:{quote(self.provider.secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif self.provider.secret:
            form["client_secret"] = self.provider.secret
        answer = await self._json("POST", str(found["token_endpoint"]), data=form, headers=headers)
        claims = await self._claims(str(answer.get("id_token", "")))
        self._check(claims, nonce)
        trusted = claims.get("email_verified", self.provider.trust_email) is True
        at = claims.get("auth_time")
        signed_in = float(at) if isinstance(at, (int, float)) else 0.0
        return Who(str(claims["iss"]), str(claims["sub"]), str(claims.get("email", "")) if trusted else "", signed_in)

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Core 3.1.3.7."""
        audience = claims.get("aud")
        meant = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
        now = time.time()
        for right, said in (
            (claims.get("iss") == self.provider.issuer, "another issuer"),
            (self.provider.client in meant, "another audience"),
            (len(meant) == 1 or claims.get("azp") == self.provider.client, "another party"),
            (isinstance(claims.get("exp"), (int, float)) and claims["exp"] > now - LEEWAY, "too late"),
            (isinstance(claims.get("iat"), (int, float)) and claims["iat"] < now + LEEWAY, "from the future"),
            (bool(nonce) and secrets.compare_digest(str(claims.get("nonce", "")), nonce), "another sign-in"),
            (bool(claims.get("sub")), "nobody"),
        ):
            if not right:
                raise Refused(f"the identity token is for {said}" if said.startswith("an") else f"the token is {said}")

    async def _claims(self, token: str) -> Mapping[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        for fresh in (False, True):
            keys = await self._key_set(fresh=fresh)
            try:
                return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError) as error:
                if fresh:
                    raise Refused(f"the identity token cannot be read ({type(error).__name__})") from None
        raise Refused("the identity token cannot be read")

    async def _discover(self) -> Mapping[str, Any]:
        if self._found is None or time.monotonic() - self._found[0] > KEPT:
            address = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._json("GET", address)
            if found.get("issuer") != self.provider.issuer:
                raise Refused(f"the provider calls itself {found.get('issuer')!r}; write that as HEARBACK_OIDC_ISSUER")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not str(found.get(name, "")).startswith(("https://", "http://127.0.0.1", "http://localhost")):
                    raise Refused(f"the provider names no {name} by https")
            self._found = time.monotonic(), found
        return self._found[1]

    async def _key_set(self, *, fresh: bool) -> KeySet:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if fresh or self._keys is None or time.monotonic() - self._keys[0] > KEPT:
            found = await self._json("GET", str((await self._discover())["jwks_uri"]))
            try:
                self._keys = time.monotonic(), KeySet.import_key_set(found)  # type: ignore[arg-type]  # checked by it
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise Refused(f"the provider's keys cannot be read ({type(error).__name__})") from None
        return self._keys[1]

    async def _json(self, method: str, address: str, **given: Any) -> Mapping[str, Any]:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as client,
                client.request(method, address, allow_redirects=False, **given) as answer,
            ):
                if answer.status != 200:
                    raise Refused(f"the provider answered {answer.status}")
                found = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Refused(f"the provider cannot be reached ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise Refused("the provider answered something else")
        return found
