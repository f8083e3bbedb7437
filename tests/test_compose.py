"""The compose file cannot be run here, so it is read, and held to what production needs of it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from runtime.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVERS = ("postgres", "temporal-postgres", "temporal", "worker", "api")
JOBS = ("temporal-schema", "temporal-namespace", "prepare")
OURS = ("prepare", "worker", "api")
DONE, HEALTHY = "service_completed_successfully", "service_healthy"


def waits_for(service: str) -> dict[str, str]:
    return {name: wait["condition"] for name, wait in SERVICES[service].get("depends_on", {}).items()}


def test_it_names_the_real_parts_and_no_other() -> None:
    assert set(SERVICES) == {*SERVERS, *JOBS}
    images = {name: service["image"] for name, service in SERVICES.items()}
    assert images["postgres"] == images["temporal-postgres"]
    assert re.fullmatch(r"postgres:1[67]\.\d+-bookworm", images["postgres"])
    assert images["temporal"] == "temporalio/server:1.32.0"
    assert images["temporal-schema"] == images["temporal-namespace"] == "temporalio/admin-tools:1.32.0"


def test_the_schema_job_runs_the_version_of_the_server() -> None:
    tags = {SERVICES[name]["image"].partition(":")[2] for name in ("temporal", "temporal-schema", "temporal-namespace")}
    assert len(tags) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_versions_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.match(r"\d+\.\d+", tag)
    bases = re.findall(r"^FROM (\S+)", (PROJECT / "Containerfile").read_text(), re.MULTILINE)
    assert bases
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)


def test_our_image_has_the_version_of_the_project() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"caseway:{project['version']}"}


def test_no_secret_has_a_default() -> None:
    variables = re.findall(r"\$\{([^}]*)\}", TEXT)
    assert variables
    assert [variable for variable in variables if ":?" not in variable] == []
    for service in SERVICES.values():
        for key, value in service["environment"].items() if "environment" in service else ():
            if "PASSWORD" in key or key.endswith("PWD"):
                assert str(value).startswith("${"), key
            assert not re.search(r"://[^:/]+:(?!\$\{)[^@]+@", str(value)), key


def test_the_example_of_the_environment_has_every_variable_and_no_value() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(given) == {name.partition(":")[0] for name in re.findall(r"\$\{([^}]*)\}", TEXT)}
    assert set(given.values()) == {""}


def test_only_the_door_is_open_and_only_to_its_own_machine() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["api"]["ports"])
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == {"api"}
    assert {name for name, service in SERVICES.items() if "mail" in service["networks"]} == {"worker"}


def test_how_mails_go_is_told_in_a_file_that_need_not_be_there() -> None:
    for name in ("worker", "api"):
        assert SERVICES[name]["env_file"] == [{"path": "mail.env", "required": False}]
    assert "mail.env" in (PROJECT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", OURS)
def test_our_processes_can_change_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in ("0", "root")
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - in the container
    assert service["cap_drop"] == ["ALL"]
    assert "volumes" not in service
    assert "USER 10001:10001" in (PROJECT / "Containerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_gains_privileges(name: str) -> None:
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]
    assert "privileged" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_says_whether_it_is_well_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_everything_waits_for_what_it_needs() -> None:
    assert waits_for("temporal-schema") == {"temporal-postgres": HEALTHY}
    assert waits_for("temporal") == {"temporal-schema": DONE}
    assert waits_for("temporal-namespace") == {"temporal": HEALTHY}
    assert waits_for("prepare") == {"postgres": HEALTHY}
    for name in ("worker", "api"):
        assert waits_for(name) == {"prepare": DONE, "temporal-namespace": DONE}
    for job in JOBS:
        assert SERVICES[job]["restart"].startswith("on-failure"), "a job ends, and is not begun again once it is done"


def test_data_outlives_the_containers() -> None:
    for name in ("postgres", "temporal-postgres"):
        volume = SERVICES[name]["volumes"][0].split(":")[0]
        assert volume in COMPOSE["volumes"]


def test_the_processes_understand_what_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        for key, value in SERVICES[name]["environment"].items():
            assert key.startswith("CASEWAY_")
            assert key.removeprefix("CASEWAY_").lower() in Settings.model_fields, key
            monkeypatch.setenv(key, str(value))
        settings = Settings()
        assert not settings.demo, "demo users are for one machine alone"
        assert settings.database_url is not None
        assert settings.temporal == "temporal:7233"
        assert settings.namespace in SERVICES["temporal-namespace"]["command"][0]


def test_each_process_holds_only_the_keys_that_it_needs() -> None:
    keys = Settings(demo=False).model_copy(update={"data_dir": Path("/run/caseway")}).data_dir / "keys"
    held = {name: {secret["target"] for secret in SERVICES[name].get("secrets", ())} for name in SERVICES}
    assert held.pop("worker") == {f"{keys}/payload"}
    assert held.pop("api") == {f"{keys}/payload", f"{keys}/root", f"{keys}/ids"}
    assert set().union(*held.values()) == set()


def test_the_image_holds_every_room() -> None:
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = set(" ".join(re.findall(r"^COPY (?!--)(.*) \S+$", (PROJECT / "Containerfile").read_text(), re.M)).split())
    assert {*wheel["packages"], *wheel["force-include"]} <= copied
    assert "." not in copied, "keys and data may lie in the folder"
