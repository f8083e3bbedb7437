"""How running cases of earlier versions come over to a version: what was renamed, and what they leave behind."""

from pydantic import Field

from sop.shapes import Name, Reference, Shape, Text


class Migration(Shape):
    """A file of `migrations/`: what a case of these versions takes for what. What is not named keeps its name."""

    migration: Name = Field(description="its name", examples=["from_1_0"])
    from_: tuple[Text, ...] = Field(
        min_length=1, description="the versions of this procedure from which it leads here", examples=[["1.0"]]
    )
    states: dict[Reference, Reference] = Field(
        default_factory=dict,
        description="`sop.state` of before, and the state in which the case stands from now on",
        examples=[{"identification.referred": "identification.presumed"}],
    )
    measures: dict[Name, Name] = Field(
        default_factory=dict,
        description="measures that have another name now",
        examples=[{"first_talk": "initial_referral"}],
    )
    clocks: dict[Reference, Reference] = Field(
        default_factory=dict,
        description="clocks that have another name now",
        examples=[{"identification.answer": "identification.case_manager_due"}],
    )
    facts: dict[Reference, Reference] = Field(
        default_factory=dict,
        description="facts that have another name now",
        examples=[{"case.speaks": "case.interpreter_needed"}],
    )
    values: dict[Reference, dict[Name, Name]] = Field(
        default_factory=dict,
        description="codes that have another name now, by the fact (its name from now on)",
        examples=[{"case.age_group": {"minor": "child"}}],
    )
    ends: tuple[Reference, ...] = Field(
        (),
        description="deadlines and reviews of the law that no longer exist and end; a running period never does",
        examples=[["identification.answer"]],
    )
    same_consents: tuple[Name, ...] = Field(
        (),
        description="purposes whose words have changed and whose meaning has not, so that given consents count on",
        examples=[["assistance"]],
    )


NOTHING_RENAMED = Migration(migration="none", from_=("any",))
"""Where a version has no file for the one that a case comes from: every name stays."""
