"""The names that a procedure defines: what a reference may lead to, and how each is called in front of people."""

from sop.counting import BUILT_IN
from sop.fields import Field
from sop.model import Definition

YES_NO = Field(type="yes-no")


class Vocabulary:
    """All names by kind, all facts with their fields, all titles.

    `also` are kind and name of what files define and nobody could understand; of the kinds in `unread`, names may be
    missing altogether.
    """

    def __init__(
        self,
        definition: Definition,
        also: frozenset[tuple[str, str]] = frozenset(),
        unread: frozenset[str] = frozenset(),
    ) -> None:
        head = definition.head
        self.facts: dict[str, Field] = {f"case.{name}": field for name, field in head.facts.items()}
        self.facts |= {f"case.{name}": YES_NO for name in head.derived}
        self.titles: dict[str, str] = {
            f"case.{name}": field.title or _plain(name) for name, field in head.facts.items()
        }
        self.titles |= {f"case.{name}": derived.title for name, derived in head.derived.items()}
        self.titles |= {f"consents.{name}": purpose.title for name, purpose in head.consents.items()}
        self.states: dict[str, str] = {}
        self._known: dict[str, set[str]] = {
            "role": set(head.roles),
            "consent": set(head.consents),
            "rule": set(head.rules),
            "life-event": set(head.life_events),
            "instrument": set(definition.instruments),
            "sop": set(definition.sops),
            "calendar": set(head.calendars),
            "counting-rule": {*head.counting_rules, *BUILT_IN},
            "measure": set(),
            "clock": set(),
            "state": set(),
        }
        for sop in definition.sops.values():
            self.titles[sop.sop] = sop.title
            self._known["state"] |= {f"{sop.sop}.{state}" for state in (*sop.states, "not_open")}
            self._known["measure"] |= set(sop.measures)
            self._known["clock"] |= {f"{sop.sop}.{clock}" for clock in sop.clocks}
            self.states |= {f"{sop.sop}.{name}": state.title for name, state in sop.states.items()}
            self.titles |= {f"{sop.sop}.{name}": clock.title for name, clock in sop.clocks.items()}
            for name, measure in sop.measures.items():
                self.titles[name] = measure.title
                for field_name, field in (*measure.fields.items(), *measure.results.items()):
                    if not field.particular and field.kind != "instrument":
                        self.facts[f"{name}.{field_name}"] = field
                    self.titles[f"{name}.{field_name}"] = f"{measure.title}: {field.title or _plain(field_name)}"
        self._known["fact"] = set(self.facts)
        self._unread = unread
        for kind, name in also:
            if kind != "fact" or name not in self.titles:  # a field that was understood is a fact, or a particular
                self._known[kind].add(name)

    def known(self, kind: str) -> set[str]:
        """Every name of a kind: role, consent, rule, life-event, instrument, sop, calendar, counting-rule, measure, clock,
        state, fact."""
        return self._known[kind]

    def lost(self, kind: str, name: str) -> bool:
        """Whether a reference to this name certainly leads nowhere."""
        return name not in self._known[kind] and kind not in self._unread

    def title(self, ref: str) -> str:
        return self.titles.get(ref) or _plain(ref.rsplit(".", 1)[-1])


def _plain(name: str) -> str:
    return name.replace("_", " ")
