"""What can go wrong in the store, each with a code that never changes."""

from typing import ClassVar


class StoreError(Exception):
    """Something the caller can answer; never carries a stored value."""

    code: ClassVar[str] = "store_error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class DatabaseUnavailable(StoreError):
    """The server does not answer; the same call may be tried again, everything here may be done twice."""

    code: ClassVar[str] = "database_unavailable"


class VersionTaken(StoreError):
    """This name and version was published with another content; a published version never changes."""

    code: ClassVar[str] = "version_taken"


class RecordTaken(StoreError):
    """This record id already holds other particulars; records are never rewritten."""

    code: ClassVar[str] = "record_taken"


class Unreadable(StoreError):
    """The ciphertext does not open: another root key, a moved or a changed ciphertext."""

    code: ClassVar[str] = "unreadable"


class CaseErased(StoreError):
    """The key of this case was destroyed; nothing may be written under it again."""

    code: ClassVar[str] = "case_erased"
