"""Sealing: AES-256-GCM with everything that a ciphertext belongs to bound into it."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import Unreadable

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plain: bytes, *belongs_to: str) -> bytes:
    """Format byte, nonce, ciphertext. It opens only with the same key and the same `belongs_to`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, _bound(belongs_to))


def unseal(key: bytes, sealed: bytes, *belongs_to: str) -> bytes:
    """Raise `Unreadable` for another key, another owner, or a changed byte; which of them is not told."""
    if sealed[:1] != _FORMAT:
        raise Unreadable("the ciphertext has an unknown format")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(belongs_to))
    except (InvalidTag, ValueError):
        raise Unreadable("the ciphertext does not open here") from None


def _bound(belongs_to: tuple[str, ...]) -> bytes:
    # lengths first, so that ("ab", "c") and ("a", "bc") differ
    return _FORMAT + b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in belongs_to)
