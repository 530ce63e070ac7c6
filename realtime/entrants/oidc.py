"""The identity provider: its addresses and keys, the way to it with PKCE, and what its signed word says.

Never decides who a subject is here: `contest.provincial.sign_in` does. Only the operator's own issuer is ever asked.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from contest.settings import Settings

CALLBACK = "/api/oidc/callback"
_TIMEOUT_S = 10.0
_KEPT_S = 3600.0
_LEEWAY_S = 60
# No "none" and no shared secrets: a client's secret must not be able to sign for the provider.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class ProviderFailed(Exception):
    """The provider could not be asked, or its answer is not to be believed. Carries no personal data."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What this side remembers while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    url: str


@dataclass(frozen=True, slots=True)
class Word:
    """What the provider vouches for. `values` are its claims by the fields of the entry form."""

    issuer: str
    subject: str
    values: dict[str, str]


class Provider:
    """One issuer. Its description and keys are asked for when needed and kept for an hour."""

    def __init__(self, settings: Settings, callback: str) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer.rstrip("/")
        self._client_id, self._secret = settings.oidc_client_id, settings.oidc_client_secret
        self._claims = settings.oidc_claims
        self._callback = callback
        self._about: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def journey(self) -> Journey:
        """A fresh way to the provider. Raises ProviderFailed."""
        about = await self._description()
        state, nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "scope": self._scope(),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = str(about["authorization_endpoint"])
        joint = "&" if "?" in endpoint else "?"
        return Journey(state, nonce, verifier, endpoint + joint + urlencode(query))

    async def word(self, code: str, verifier: str, nonce: str) -> Word:
        """What the provider says about who came back with `code`. Raises ProviderFailed."""
        about = await self._description()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        auth = httpx.BasicAuth(self._client_id, self._secret) if self._secret else None
        answer = await self._ask("POST", str(about["token_endpoint"]), data=form, auth=auth)
        claims = await self._checked(str(answer.get("id_token", "")), nonce)
        return Word(self.issuer, str(claims["sub"]), self._values(claims))

    async def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "values": [self.issuer, self.issuer + "/"]},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
        )
        for fresh in (False, True):
            try:
                claims = jwt.decode(token, await self._key_set(fresh=fresh), algorithms=_ALGORITHMS).claims
                registry.validate(claims)
            except (JoseError, ValueError) as error:
                # Providers change their keys: once more with the newest ones.
                if fresh:
                    raise ProviderFailed(type(error).__name__) from None
                continue
            break
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise ProviderFailed("azp")
        return claims

    async def _description(self) -> dict[str, Any]:
        if self._about is None or time.monotonic() - self._about[0] > _KEPT_S:
            found = await self._ask("GET", f"{self.issuer}/.well-known/openid-configuration")
            named = str(found.get("issuer", "")).rstrip("/")
            if named != self.issuer or not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= found.keys():
                raise ProviderFailed("description")
            self._about = time.monotonic(), found
        return self._about[1]

    async def _key_set(self, *, fresh: bool) -> KeySet:
        if self._keys is None or fresh or time.monotonic() - self._keys[0] > _KEPT_S:
            found = await self._ask("GET", str((await self._description())["jwks_uri"]))
            self._keys = time.monotonic(), KeySet.import_key_set(found)  # type: ignore[arg-type]
        return self._keys[1]

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
                answer = await client.request(method, url, headers={"Accept": "application/json"}, **more)
            found = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(type(error).__name__) from None
        if not isinstance(found, dict):
            raise ProviderFailed(f"status {answer.status_code}")
        return found

    def _scope(self) -> str:
        wanted = set(self._claims.values())
        scopes = ["openid"]
        if wanted & {"name", "birthdate", "gender", "family_name", "given_name"}:
            scopes.append("profile")
        scopes += [one for one in ("email", "address") if one in wanted]
        if "phone_number" in wanted:
            scopes.append("phone")
        return " ".join(scopes)

    def _values(self, claims: Mapping[str, Any]) -> dict[str, str]:
        found = {field: claims.get(claim) for field, claim in self._claims.items()}
        return {field: value[:300] for field, value in found.items() if isinstance(value, str) and value}
