"""What activities are handed, beyond the shapes of the engine."""

from sop.effects import Tell
from sop.shapes import Value


class Tells(Value):
    """Several things to tell, in one go."""

    tells: tuple[Tell, ...]
