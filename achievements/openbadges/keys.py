"""The keys that credentials are signed with: Ed25519 or RSA.

`OPEN_BADGES_KEY` holds private keys in PEM. The first one signs; the others signed before, and their public halves stay
published so that what they signed can still be checked. Without the setting there is a key made of `SECRET_KEY`, good
enough for development.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from achievements.openbadges.addresses import key_url

Private = Ed25519PrivateKey | RSAPrivateKey

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)
_LEAST_RSA_BITS = 2048


class BadKey(Exception):
    """`OPEN_BADGES_KEY` cannot be used; the text says why and shows nothing of it."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, with what is public of it: `jwk` without its id, and the thumbprint of RFC 7638."""

    private: Private
    jwk: dict[str, str]
    thumbprint: str

    @property
    def algorithm(self) -> str:
        return "RS256" if isinstance(self.private, RSAPrivateKey) else "EdDSA"

    @property
    def public(self) -> dict[str, str]:
        """The public key as a JWK, by the id that credentials call it by."""
        return {**self.jwk, "alg": self.algorithm, "use": "sig", "kid": key_url(self.thumbprint)}


def keys() -> list[SigningKey]:
    """The key that signs, then those that did before. Raises `BadKey`."""
    return list(_read(settings.OPEN_BADGES_KEY, settings.SECRET_KEY))


def sign(payload: dict[str, Any]) -> str:
    """A compact JWS of `payload`, by the first key."""
    key = keys()[0]
    headers = {"kid": key_url(key.thumbprint), "typ": "JWT"}
    return jwt.encode(payload, key.private, algorithm=key.algorithm, headers=headers)


@lru_cache(maxsize=4)
def _read(pem: str, secret: str) -> tuple[SigningKey, ...]:
    if not pem.strip():
        seed = hashlib.sha256(b"varde.openbadges:" + secret.encode()).digest()
        return (_key(Ed25519PrivateKey.from_private_bytes(seed)),)
    blocks = _PEM.findall(pem)
    if not blocks:
        raise BadKey("There is no PEM block in it.")
    return tuple(_key(_load(block)) for block in blocks)


def _load(block: str) -> Private:
    try:
        private = load_pem_private_key(block.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise BadKey("It is no private key in PEM without a password.") from error
    if isinstance(private, RSAPrivateKey) and private.key_size < _LEAST_RSA_BITS:
        raise BadKey(f"An RSA key needs at least {_LEAST_RSA_BITS} bits.")
    if not isinstance(private, Private):
        raise BadKey("It is neither an Ed25519 nor an RSA key.")
    return private


def _key(private: Private) -> SigningKey:
    if isinstance(private, RSAPrivateKey):
        jwk = _members(RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "e", "kty", "n")
    else:
        jwk = _members(OKPAlgorithm.to_jwk(private.public_key(), as_dict=True), "crv", "kty", "x")
    return SigningKey(private, jwk, _thumbprint(jwk))


def _members(jwk: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(jwk[name]) for name in names}


def _thumbprint(jwk: dict[str, str]) -> str:
    text = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
