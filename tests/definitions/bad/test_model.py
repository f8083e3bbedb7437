"""A file that is good YAML and no good procedure: every mistake has its code, its place and its suggestion."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop.loader import examine
from sop.procedure import compile_procedure

Tiny = Callable[..., dict[str, bytes]]

INJECTIONS = [
    "{case.__class__}", "{{7*7}}", "__import__", "os.system", "a.b", "../../etc/passwd", "a" * 65, "Upper", "with space",
    "1st", "", "\u0441ase", "na\u00efve", "a\u0301", "a-b", "$(id)", "`id`", "<b>", "'; DROP TABLE", "(a+)+$", "=HYPERLINK(",
]  # fmt: skip

# What is changed, and the findings: code, file, line, and a piece of the help or the message.
MISTAKES: list[tuple[str, list[tuple[str, str]], str, str, int, str]] = [
    ("initial is nowhere", [("initial: new", "initial: neww")], "no-such-state", "care.yaml", 3, "Did you mean ‘new’?"),
    ("initial is missing", [("initial: new\n", "")], "missing-key", "care.yaml", 1, "Add `initial:`."),
    ("two initials", [("initial: new\n", "initial: new\ninitial: old\n")], "duplicate-key", "care.yaml", 4, "Keep one"),
    ("a target that is nowhere", [("to: old", "to: olt")], "no-such-state", "care.yaml", 24, "Did you mean ‘old’?"),
    ("a source that is nowhere", [("from: new", "from: nwe")], "no-such-state", "care.yaml", 23, "Did you mean ‘new’?"),
    ("a state nobody reaches", [("to: old", "to: gone")], "unreachable-state", "care.yaml", 6, "No path leads"),
    ("a dead end", [("from: any, to: gone", "from: new, to: gone")], "dead-end", "care.yaml", 6, "final: true"),
    ("no end", [("final: true", "final: false"), ("from: any", "from: new")], "no-end", "care.yaml", 4, "final: true"),
    (
        "a circle with no way out",
        [("from: any, to: gone", "from: new, to: gone"), ("  leave:", "  on: {title: On, from: old, to: odd, by: [worker]}\n"
          "  off: {title: Off, from: odd, to: old, by: [worker]}\n  leave:"), ("  old: {title: Old}", "  old: {title: Old}\n  odd: {title: Odd}")],
        "no-way-out", "care.yaml", 6, "leads out",
    ),
    ("a final state with an exit", [("from: new", "from: [new, gone]")], "final-with-exit", "care.yaml", 23, "reopens"),
    ("a step to itself", [("to: old", "to: new")], "self-loop", "care.yaml", 21, "to itself"),
    ("a step for nobody", [("    by: [worker]\n    needs", "    needs")], "nobody-may", "care.yaml", 21, "Name roles"),
    ("a step called open", [("  leave:", "  open:")], "bad-name", "care.yaml", 30, "opens:"),
    ("a step called state", [("  leave:", "  state:")], "bad-name", "care.yaml", 30, "cannot be called"),
    ("an unknown role", [("who: [worker]", "who: [wroker]")], "no-such-role", "care.yaml", 13, "Did you mean ‘worker’?"),
    ("an unknown role in by", [("to: gone, by: [worker]", "to: gone, by: [bos]")], "no-such-role", "care.yaml", 30, "‘boss’"),
    ("an unknown role to tell", [("tell: boss", "tell: bosss")], "no-such-role", "care.yaml", 44, "‘boss’"),
    ("an unknown role opens", [("opened-by: [worker]", "opened-by: [walker]")], "no-such-role", "procedure.yaml", 7, "‘worker’"),
    ("an unknown role of an event", [("tells: [boss]", "tells: [chief]")], "no-such-role", "procedure.yaml", 20, "Known here"),
    ("an unknown measure", [("done: talk, rule", "done: talks, rule")], "no-such-measure", "care.yaml", 27, "‘talk’"),
    ("an unknown measure met by", [("met-by: {done: talk}", "met-by: {done: walk}")], "no-such-measure", "care.yaml", 43, "‘talk’"),
    ("an unknown measure asked", [("asks: talk", "asks: tolk")], "no-such-measure", "care.yaml", 38, "‘talk’"),
    ("an unknown fact", [("{consent: help}", "{fact: case.agee, known: true}")], "no-such-fact", "care.yaml", 28, "‘case.age’"),
    ("an unknown fact sets a length", [("set-by: talk.length", "set-by: talk.len")], "no-such-fact", "care.yaml", 32, "length"),
    ("a particular is no fact", [("length: {type: duration}", "length: {type: duration, sensitive: true}")], "no-such-fact", "care.yaml", 32, ""),
    ("an unknown consent", [("{consent: help}", "{consent: halp}")], "no-such-consent", "care.yaml", 28, "‘help’"),
    ("an unknown clock", [("starts: [rest]", "starts: [rset]")], "no-such-clock", "care.yaml", 29, "‘care.rest’"),
    ("an unknown clock in a condition", [("{consent: help}", "{running: care.rst}")], "no-such-clock", "care.yaml", 28, "‘care.rest’"),
    ("an unknown state in a condition", [("{consent: help}", "{state: {care: nwe}}")], "no-such-state", "care.yaml", 28, "‘care.new’"),
    ("an unknown SOP in a condition", [("{consent: help}", "{state: {caer: new}}")], "no-such-state", "care.yaml", 28, "‘care.new’"),
    ("an unknown SOP listed", [("sops: [care]\nstarts", "sops: [care, cure]\nstarts")], "no-such-sop", "procedure.yaml", 4, "‘care’"),
    ("a SOP that is listed with a slip", [("sops: [care]\nstarts", "sops: [cure]\nstarts")], "no-such-sop", "procedure.yaml", 4, "‘care’"),
    ("the case starts nowhere", [("starts-with: care", "starts-with: cure")], "no-such-sop", "procedure.yaml", 5, "cannot start"),
    ("an unknown instrument", [("answers: {instrument: danger}", "answers: {instrument: dagner}")], "no-such-instrument", "care.yaml", 17, "‘danger’"),
    ("an unknown life event", [("starts: {case: opened}", "starts: {event: lots}")], "no-such-life-event", "care.yaml", 42, "‘lost’"),
    ("an unknown rule", [("rule: R1", "rule: R11")], "no-such-rule", "care.yaml", 27, "‘R1’"),
    ("a rule that nothing holds", [(", rule: R1", "")], "rule-not-held", "procedure.yaml", 22, "rule: R1"),
    ("an unknown transition at the end", [("asks: talk", "takes: leev")], "no-such-transition", "care.yaml", 38, "‘leave’"),
    ("two things at the end", [("asks: talk", "asks: talk, takes: leave")], "at-end", "care.yaml", 38, "exactly one"),
    ("a deadline of nothing", [("deadline: 24 hours", "deadline: 0 days")], "bad-duration", "care.yaml", 41, "nothing would fire"),
    ("a deadline below nothing", [("deadline: 24 hours", "deadline: -1 days")], "bad-duration", "care.yaml", 41, "not a duration"),
    ("a deadline of 1,000 years", [("deadline: 24 hours", "deadline: 1000 years")], "bad-duration", "care.yaml", 41, "100 years"),
    ("a deadline of a month and a half", [("deadline: 24 hours", "deadline: P1.5M")], "bad-duration", "care.yaml", 41, "not a duration"),
    ("a deadline forth and back", [("deadline: 24 hours", "deadline: P1M-1D")], "bad-duration", "care.yaml", 41, "not a duration"),
    ("a deadline as a number", [("deadline: 24 hours", "deadline: 24")], "wrong-type", "care.yaml", 41, ""),
    ("a deadline without end", [("24 hours", "9" * 400 + " days")], "bad-duration", "care.yaml", 41, "not a duration"),
    ("a zone of old", [("Europe/Vienna", "CET")], "unknown-zone", "procedure.yaml", 9, "Region/City"),
    ("a zone as an offset", [("Europe/Vienna", '"+02:00"')], "unknown-zone", "procedure.yaml", 9, "Region/City"),
    ("a zone that is none", [("Europe/Vienna", "Europe/Atlantis")], "unknown-zone", "procedure.yaml", 9, "not known"),
    ("a zone as a path", [("Europe/Vienna", "../../etc/passwd")], "unknown-zone", "procedure.yaml", 9, "not known"),
    ("a day that is none", [("2026-05-01", "2026-02-30")], "wrong-type", "procedure.yaml", 9, "date"),
    ("no default calendar", [("  default: {zone", "  AT: {zone")], "bad-value", "procedure.yaml", 1, "default"),
    ("a country in small letters", [("  default: {zone", "  at: {zone: Europe/Vienna}\n  default: {zone")], "bad-country", "procedure.yaml", 9, "capital"),
    ("never a working day", [("holidays: [2026-05-01]", "weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]")],
     "wrong-type", "procedure.yaml", 9, ""),
    ("a reminder before the start", [("10 days before", "40 days before")], "reminder-too-early", "care.yaml", 37, "share"),
    ("a reminder in no form", [("10 days before", "10 days after")], "bad-reminder", "care.yaml", 37, "80%"),
    ("a reminder at nothing", [('"80%"', '"0%"')], "bad-reminder", "care.yaml", 37, "between"),
    ("a clock that never starts", [("    starts: {case: opened}\n", "")], "clock-never-starts", "care.yaml", 39, "starts:"),
    ("a clock that nothing meets", [("    met-by: {done: talk}\n", "")], "clock-never-met", "care.yaml", 39, "met-by:"),
    ("a clock that nobody hears", [("    when-missed: [{tell: boss}]\n", "")], "clock-unanswered", "care.yaml", 39, "when-missed:"),
    ("a law without a law", [("    source: {law: Law, evidence: V}\n", "")], "law-without-source", "care.yaml", 32, "source:"),
    ("a law that is ours", [("    source: {law: Law, evidence: V}\n    remind", "    source: {law: Law, evidence: D}\n    remind")],
     "law-without-source", "care.yaml", 32, "V, S or K"),
    ("two kinds of a clock", [("deadline: 24 hours", "deadline: 24 hours\n    period: 3 days")], "clock-kind", "care.yaml", 39, "exactly one"),
    ("two lengths", [("at-least: 30 days", "at-least: 30 days, at-most: 40 days")], "clock-length", "care.yaml", 34, "exactly one"),
    ("a range the wrong way", [("{at-least: 30 days,", "{range: {from: 5 days, to: 2 days},")], "clock-length", "care.yaml", 32, "before it starts"),
    ("a length set by no duration", [("length: {type: duration}", "length: {type: number}")], "clock-length", "care.yaml", 32, "duration"),
    ("an anchor that is no date", [("    statutory: true", "    anchor: case.age\n    statutory: true")], "clock-anchor", "care.yaml", 35, "neither"),
    ("two triggers in one", [("starts: {case: opened}", "starts: {case: opened, done: talk}")], "clock-trigger", "care.yaml", 42, "exactly one"),
    ("reviews out of order", [("deadline: 24 hours", "review: {at: [60 days, 30 days]}")], "clock-length", "care.yaml", 41, "order"),
    ("reviews that end too soon", [("deadline: 24 hours", "review: {at: [60 days], until: 30 days}")], "clock-length", "care.yaml", 41, "end before"),
    ("a review that is ended early", [("deadline: 24 hours", "review: 30 days\n    extend: {by: [boss], length: 1 day}")],
     "clock-kind", "care.yaml", 39, "cannot"),
    ("a circle of derived facts", [("{fact: case.age, at-most: 17}", "{fact: case.alone, is: true}")], "derived-cycle", "procedure.yaml", 15, "itself"),
    ("a value a fact never has", [("{consent: help}", "{fact: case.wish, is: stya}")], "bad-fact-value", "care.yaml", 28, "‘stay’"),
    ("a value of another type", [("sets: {wish: stay}", "sets: {age: yes}")], "bad-fact-value", "procedure.yaml", 20, "never"),
    ("an event sets what is nowhere", [("sets: {wish: stay}", "sets: {whish: stay}")], "no-such-fact", "procedure.yaml", 20, "‘wish’"),
    ("a condition that asks nothing", [("{consent: help}", "{fact: case.wish}")], "bad-condition", "care.yaml", 28, "one of is"),
    ("a condition that asks twice", [("{consent: help}", "{fact: case.wish, is: stay, in: [go]}")], "bad-condition", "care.yaml", 28, "one of is"),
    ("a condition of two kinds", [("{consent: help}", "{consent: help, done: talk}")], "bad-condition", "care.yaml", 28, "exactly one"),
    ("a condition in code", [("{consent: help}", "{eval: '1 == 1'}")], "bad-condition", "care.yaml", 28, "exactly one"),
    ("a fact that must not be read", [("{consent: help}", "{fact: case.born, known: true}")], "never-reads", "care.yaml", 28, "Take the condition out"),
    ("a fact that identifies", [("age: {type: number}", "age: {type: text}")], "fact-identifies", "procedure.yaml", 11, "particulars"),
    ("a field of no kind", [("length: {type: duration}", "length: {title: Length}")], "field-kind", "care.yaml", 16, "exactly one"),
    ("a field of an unknown type", [("length: {type: duration}", "length: {type: phone}")], "bad-value", "care.yaml", 16, "words allowed"),
    ("nothing to choose from", [("wish: {one-of: [stay, go]}", "wish: {one-of: {}}"), ("sets: {wish: stay}, ", "")],
     "field-kind", "procedure.yaml", 12, "nothing to choose"),
    ("a field sets what is derived", [("length: {type: duration}", "length: {type: yes-no, sets: case.child}"), (", set-by: talk.length", "")],
     "no-such-fact", "care.yaml", 16, "can be set"),
    ("a field sets another type", [("length: {type: duration}", "length: {type: yes-no, sets: case.age}"), (", set-by: talk.length", "")],
     "bad-fact-value", "care.yaml", 16, "another type"),
    ("an activity without questions", [("      answers: {instrument: danger}\n", "")], "activity-without-instrument", "care.yaml", 17, "instrument"),
    ("a level the result lacks", [("{one-of: [high, low]}", "{one-of: [grave, low]}")], "bad-fact-value", "care.yaml", 19, "high"),
    ("a floor for no question", [("floor-while: {near: low}", "floor-while: {nera: low}")], "no-such-item", "instruments/danger.yaml", 6, "‘near’"),
    ("a floor that is no level", [("floor-while: {near: low}", "floor-while: {near: lwo}")], "no-such-level", "instruments/danger.yaml", 6, "‘low’"),
    ("one level alone", [("levels: [{level: high, critical: 1}, {level: low}]", "levels: [{level: low}]")], "wrong-type", "instruments/danger.yaml", 5, ""),
    ("an unknown key", [("title: Talk", "titel: Talk")], "unknown-key", "care.yaml", 10, "Did you mean ‘title’?"),
    ("an unknown key on top", [("title: Tiny", "title: Tiny\ninclude: other.yaml")], "unknown-key", "procedure.yaml", 4, ""),
    ("an expression as key", [("title: Tiny", "title: Tiny\n__import__: os")], "unknown-key", "procedure.yaml", 4, ""),
    ("a version that is a number", [('version: "1.10"', "version: 1.10")], "wrong-type", "procedure.yaml", 2, "string"),
    ("a measure called care", [("  talk:\n", "  care:\n")], "bad-name", "procedure.yaml", 4, "cannot be called"),
    ("nobody does it", [("who: [worker]", "who: []")], "wrong-type", "care.yaml", 13, ""),
    ("text where a list is meant", [("who: [worker]", "who: worker")], "wrong-type", "care.yaml", 13, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code", "file", "line", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_found_at_its_place(
    tiny: Tiny, changes: list[tuple[str, str]], code: str, file: str, line: int, said: str
) -> None:
    definition, problems = examine(tiny(*changes))
    assert definition is None
    places = [(p.code, p.file, p.line) for p in problems]
    assert (code, file, line) in places, problems
    found = [p for p in problems if (p.code, p.file, p.line) == (code, file, line)]
    assert any(said in p.message + p.help for p in found), found
    assert all(p.column >= 1 and p.message for p in problems)


def test_the_tiny_procedure_itself_is_without_findings(tiny: Tiny) -> None:
    definition, problems = examine(tiny())
    assert problems == []
    assert definition is not None
    assert definition.head.version == "1.10"


@pytest.mark.parametrize("name", INJECTIONS)
@pytest.mark.parametrize(
    "place",
    [
        "  leave:",
        "  old: {",
        "  talk:\n",
        "  rest:\n",
        "  age: {type",
        "  help: {",
        "  lost: {",
        "  near: {ask",
        "{worker:",
    ],
)
def test_a_name_that_is_no_plain_name_is_refused_wherever_it_stands(tiny: Tiny, place: str, name: str) -> None:
    key = place.rstrip(":{ \n").strip("{ ").split(":")[0]
    quoted = "'" + name.replace("'", "''") + "'"
    at = place.index(key)
    rest = place[at + len(key) :]
    definition, problems = examine(tiny((place, f"{place[:at]}{quoted}{rest}")))
    assert definition is None
    assert "bad-name" in {p.code for p in problems}, problems


@pytest.mark.parametrize("target", ["initial: new", "to: old", "from: new", "starts: [rest]", "done: talk, rule"])
@pytest.mark.parametrize("name", ["{case.__class__}", "os.system", "__import__"])
def test_a_reference_that_is_no_name_leads_nowhere(tiny: Tiny, target: str, name: str) -> None:
    key, _, value = target.partition(": ")
    inner = value.strip("[]").split(",")[0]
    definition, problems = examine(tiny((target, f"{key}: {value.replace(inner, repr(name))}")))
    assert definition is None
    assert problems


@pytest.mark.parametrize(
    "name", ["trigger", "may_leave", "is_old", "to_gone", "on_enter_gone", "model", "get_model_state", "self"]
)
def test_names_that_mean_something_to_the_library_mean_nothing(tiny: Tiny, name: str) -> None:
    definition, problems = examine(
        tiny(("  leave:", f"  {name}:"), ("  old: {", f"  {name}_x: {{"), ("to: old", f"to: {name}_x"))
    )
    assert problems == []
    assert definition is not None
    arrows: Any = compile_procedure(definition).arrows["care"]
    assert arrows.follow("new", name) == "gone"
    assert arrows.follow("gone", name) is None
    assert arrows.follow("new", "os.system") is None


def test_all_findings_of_all_files_come_at_once_in_the_order_of_the_files(tiny: Tiny) -> None:
    _, problems = examine(
        tiny(("title: Talk", "titel: Talk"), ("title: Tiny", "titel: Tiny"), ("source: Ours", "sauce: Ours"))
    )
    assert {p.file for p in problems} == {"care.yaml", "instruments/danger.yaml", "procedure.yaml"}
    assert problems == sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))


def test_two_files_that_define_the_same(tiny: Tiny) -> None:
    files = tiny()
    _, problems = examine(files | {"twin.yaml": files["care.yaml"]})
    assert [(p.code, p.file, p.line) for p in problems] == [("defined-twice", "twin.yaml", 1)]
    second = files["care.yaml"].replace(b"sop: care", b"sop: cure")
    head = files["procedure.yaml"].replace(b"sops: [care]\n", b"sops: [care, cure]\n", 1)
    _, problems = examine(files | {"twin.yaml": second, "procedure.yaml": head})
    assert [p.code for p in problems] == ["measure-twice"]


def test_without_a_procedure_there_is_nothing() -> None:
    definition, problems = examine({})
    assert definition is None
    assert [p.code for p in problems] == ["no-procedure"]


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_a_good_file_with_lines_lost_doubled_or_cut_never_raises(tiny: Tiny, data: st.DataObject) -> None:
    files = tiny()
    name = data.draw(st.sampled_from(sorted(files)))
    lines = files[name].splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["lose", "double", "swap", "dedent", "cut", "junk"]))
        if kind == "lose" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        elif kind == "dedent":
            lines[at] = lines[at].replace(b"  ", b"", 1)
        elif kind == "cut":
            lines[at] = lines[at][: len(lines[at]) // 2] + b"\n"
        else:
            lines[at] = (
                lines[at].rstrip()
                + data.draw(st.sampled_from([b" x", b"}", b"]", b": ", b" 3", b" {}", b" []"]))
                + b"\n"
            )
    definition, problems = examine(files | {name: b"".join(lines)})
    assert definition is not None or problems
    if definition is not None:
        compile_procedure(definition)


PLACES = [
    "initial",
    "to",
    "from",
    "who",
    "by",
    "title",
    "needs",
    "deadline",
    "starts",
    "fields",
    "zone",
    "facts",
    "items",
    "at-end",
]
ODD = ["3", "true", "[]", "{}", "[[]]", "{a: b}", "''", "x", "[3]", "{1x: 2}", "-1", "1.5", "[true, {}]", "{when: {}}"]


@pytest.mark.parametrize("odd", ODD)
def test_a_value_of_any_shape_at_any_key_is_a_problem_or_fits_but_never_raises(tiny: Tiny, odd: str) -> None:
    for key in PLACES:
        for name, content in tiny().items():
            lines = content.decode().splitlines()
            for number, line in enumerate(lines):
                if line.strip().startswith(f"{key}:"):
                    indent = line[: len(line) - len(line.lstrip())]
                    changed = "\n".join([*lines[:number], f"{indent}{key}: {odd}", *lines[number + 1 :]])
                    definition, problems = examine(tiny() | {name: changed.encode()})
                    assert definition is not None or problems
                    if definition is not None:
                        compile_procedure(definition)
