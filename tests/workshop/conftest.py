"""A small procedure with awkward titles for whatever draws or writes it out, and a tiny one for questions of queues."""

from pathlib import Path

import pytest

from cli.folders import SHIPPED, files_of
from sop.durations import Duration
from sop.loader import load
from sop.model import Definition
from sop.procedure import Procedure, compile_procedure
from workshop.caseload import Simulation
from workshop.simulations import simulation_in

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


ONE_DESK = Path(__file__).resolve().parents[1] / "one_desk"


def settings_of(text: str, procedure: Procedure) -> Simulation:
    found = simulation_in("simulations/test.yaml", text.encode(), procedure)
    assert isinstance(found, Simulation), found
    return found


@pytest.fixture(scope="session")
def tiny() -> Procedure:
    return compile_procedure(load(files_of(ONE_DESK)))


@pytest.fixture(scope="session")
def tiny_settings(tiny: Procedure) -> Simulation:
    return settings_of((ONE_DESK / "simulations/default.yaml").read_text(), tiny)


@pytest.fixture(scope="session")
def default_text() -> str:
    return files_of(SHIPPED / "trm")["simulations/default.yaml"].decode()


@pytest.fixture(scope="session")
def some_months(shipped: Procedure, default_text: str) -> Simulation:
    """The shipped settings for 240 days."""
    return settings_of(default_text, shipped).model_copy(update={"lasts": Duration(days=240)})
