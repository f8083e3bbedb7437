"""Settings come from the environment, keys from their files, and neither is guessed."""

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from cli.up import environment_of
from runtime.settings import Keys, Settings, SettingsInvalid


def test_the_environment_is_read_and_nothing_changes_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASEWAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CASEWAY_DATABASE_URL", "postgresql://u:canary@h/d")
    monkeypatch.setenv("CASEWAY_TEMPORAL_ADDRESS", "h:7233")
    settings = Settings()
    assert (settings.database, settings.temporal) == ("postgresql://u:canary@h/d", "h:7233")
    assert "canary" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1


def test_demo_users_are_not_served_to_the_world() -> None:
    with pytest.raises(ValidationError, match="demo users"):
        Settings(host="0.0.0.0")  # noqa: S104
    assert Settings(host="0.0.0.0", demo=False).url == "http://0.0.0.0:8000"  # noqa: S104


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    Keys(tmp_path).make()
    first, second = Keys(tmp_path), Keys(tmp_path)
    assert (first.payload, first.root, first.ids) == (second.payload, second.root, second.ids)
    assert len({first.payload, first.root, first.ids}) == 3
    assert len(first.root) == 32
    for file in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_lost_key_is_not_made_anew_over_data(tmp_path: Path) -> None:
    Keys(tmp_path).make()
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("18")
    (tmp_path / "keys" / "root").unlink()
    with pytest.raises(SettingsInvalid, match="missing"):
        _ = Keys(tmp_path).root
    (tmp_path / "keys" / "ids").write_text("short")
    with pytest.raises(SettingsInvalid, match="damaged"):
        _ = Keys(tmp_path).ids


def test_without_servers_the_address_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="caseway up"):
        _ = Settings(data_dir=tmp_path).temporal


def test_mail_has_a_sender_and_never_goes_in_clear_to_another_machine() -> None:
    with pytest.raises(ValidationError, match="CASEWAY_SMTP_FROM"):
        Settings(smtp_host="mail.example")
    with pytest.raises(ValidationError, match="CASEWAY_SMTP_PASSWORD"):
        Settings(smtp_user="caseway")
    with pytest.raises(ValidationError, match="in clear"):
        Settings(smtp_host="mail.example", smtp_from="caseway@office.invalid", smtp_tls="none")
    given = {"smtp_from": "caseway@office.invalid", "smtp_user": "u", "smtp_password": "canary"}
    settings = Settings(smtp_host="mail.example", **given)
    assert settings.smtp_tls == "starttls"
    assert "canary" not in repr(settings)
    assert Settings(smtp_host="localhost", smtp_tls="none", smtp_from="caseway@office.invalid").smtp_host


@pytest.mark.parametrize("url", ["caseway.example", "https://", "https://caseway.example/", "https://c.example/?a=b"])
def test_the_public_address_is_one_that_links_can_begin_with(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(public_url=url)
    assert Settings(public_url="https://caseway.example/office").found_at == "https://caseway.example/office"
    assert Settings().found_at == "http://127.0.0.1:8000"


def test_secrets_reach_the_children_of_an_up_whole() -> None:
    given = {"smtp_host": "mail.example", "smtp_from": "caseway@office.invalid", "smtp_user": "u"}
    settings = Settings(database_url="postgresql://u:secret@h/d", smtp_password="pass word", **given)
    told = environment_of(settings)
    assert told["CASEWAY_SMTP_PASSWORD"] == "pass word"
    assert told["CASEWAY_DATABASE_URL"] == "postgresql://u:secret@h/d"
    assert told["CASEWAY_DEMO"] == "True"


def test_the_key_of_the_post_follows_from_that_of_the_payloads(tmp_path: Path) -> None:
    Keys(tmp_path).make()
    keys = Keys(tmp_path)
    assert len(keys.post) == 32
    assert keys.post == Keys(tmp_path).post
    assert keys.post not in (keys.payload, keys.root, keys.ids)
