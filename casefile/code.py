"""The code of a case: random to look at, the same again for a retried opening, and safe to read over the telephone."""

import hashlib
import hmac

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""

_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 10


def new_case_id(secret: bytes, seed: str) -> str:
    """Ten characters and a check character; the same secret and seed always give the same.

    The seed is the caller with its idempotency key. Without the secret nothing of it can be read from the code, and
    the code says nothing about country, year, order or person.
    """
    digest = hmac.digest(secret, seed.encode(), hashlib.sha256)
    number = int.from_bytes(digest[:8], "big")
    body = "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(_LENGTH))
    return body + _check(body)


def is_case_id(text: str) -> bool:
    """Whether this can be a case's code. One wrong character, or two that changed places, never pass."""
    return (
        len(text) == _LENGTH + 1
        and all(character in _VALUE for character in text)
        and _check(text[:_LENGTH]) == text[_LENGTH]
    )


def _check(body: str) -> str:
    # a polynomial over the field of 32 elements (x^5 + x^2 + 1): each place has a weight of its own, none is zero
    total = 0
    for character in body:
        total = _double(total) ^ _VALUE[character]
    return _ALPHABET[_double(total)]


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 32 else value
