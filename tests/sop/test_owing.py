"""Who owes what a clock waits for: whom the definition names, or those who may do what meets it."""

from collections.abc import Callable

from sop.loader import load
from sop.owing import owes_of
from sop.procedure import Procedure, compile_procedure

Files = Callable[..., dict[str, bytes]]


def test_those_owe_who_may_do_what_meets_the_clock(mini: Procedure) -> None:
    owes = owes_of(mini.definition)
    assert owes["care.visits"] == ("case_manager", "guardian"), "who may record the measure"
    assert owes["work.claim"] == ("case_manager",), "who may take the transition that leads there"
    assert owes["care.rest"] == ("case_manager",), "who is asked for something at the end of a period"


def test_where_nobody_can_meet_it_those_owe_who_are_reminded(mini: Procedure) -> None:
    assert owes_of(mini.definition)["care.nap"] == ("case_manager",)


def test_whom_the_definition_names_owes_and_nobody_else(mini_files: Files) -> None:
    line = "    met-by: {done: visit}\n"
    plain = compile_procedure(load(mini_files((line, f"{line}    owed-by: authority\n"))))
    assert plain.owes["care.visits"] == ("authority",)
    assert plain.clocks["care.visits"].owed_by.country is None
    abroad = f"{line}    owed-by: {{role: authority, country: case.origin}}\n"
    assert compile_procedure(load(mini_files((line, abroad)))).clocks["care.visits"].owed_by.country == "case.origin"


def test_a_trigger_of_another_sop_is_met_there(mini_files: Files) -> None:
    line = "    met-by: {done: visit}\n"
    hired = compile_procedure(load(mini_files((line, "    met-by: [{entering: work.hired}, {event: found}]\n"))))
    assert hired.owes["care.limit"] == ("case_manager",)
