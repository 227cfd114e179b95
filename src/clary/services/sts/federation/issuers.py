"""Where the keys of issuers are fetched and remembered: discovery document, then key set, over TLS.

A certificate of an authority that this machine trusts is accepted as it is; otherwise the provider's thumbprints decide
(CreateOpenIDConnectProvider, API reference: AWS does the same). Callers are not known when keys are fetched, so everything
is bounded: how often an issuer is asked, how many are asked at once, how much and how long they may answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

import orjson

from clary.access.identity import IdentityProvider
from clary.plane.https import NoDocument, Place, Unreachable, Untrusted, certificates_of, fetch, trusting
from clary.plane.outbound import Outbound
from clary.services.sts.federation import key_sets
from clary.services.sts.federation.jws import Malformed, Token
from clary.services.sts.federation.key_sets import Key

_FRESH = 300.0  # seconds for which keys are used without asking again
_PAUSE = 10.0  # seconds between two questions to one issuer, however many tokens name unknown keys
_MOST_ISSUERS = 256
_MOST_AT_ONCE = 16
_DISCOVERY = "/.well-known/openid-configuration"


class WrongCertificate(Unreachable):
    """The server's certificate matches no thumbprint of the provider."""


@dataclass(slots=True)
class _Known:
    """What is known of one issuer. `asked` is when it was asked, in epoch seconds."""

    keys: tuple[Key, ...] = ()
    asked: float = float("-inf")
    failed: Unreachable | None = None
    asking: asyncio.Task[None] | None = None

    def serves(self, token: Token, now: float) -> bool:
        """Whether what is known is enough to judge a token."""
        age = now - self.asked
        if self.failed is not None or not key_sets.candidates(token, self.keys):
            return 0 <= age < _PAUSE
        return 0 <= age < _FRESH


class Issuers:
    """The keys of all issuers, in one process. Used on the event loop alone."""

    def __init__(self, outbound: Outbound, ca_bundle: str) -> None:
        self._outbound = outbound
        self._ca_bundle = ca_bundle
        self._known: OrderedDict[tuple[str, ...], _Known] = OrderedDict()
        self._at_once = asyncio.Semaphore(_MOST_AT_ONCE)

    async def keys(self, provider: IdentityProvider, token: Token, now: float) -> tuple[Key, ...]:
        """Return the keys of a provider's issuer. Raise Unreachable, WrongCertificate, Malformed."""
        known = self._entry(provider)
        if not known.serves(token, now):
            # One question for all who wait. It goes on when a caller leaves, so that leaving early cannot repeat it.
            if known.asking is None or known.asking.done():
                known.asking = asyncio.create_task(self._ask(known, provider, now))
            await asyncio.shield(known.asking)
        if known.failed is not None:
            raise known.failed
        return known.keys

    def _entry(self, provider: IdentityProvider) -> _Known:
        name = (provider.arn, *provider.thumbprints)
        known = self._known.setdefault(name, _Known())
        self._known.move_to_end(name)
        if len(self._known) > _MOST_ISSUERS:
            self._known.popitem(last=False)
        return known

    async def _ask(self, known: _Known, provider: IdentityProvider, now: float) -> None:
        async with self._at_once:
            try:
                known.keys, known.failed = await self._fetched(provider), None
            except Unreachable as error:
                known.keys, known.failed = (), error
            except Malformed as error:
                known.keys, known.failed = (), NoDocument(str(error))
        known.asked = now

    async def _fetched(self, provider: IdentityProvider) -> tuple[Key, ...]:
        found = await self._document(f"https://{provider.url.rstrip('/')}{_DISCOVERY}", provider)
        return key_sets.parse(await self._document(_keys_of(found, provider), provider))

    async def _document(self, url: str, provider: IdentityProvider) -> bytes:
        try:
            place = Place.of(url)
        except ValueError:
            raise Malformed("the key set's URL is not https") from None
        try:
            tls = await asyncio.to_thread(_trusting_authorities, self._ca_bundle)
            return await fetch(self._outbound, place, tls)
        except Untrusted:
            pinned = await self._pinned(place, provider)
        try:
            return await fetch(self._outbound, place, pinned)
        except Untrusted as error:
            raise WrongCertificate(str(error)) from None

    async def _pinned(self, place: Place, provider: IdentityProvider) -> ssl.SSLContext:
        """Return a context that trusts the certificates of the provider's thumbprints which the server presents.

        That a server presents an authority's certificate proves nothing, so the chain is verified up to it.
        """
        presented = await certificates_of(self._outbound, place)
        trusted = [one for one in presented if _thumbprint(one) in provider.thumbprints]
        if not trusted:
            raise WrongCertificate("no thumbprint matches")
        return trusting(*trusted)


def _keys_of(document: bytes, provider: IdentityProvider) -> str:
    """Return the URL of the key set in a discovery document. Raise Malformed."""
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise Malformed("the discovery document is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("jwks_uri"), str):
        raise Malformed("the discovery document names no key set")
    if found.get("issuer") != f"https://{provider.url}":  # OpenID Connect Discovery 1.0, 4.3
        raise Malformed("the discovery document is of another issuer")
    return found["jwks_uri"]


@cache
def _trusting_authorities(ca_bundle: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_bundle or None)


def _thumbprint(certificate: bytes) -> str:
    return hashlib.sha1(certificate, usedforsecurity=False).hexdigest()
