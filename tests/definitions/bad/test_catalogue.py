"""The catalogue of bad definition files, item by item: a code, a place, no traceback, in bounded time and memory."""

import time
import tracemalloc
from typing import Any

import pytest

from sop.loader import content_hash, load
from workshop.check import findings
from workshop.example import BASE

NFC, NFD = "caf\u00e9", "cafe\u0301"
DEADLINE = "deadline: 24 hours"
ZONE = "zone: Europe/Vienna, holidays"
NEED = "      - {fact: verdict.in_favour, is: true}\n"
STATE = "  resting: {title: Resting}\n"
FACT = "  age: {type: number, title: Age}\n"
MOVE = "  decline: {title: Decline, from: any, to: declined, by: [case_manager]}\n"
AT_MOST = "at-most: 17}"


def whole(file: str, content: bytes | str) -> dict[str, bytes]:
    """The example with another file in the place of one."""
    files = {name: text.encode() for name, text in BASE.items()}
    return files | {file: content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")}


def spelled(old: str, new: str, file: str = "") -> dict[str, bytes]:
    """The example with one text replaced; the text is in one file only, or `file` says in which."""
    (name,) = [file] if file else [name for name, text in BASE.items() if old in text]
    assert BASE[name].count(old) == 1, (name, old)
    return whole(name, BASE[name].replace(old, new))


# What the file is like, its files, the code that must come, and where.
SYNTAX: list[tuple[str, dict[str, bytes], str, str, int]] = [
    ("empty", whole("care.yaml", ""), "empty", "care.yaml", 1),
    ("only comments", whole("care.yaml", "# nothing\n"), "not-a-mapping", "care.yaml", 1),
    ("a byte order mark", whole("care.yaml", b"\xef\xbb\xbf" + BASE["care.yaml"].encode()), "hidden-character", "care.yaml", 1),
    ("UTF-16", whole("care.yaml", BASE["care.yaml"].encode("utf-16")), "not-utf8", "care.yaml", 1),
    ("Latin-1", whole("work.yaml", "sop: work\ntitle: \u00e9\n".encode("latin-1")), "not-utf8", "work.yaml", 2),
    ("tabs", spelled(STATE, "\tresting: {title: Resting}\n"), "not-yaml", "care.yaml", 6),
    ("two documents", spelled("measures:\n  contract", "---\nmeasures:\n  contract"), "two-documents", "work.yaml", 9),
    ("%YAML 1.1", whole("work.yaml", "%YAML 1.1\n---\n" + BASE["work.yaml"]), "directive", "work.yaml", 1),
    ("a key twice on top", spelled("initial: looking\n", "initial: looking\ninitial: hired\n"), "duplicate-key", "work.yaml", 4),
    ("a key twice inside", spelled(STATE, STATE + STATE), "duplicate-key", "care.yaml", 7),
    ("keys that differ in case", spelled(STATE, STATE + "  Resting: {title: R}\n"), "duplicate-key", "care.yaml", 7),
    ("keys in NFC and NFD", spelled(STATE, f"{STATE}  {NFC}: {{title: A}}\n  {NFD}: {{title: B}}\n"), "duplicate-key", "care.yaml", 8),
    ("NO as a country", spelled("  default: {zone", "  NO: {zone: Europe/Oslo}\n  default: {zone"), "yaml-trap", "procedure.yaml", 9),
    ("on as the name of an event", spelled("  found: {title", "  on: {title: On, by: [supervisor]}\n  found: {title"), "yaml-trap", "procedure.yaml", 20),
    ("yes as a value", spelled("closes: true", "closes: yes"), "yaml-trap", "procedure.yaml", 21),
    ("off as a title", spelled("title: Care\n", "title: off\n"), "yaml-trap", "care.yaml", 2),
    ("Null as a name", spelled(STATE, STATE + "  Null: {title: Nothing}\n"), "bad-key", "care.yaml", 7),
    ("a tilde as a name", spelled(STATE, STATE + "  ~: {title: Nothing}\n"), "bad-key", "care.yaml", 7),
    ("nothing after the colon", spelled("title: Care\n", "title:\n"), "empty-value", "care.yaml", 2),
    ("012", spelled(AT_MOST, "at-most: 012}"), "odd-number", "procedure.yaml", 15),
    ("0o12", spelled(AT_MOST, "at-most: 0o12}"), "odd-number", "procedure.yaml", 15),
    ("1_000", spelled(AT_MOST, "at-most: 1_000}"), "odd-number", "procedure.yaml", 15),
    ("1e3", spelled(AT_MOST, "at-most: 1e3}"), "odd-number", "procedure.yaml", 15),
    (".inf", spelled(AT_MOST, "at-most: .inf}"), "odd-number", "procedure.yaml", 15),
    (".nan", spelled(AT_MOST, "at-most: .nan}"), "odd-number", "procedure.yaml", 15),
    ("12:30", spelled("title: Care\n", "title: 12:30\n"), "yaml-trap", "care.yaml", 2),
    ("30 February", spelled("2026-05-01", "2026-02-30"), "wrong-type", "procedure.yaml", 9),
    ("version 1.10", spelled('version: "1.0"', "version: 1.10"), "wrong-type", "procedure.yaml", 2),
    ("an anchor", spelled("title: Care\n", "title: &a Care\n"), "anchor", "care.yaml", 2),
    ("an alias", spelled("title: Care\n", "title: *a\n"), "alias", "care.yaml", 2),
    ("a merge key", spelled(STATE, "  resting: {<<: {title: Resting}}\n"), "merge-key", "care.yaml", 6),
    ("an alias bomb", whole("care.yaml", "".join(f"l{i}: &l{i} [{','.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))), "anchor", "care.yaml", 1),
    ("an alias of itself", whole("care.yaml", "a: &x [*x]\n"), "anchor", "care.yaml", 1),
    ("!!python", spelled("title: Care\n", "title: !!python/object/apply:os.system ['id']\n"), "tag", "care.yaml", 2),
    ("!!binary", spelled("title: Care\n", "title: !!binary aGk=\n"), "tag", "care.yaml", 2),
    ("!!set", spelled("title: Care\n", "title: !!set {a}\n"), "tag", "care.yaml", 2),
    ("a tag of one's own", spelled("title: Care\n", "title: !mine Care\n"), "tag", "care.yaml", 2),
    ("nested 2,000 deep", spelled("title: Care\n", "title: " + "[" * 2_000 + "\n"), "too-deep", "care.yaml", 2),
    ("a text of 10 MB", spelled("title: Care\n", "title: " + "x" * 10_000_000 + "\n"), "too-large", "care.yaml", 1),
    ("a file of 5 MB", whole("care.yaml", b"# " + b"x" * 5_000_000), "too-large", "care.yaml", 1),
    ("100,000 states", spelled(STATE, "".join(f"  s{n}: {{title: S}}\n" for n in range(100_000))), "too-large", "care.yaml", 1),
    ("10,000 states", spelled(STATE, "".join(f"  s{n}: {{title: S}}\n" for n in range(10_000))), "too-deep", "care.yaml", 3752),
    ("NUL", spelled("title: Care\n", "title: Ca\x00re\n"), "hidden-character", "care.yaml", 2),
    ("a control character of C1", spelled("title: Care\n", "title: Ca\u0085re\n"), "hidden-character", "care.yaml", 2),
    ("another direction", spelled("title: Care\n", "title: Ca\u202ere\n"), "hidden-character", "care.yaml", 2),
    ("a zero-width character in a name", spelled("initial: new\n", "initial: ne\u200bw\n"), "hidden-character", "care.yaml", 3),
    ("a number as key", spelled(STATE, STATE + "  1: {title: One}\n"), "bad-key", "care.yaml", 7),
    ("true as key", spelled(STATE, STATE + "  true: {title: One}\n"), "bad-key", "care.yaml", 7),
    ("a list as key", spelled(STATE, STATE + "  ? [a]\n  : {title: One}\n"), "bad-key", "care.yaml", 7),
    ("a path as an include", spelled("title: Care\n", "title: Care\ninclude: ../../etc/passwd\n"), "unknown-key", "care.yaml", 3),
    ("an address as an include", spelled("title: Care\n", "title: Care\ninclude: https://example.org/x.yaml\n"), "unknown-key", "care.yaml", 3),
]  # fmt: skip

OTHER = BASE["work.yaml"].replace("sop: work", "sop: rest").replace("contract", "paper")
ONE_OPENS_THE_OTHER = whole("work.yaml", BASE["work.yaml"].replace("opens: {by: [case_manager]}", "opens: {by: [case_manager], needs: [{state: {rest: looking}}]}", 1)) | {
    "rest.yaml": OTHER.replace("opens: {by: [case_manager]}", "opens: {by: [case_manager], needs: [{state: {work: looking}}]}", 1).encode(),
    "procedure.yaml": BASE["procedure.yaml"].replace("sops: [care, work]\nstarts", "sops: [care, work, rest]\nstarts").encode(),
}  # fmt: skip

MODEL: list[tuple[str, dict[str, bytes], str, str, int]] = [
    ("no initial state", spelled("initial: new\n", ""), "missing-key", "care.yaml", 1),
    ("two initial states", spelled("initial: new\n", "initial: [new, resting]\n"), "wrong-type", "care.yaml", 3),
    ("an unknown target", spelled("    to: resting", "    to: restin"), "no-such-state", "care.yaml", 46),
    ("a state nobody reaches", spelled(STATE, STATE + "  asleep: {title: Asleep, final: true}\n"), "unreachable-state", "care.yaml", 7),
    ("a final state with an exit", spelled("    from: new\n", "    from: [new, declined]\n"), "final-with-exit", "care.yaml", 45),
    ("a step to itself", spelled(MOVE, MOVE + "  wait: {title: Wait, from: new, to: new, by: [case_manager]}\n"), "self-loop", "care.yaml", 62),
    ("a clock of nothing that takes a step", spelled(DEADLINE, "deadline: 0 days"), "bad-duration", "care.yaml", 73),
    ("two steps that are one", spelled(MOVE, MOVE + MOVE.replace("decline:", "refuse:")), "same-transition", "care.yaml", 62),
    ("a condition on an unknown field", spelled(NEED, "      - {fact: verdict.unknown, is: true}\n"), "no-such-fact", "care.yaml", 58),
    ("a condition in code", spelled(NEED, "      - {eval: 1 / 0}\n"), "bad-condition", "care.yaml", 58),
    ("an unknown role", spelled("    who: [authority]", "    who: [nobody]"), "no-such-role", "care.yaml", 37),
    ("an unknown activity", spelled("activity: assess_risk", "activity: send_mail"), "bad-value", "care.yaml", 28),
    ("an unknown questionnaire", spelled("{instrument: danger}", "{instrument: stranger}"), "no-such-instrument", "care.yaml", 30),
    ("an unknown SOP", spelled(NEED, NEED + "      - {state: {cure: done}}\n"), "no-such-state", "care.yaml", 59),
    ("an unknown country", spelled("  default: {zone", "  XYZ: {zone: Europe/Oslo}\n  default: {zone"), "bad-country", "procedure.yaml", 9),
    ("SOPs that wait for each other", ONE_OPENS_THE_OTHER, "opening-never", "work.yaml", 4),
    ("a negative deadline", spelled(DEADLINE, "deadline: -1 days"), "bad-duration", "care.yaml", 73),
    ("a deadline of a second", spelled(DEADLINE, "deadline: 1 second"), "too-short", "care.yaml", 71),
    ("a deadline of 1,000 years", spelled(DEADLINE, "deadline: 1000 years"), "bad-duration", "care.yaml", 73),
    ("P1.5M", spelled(DEADLINE, "deadline: P1.5M"), "bad-duration", "care.yaml", 73),
    ("P1M-1D", spelled(DEADLINE, "deadline: P1M-1D"), "bad-duration", "care.yaml", 73),
    ("seconds in a rule of days", spelled(DEADLINE, "deadline: P3DT5S"), "mixed-length", "care.yaml", 71),
    ("working days without a calendar", spelled("  default: {zone", "  AT: {zone"), "bad-value", "procedure.yaml", 1),
    ("CET", spelled(ZONE, "zone: CET, holidays"), "unknown-zone", "procedure.yaml", 9),
    ("an offset", spelled(ZONE, 'zone: "+02:00", holidays'), "unknown-zone", "procedure.yaml", 9),
    ("a zone that is gone", spelled(ZONE, "zone: Europe/Atlantis, holidays"), "unknown-zone", "procedure.yaml", 9),
    ("two deadlines of one name", spelled("  talk_due:\n", "  rest:\n"), "duplicate-key", "care.yaml", 71),
    ("told to a role that nobody holds", spelled("{tell: supervisor}, {after", "{tell: chief}, {after"), "no-such-role", "care.yaml", 78),
    ("a name of 65 letters", spelled(STATE, f"{STATE}  {'a' * 65}: {{title: A}}\n"), "bad-name", "care.yaml", 7),
    ("names that look alike", spelled("  talk:\n    title: First talk\n    what", "  t\u0430lk:\n    title: First talk\n    what"), "bad-name", "care.yaml", 10),
    ("a placeholder of Python", spelled("what: The person is heard", 'what: "{case.__class__}"'), "placeholder", "care.yaml", 12),
    ("a placeholder of Jinja", spelled("what: The person is heard", 'what: "{{7*7}}"'), "placeholder", "care.yaml", 12),
    ("an expression as key", spelled(FACT, FACT + "  __import__: {type: number}\n"), "bad-name", "procedure.yaml", 12),
    ("a pattern as name", spelled(FACT, FACT + "  (a+)+$: {type: number}\n"), "bad-name", "procedure.yaml", 12),
]  # fmt: skip

HELD_ELSEWHERE = {
    "a map of states that leads nowhere, or from the version itself": "tests/sop/test_migration_checks.py",
    "a map that misses a live state, or ends one": "tests/sop/test_adopting.py: such a case is planned as one that cannot move",
    "a version used again with other content; an older version": "tests/api/test_procedures.py, when it is published",
    "a dead end; a cycle with no way out": "the pages of `dead-end` and `no-way-out`",
    "a symbolic link": "tests/cli",
    "P1M beside P30D, a year over 29 February": "below, and tests/sop/test_calendars.py",
    "line ends mixed, spaces at the end of lines": "below: they mean nothing",
}
NOT_IN_THE_LANGUAGE = {
    "a handoff without consent, or before the risk is assessed": "rights over all paths are proved, not checked here",
    "a field shared beyond its purpose": "as above",
    "a rule for children that is missing": "as above",
    "retention": "no key of the language sets it",
    "a translation that is missing": "is shown in English; `texts` say which are drafts",
}
"""What the catalogue names beyond what a file of this language can say."""


@pytest.mark.parametrize(
    ("files", "code", "file", "line"), [item[1:] for item in (*SYNTAX, *MODEL)], ids=[i[0] for i in (*SYNTAX, *MODEL)]
)
def test_an_item_has_its_code_and_its_place_soon(files: dict[str, bytes], code: str, file: str, line: int) -> None:
    began = time.process_time()
    _, problems = findings(files)
    assert time.process_time() - began < 2
    assert (code, file, line) in [(p.code, p.file, p.line) for p in problems], problems[:5]
    assert sum(len(p.message) + len(p.help) for p in problems) < 40_000
    assert all(p.column >= 1 for p in problems)


HUGE = ["a text of 10 MB", "a file of 5 MB", "100,000 states", "10,000 states", "nested 2,000 deep", "an alias bomb"]


@pytest.mark.parametrize("item", HUGE)
def test_what_is_huge_takes_little_memory(item: str) -> None:
    files: dict[str, bytes] = next(files for name, files, *_ in SYNTAX if name == item)
    tracemalloc.start()
    try:
        findings(files)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


def test_a_month_is_not_thirty_days_and_mixed_line_ends_mean_nothing() -> None:
    month, days = (load(spelled(DEADLINE, f"deadline: {length}")) for length in ("P1M", "P30D"))
    assert content_hash(month) != content_hash(days)
    plain = load(whole("care.yaml", BASE["care.yaml"]))
    mixed = (
        BASE["care.yaml"].replace("title: Care\n", "title: Care   \r\n").replace("initial: new\n", "initial: new\r\n")
    )
    assert content_hash(load(whole("care.yaml", mixed))) == content_hash(plain)


def test_no_finding_repeats_a_long_value() -> None:
    secret: Any = "Testperson-Eins-" * 300
    for place in ("title: Care\n", "initial: new\n", "    who: [authority]\n"):
        key = place.split(":")[0]
        _, problems = findings(spelled(place, f"{key}: {secret}\n"))
        assert all(len(p.message) < 400 for p in problems), [len(p.message) for p in problems]
