"""A small procedure with long, Cyrillic and awkward titles, for whatever draws or writes it out."""

import pytest

from sop.loader import load
from sop.model import Definition

HEAD = """
procedure: small
version: "1.0"
title: A <small> procedure & "more"
sops: [stay, journey]
starts-with: stay
roles: {case_manager: Case manager, police: Police & border guard}
opened-by: [case_manager]
calendars: {default: {zone: Europe/Vienna}}
facts: {}
"""

STAY = r"""
sop: stay
title: Боравак и заштита <жртве>
initial: asked
states:
  asked: {title: "Претпостављена жртва трговине људима која чека на формалну идентификацију"}
  sure: {title: "Rights explained; no & yes: \"quoted\" <b>#1</b> back\\slash"}
  left: {title: Пријављенасамопослужићемоседугачкомречју, final: true}
transitions:
  begin:
    title: Почетак поступка утврђивања идентитета и доделе времена за опоравак
    from: asked
    to: sure
    by: [case_manager, police]
  leave: {title: ЖЖЖЖЖЖЖЖЖЖЖЖ ШШШШШШШШ ЩЩЩЩЩЩ, from: any, to: left, by: [case_manager]}
"""

JOURNEY = """
sop: journey
title: Journey
initial: begun
states: {begun: {title: Begun}, over: {title: Over, final: true}}
opens: {by: [case_manager]}
transitions: {finish: {title: Finish, from: begun, to: over, by: [case_manager]}}
"""


@pytest.fixture(scope="session")
def awkward() -> Definition:
    return load({"procedure.yaml": HEAD.encode(), "stay.yaml": STAY.encode(), "journey.yaml": JOURNEY.encode()})
