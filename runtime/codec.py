"""The payload codec: everything Temporal keeps of a case is encrypted before it leaves the process."""

import dataclasses
import hashlib
import secrets
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

_ENCODING = b"binary/caseway-aes256gcm"
_NONCE_BYTES = 12
_SMALL, _COMPRESSED = b"0", b"1"
_WORTH_COMPRESSING = 1024
"""A case is some kilobytes of JSON that repeat themselves; its history keeps one copy a step."""


class PayloadRefused(ValueError):
    """A payload without our mark, under an unknown key, or changed. The only error of the codec."""


class EncryptingCodec(PayloadCodec):
    """AES-256-GCM. The first key encrypts; the others, older ones, only decrypt."""

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._ciphers = {_key_id(each): AESGCM(each) for each in (key, *older)}
        self._current = _key_id(key)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raise `PayloadRefused`: what we did not encrypt, we did not write."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = payload.SerializeToString()
        plain = _SMALL + plain if len(plain) < _WORTH_COMPRESSING else _COMPRESSED + zlib.compress(plain, 1)
        sealed = self._ciphers[self._current].encrypt(nonce, plain, self._current)
        return Payload(metadata={"encoding": _ENCODING, "key-id": self._current}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            raise PayloadRefused("a payload that is not encrypted by Caseway")
        key_id = payload.metadata.get("key-id", b"")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise PayloadRefused("a payload under a key that is not known here")
        try:
            plain = cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], key_id)
        except (InvalidTag, ValueError):
            raise PayloadRefused("a payload that was changed") from None
        return Payload.FromString(zlib.decompress(plain[1:]) if plain[:1] == _COMPRESSED else plain[1:])


def data_converter(key: bytes, *older: bytes) -> DataConverter:
    """The one converter for worker, API, replayer and tests: pydantic inside, encrypted outside, failures too."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptingCodec(key, *older),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _key_id(key: bytes) -> bytes:
    if len(key) != 32:
        raise ValueError("a payload key has 32 bytes")
    return hashlib.sha256(b"caseway payload key" + key).hexdigest()[:16].encode()
