"""The codec hides everything, opens only what it made, and says so with one error."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ApplicationError

from runtime.codec import EncryptingCodec, PayloadRefused, data_converter

OLD, NEW = b"o" * 32, b"n" * 32


async def test_a_value_comes_back_and_is_unreadable_in_between() -> None:
    converter = data_converter(NEW)
    (payload,) = await converter.encode(["canary"])
    assert b"canary" not in payload.SerializeToString()
    assert await converter.decode([payload], [str]) == ["canary"]
    (again,) = await converter.encode(["canary"])
    assert again.data != payload.data


async def test_an_older_key_still_opens() -> None:
    sealed = await EncryptingCodec(OLD).encode([Payload(data=b"x")])
    assert (await EncryptingCodec(NEW, OLD).decode(sealed))[0].data == b"x"
    with pytest.raises(PayloadRefused, match="key"):
        await EncryptingCodec(NEW).decode(sealed)


async def test_plain_or_changed_payloads_are_refused() -> None:
    codec = EncryptingCodec(NEW)
    (sealed,) = await codec.encode([Payload(data=b"x")])
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    for bad in (Payload(metadata={"encoding": b"json/plain"}, data=b'"x"'), Payload(), sealed):
        with pytest.raises(PayloadRefused):
            await codec.decode([bad])
    with pytest.raises(ValueError, match="32 bytes"):
        EncryptingCodec(b"short")


async def test_the_words_of_a_failure_are_hidden_too() -> None:
    from temporalio.api.failure.v1 import Failure

    failure = Failure()
    await data_converter(NEW).encode_failure(ApplicationError("canary", "canary detail", type="CODE"), failure)
    assert b"canary" not in failure.SerializeToString()
