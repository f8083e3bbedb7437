"""JSON Schemas of the files, for editors: completion, what a key means when one points at it, and our own error texts.

Made from the very shapes that the loader checks with, so that an editor and `caseway sop check` agree. The error texts
are keywords of yaml-language-server (`errorMessage`, `patternErrorMessage`), which other validators pass over.
"""

import json
import re
from typing import Any, get_args

from sop.calendars import CALENDAR_OF, RULE_NAME
from sop.clocks import Trigger
from sop.conditions import OPERATORS
from sop.durations import SPELLING
from sop.fields import FieldType
from workshop.caseload import Spread
from workshop.files import FILES
from workshop.scenarios import VERBS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAME = r"^[a-z][a-z0-9_]{0,63}$"
_REFERENCE = r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$"
_NAME_TEXT = "A name has lower-case letters, digits and underscores, 64 at most."
_REFERENCE_TEXT = "A name in another place is written where.name, for example case.child."
_RULE_NAME_TEXT = "The name of a counting rule has lower-case letters, digits and hyphens, 64 at most."
_CALENDAR_OF_TEXT = "A calendar is a country (RS) or a part of one (ba_srp); or a fact that names one (case.seat)."
_DURATION_TEXT = "A duration is written '30 days', '5 working days', '3 months', '48 hours' or in ISO 8601, 'P30D'."


def _spelt(title: str, pattern: str, text: str) -> Schema:
    return {"title": title, "type": "string", "pattern": pattern, "patternErrorMessage": text, "errorMessage": text}


_ATOMS: dict[str, Schema] = {
    "Name": _spelt("name", _NAME, _NAME_TEXT),
    "Reference": _spelt("reference", _REFERENCE, _REFERENCE_TEXT),
    "RuleName": _spelt("rule name", RULE_NAME, _RULE_NAME_TEXT),
    "CalendarOf": _spelt("calendar or fact", CALENDAR_OF, _CALENDAR_OF_TEXT),
    "Duration": _spelt("duration", SPELLING, _DURATION_TEXT),
    "Text": {"title": "text", "type": "string", "minLength": 1, "maxLength": 2000},
    "FactValue": {
        "title": "fact value",
        "anyOf": [
            {"type": ["boolean", "number", "string"]},
            {"type": "array", "items": {"type": "string"}},
        ],
    },
}
"""What the language is made of; each stands once in a schema, under its name."""

_PATTERNS = {atom["pattern"]: name for name, atom in _ATOMS.items() if "pattern" in atom}
_TRIGGERS = {"anyOf": [{"$ref": "#/$defs/Trigger"}, {"type": "array", "items": {"$ref": "#/$defs/Trigger"}}]}
_OPTIONS = {
    "anyOf": [
        {"type": "object", "propertyNames": {"$ref": "#/$defs/Name"}, "additionalProperties": {"$ref": "#/$defs/Text"}},
        {"type": "array", "items": {"$ref": "#/$defs/Name"}},
    ]
}
_SHORT: dict[str, Schema] = {
    "Field": {
        "title": "type",
        "enum": list(get_args(FieldType)),
        "errorMessage": "A field is one of these types, or has keys.",
    },
    "Length": {"$ref": "#/$defs/Duration"},
    "Review": {"$ref": "#/$defs/Duration"},
    "Owed": {"$ref": "#/$defs/Name"},
    "Spread": {"$ref": "#/$defs/Duration"},
    "Reminder": _spelt("reminder", r"^(\d{1,2}%|.+ before)$", "A reminder is written '10 days before' or '80%'."),
}
"""Parts that may be written shorter than with their keys."""

_SHORT_KEYS: dict[tuple[str, str], Schema] = {
    ("Transition", "from"): {"anyOf": [{"$ref": "#/$defs/Name"}, {"type": "array", "items": {"$ref": "#/$defs/Name"}}]},
    ("Clock", "starts"): _TRIGGERS,
    ("Clock", "met-by"): _TRIGGERS,
    ("Clock", "cancelled-by"): _TRIGGERS,
    ("Field", "one-of"): _OPTIONS,
    ("Field", "many-of"): _OPTIONS,
}

_ONE_OF: dict[str, tuple[str, ...]] = {
    "Clock": ("period", "deadline", "review"),
    "Field": ("type", "one-of", "many-of", "instrument"),
    "Trigger": tuple(Trigger.model_fields),
    "AtEnd": ("asks", "takes"),
    "Spread": tuple(Spread.model_fields),
    "Condition": tuple(OPERATORS),
    "ScenarioStep": tuple(verb.replace("_", "-") for verb in VERBS),
}
"""Parts that have exactly one of these keys."""


_CONDITIONS = {shape.__name__: operator for operator, shape in OPERATORS.items()}


