"""Why a delivery failed, as a code."""


class Undelivered(Exception):
    """`code` is of ours and never holds an address or a word of the other side; `final`: trying again cannot help."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final
