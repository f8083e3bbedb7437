"""What a workflow hands to a local activity of the same process, by reference instead of as a payload.

A local activity always runs in the process of its workflow. A case of several kilobytes would otherwise be written as
JSON, encrypted, passed through the SDK's core, decrypted and read again, to end where it began. What is not here (it
always should be) fails the local activity; the ledger then goes the patient way, with a payload.
"""

from sop.events import Batch

_HANDED: dict[str, Batch] = {}


class NotHanded(Exception):
    """Nothing was handed over under this key in this process."""


def hand(key: str, batch: Batch) -> None:
    _HANDED[key] = batch


def taken(key: str) -> Batch:
    """What was handed over; raises `NotHanded`."""
    try:
        return _HANDED[key]
    except KeyError:
        raise NotHanded from None


def drop(key: str) -> None:
    _HANDED.pop(key, None)