def schema_of(kind: str) -> Schema:
    """The JSON Schema (2020-12) of one kind of file; `KeyError` where there is no such kind."""
    shape, place = FILES[kind]
    made = shape.model_json_schema(by_alias=True, ref_template="{model}")
    raw = made.pop("$defs", {})
    conditions = {ref: operator for ref in raw if (operator := _operator(ref))}
    parts = {ref.rpartition("__")[2]: part for ref, part in raw.items() if ref not in conditions}
    if conditions:
        parts["Condition"] = _condition({operator: raw[ref] for ref, operator in conditions.items()})
    root = _part(shape.__name__, made)
    defs = {name: _part(name, part) for name, part in parts.items()}
    said = json.dumps([root, defs])
    defs |= {name: atom for name, atom in _ATOMS.items() if f"#/$defs/{name}" in said}
    return {"$schema": DIALECT, **root, "title": place, "$defs": dict(sorted(defs.items()))}


def as_text(schema: Schema) -> str:
    """As it is written into a file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _operator(ref: str) -> str | None:
    """The kind of condition behind the name of a part; `State` of the model is none."""
    module, _, name = ref.rpartition("__")
    return _CONDITIONS.get(name) if module in ("", "sop__conditions") else None


def _condition(kinds: dict[str, Schema]) -> Schema:
    """One part with the keys of all kinds of conditions: an editor can then say which key is missing or too many."""
    shared = set.intersection(*(set(kind["properties"]) for kind in kinds.values()))
    properties: Schema = {}
    needed: dict[str, list[str]] = {}
    for operator in OPERATORS:
        for key, meaning in kinds[operator]["properties"].items():
            properties.setdefault(key, meaning)
            if key not in shared and key != operator:
                needed[key] = [operator]
        if others := [key for key in kinds[operator]["required"] if key != operator]:
            needed[operator] = others
    return {
        "type": "object",
        "description": "What must hold: exactly one kind of condition. What is not known does not hold.",
        "properties": {key: properties[key] for key in sorted(properties, key=lambda key: key in shared)},
        "additionalProperties": False,
        "dependentRequired": needed,
    }


def _part(name: str, raw: Schema) -> Schema:
    """One part with its title, its shorter spelling and its exactly-one-of."""
    part: Schema = _tidy({key: value for key, value in raw.items() if key != "title"})
    for key, meaning in part.get("properties", {}).items():
        if short := _SHORT_KEYS.get((name, key)):
            about = {word: meaning[word] for word in ("description", "since", "examples") if word in meaning}
            part["properties"][key] = {**about, **short}
    if keys := _ONE_OF.get(name):
        text = f"Exactly one of these keys: {', '.join(keys)}."
        part["oneOf"] = [{"required": [key], "errorMessage": text} for key in keys]
    title = part_title(name)
    if short := _SHORT.get(name):
        return {"title": title, "description": part.pop("description", ""), "anyOf": [short, part]}
    return {"title": title, **part}


def part_title(name: str) -> str:
    """How a part is called in front of people: `LifeEvent` is a life event."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _tidy(node: Any) -> Any:
    """Without what only programs want: no nulls beside values, no made-up titles; each atom by its name."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = _without_null(node)
    if "$ref" in node:
        ref = "Condition" if _operator(node["$ref"]) else node["$ref"].rpartition("__")[2]
        return {**node, "$ref": f"#/$defs/{ref}"}
    if "oneOf" in node and all(_operator(one.get("$ref", "")) for one in node["oneOf"]):
        return {**_about(node), "$ref": "#/$defs/Condition"}
    if atom := _atom(node):
        return {**_about(node), "$ref": f"#/$defs/{atom}"}
    if node.get("anyOf", [])[:5] == _VALUES:
        others = node["anyOf"][5:]
        node = {**node, "anyOf": [_VALUE, *others]} if others else {**_about(node), **_VALUE}
        return _tidy(node)
    dropped = ("title", "patternProperties", *(["default"] if node.get("default") == [] else []))
    tidy = {key: _tidied_key(key, value) for key, value in node.items() if key not in dropped}
    for pattern, value in node.get("patternProperties", {}).items():
        atom = _atom({"type": "string", "pattern": pattern})
        tidy |= {"propertyNames": {"$ref": f"#/$defs/{atom}"}, "additionalProperties": _tidy(value)}
    return tidy


def _tidied_key(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _tidy(inner) for name, inner in value.items()}
    return value if key in ("description", "default", "enum", "const", "examples") else _tidy(value)


def _about(node: Schema) -> Schema:
    return {word: node[word] for word in ("description", "default", "since", "examples") if word in node}


def _without_null(node: Schema) -> Schema:
    """A key that may be left out is left out; nobody writes `null`."""
    if node.get("default", 0) is not None or "default" not in node:
        return node
    node = {key: value for key, value in node.items() if key != "default"}
    kept = [one for one in node.get("anyOf", []) if one != {"type": "null"}]
    if len(kept) != 1:
        return {**node, "anyOf": kept} if kept else node
    return {**{key: value for key, value in node.items() if key != "anyOf"}, **kept[0]}


_VALUES = [
    *({"type": kind} for kind in ("boolean", "integer", "number", "string")),
    {"items": {"type": "string"}, "type": "array"},
]
_VALUE = {"$ref": "FactValue"}


def _atom(node: Schema) -> str | None:
    """The atom that this is, whatever is said about it."""
    if node.get("pattern") in _PATTERNS:
        return _PATTERNS[node["pattern"]]
    if node.get("type") == "string" and node.get("maxLength") == _ATOMS["Text"]["maxLength"]:
        return "Text"
    return None
