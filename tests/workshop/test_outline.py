"""The list says what the drawing shows."""

from sop.model import Definition
from sop.procedure import Procedure
from workshop.outline import outline
from workshop.standing import Standing


def test_every_state_and_transition_is_in_the_list(shipped: Procedure) -> None:
    text = outline(shipped.definition)
    for sop in shipped.definition.sops.values():
        assert f"\n{sop.title}\n" in "\n" + text
        assert all(f"- {state.title}" in text for state in sop.states.values())
        assert all(f"- {move.title} -> " in text for move in sop.transitions.values())


def test_the_list_of_one_sop_is_about_it_alone(awkward: Definition) -> None:
    assert (
        outline(awkward, "journey")
        == "Journey\n- Begun (begins here)\n  - Finish -> Over (Case manager)\n- Over (end)\n"
    )


def test_where_a_case_stands_is_said_in_words(awkward: Definition) -> None:
    at = Standing(frozenset({"stay.sure"}), frozenset({"stay.asked"}), frozenset({"stay.leave"}), {})
    lines = outline(awkward, at=at).splitlines()
    marked = [line for line in lines if line.endswith("]")]
    assert [line.rpartition("[")[2] for line in marked] == [
        "was here]", "the case is here]", "possible now]", "not open]"
    ]  # fmt: skip
    assert marked[3].startswith("Journey")


def test_a_step_is_only_marked_where_the_case_stands(awkward: Definition) -> None:
    """‘leave’ leaves from two states; it is possible from the one in which the case is."""
    at = Standing(frozenset({"stay.sure"}), frozenset(), frozenset({"stay.leave"}), {})
    assert outline(awkward, at=at).count("[possible now]") == 1
