"""What the handbook says of clocks and fields beside the phrases: standing, all lengths, what a field takes."""

from sop.clocks import Clock
from sop.fields import Field
from workshop.phrases import Phrases


def how_long(phrases: Phrases, clock: Clock) -> str:
    """How long a clock runs, with the other lengths that facts bring about."""
    usual = phrases.say(clock.review) if clock.review else phrases.length(clock.length)
    others = [f"{phrases.length(one.length)} where {phrases.facts(one.when)}" for one in clock.variants]
    return "; ".join([usual, *others])


def standing_of(clock: Clock) -> str:
    """Whether a clock is law or an internal target; what is our own default is never called law."""
    if clock.source is not None and clock.source.evidence == "D":
        return "our default"
    return "law" if clock.statutory else "internal target"


def kind_of_field(field: Field) -> str:
    """What a field takes, in words."""
    options = field.one_of or field.many_of
    if options is not None:
        lead = "one of" if field.one_of is not None else "any of"
        return f"{lead}: {'; '.join(options.values())}"
    if field.instrument:
        return f"answers to the questionnaire ‘{field.instrument.replace('_', ' ')}’"
    bounds = [
        f"from {field.lowest:g}" if field.lowest is not None else "",
        f"to {field.highest:g}" if field.highest is not None else "",
    ]
    return " ".join([str(field.type).replace("-", " or "), *(bound for bound in bounds if bound)])
