"""Settings: what a process is told by its environment, and the keys that lie beside its data."""

import hashlib
import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class SettingsInvalid(ValueError):
    """What is wrong with the settings or the keys, in one sentence."""


class Settings(BaseSettings):
    """Read once, by an entry point, from `CASEWAY_…`. Without addresses the embedded servers under `data_dir` serve."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWAY_", frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    data_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Path(".caseway")
    database_url: SecretStr | None = None
    temporal_address: str | None = None
    namespace: str = "default"
    task_queue: str = "caseway"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    country: Country | None = None
    demo: bool = True
    publish_by_two: bool = False
    numbers_only: str = ""
    smallest_figure: int = Field(5, ge=1, le=1000)
    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*[^\s/?#])?$")] | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: (
        Annotated[
            str, StringConstraints(pattern=r"^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
        ]
        | None
    ) = None
    smtp_ca: Path | None = None
    webhooks_private: bool = False

    @model_validator(mode="after")
    def _mail_is_whole_and_never_in_clear(self) -> Self:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("mails need a sender: set CASEWAY_SMTP_FROM")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("set both CASEWAY_SMTP_USER and CASEWAY_SMTP_PASSWORD, or neither")
        if self.smtp_host and self.smtp_tls == "none" and self.smtp_host not in _LOOPBACK:
            raise ValueError("mails in clear only go to this machine itself: set CASEWAY_SMTP_TLS to starttls or tls")
        return self

    @model_validator(mode="after")
    def _demo_users_stay_at_home(self) -> Self:
        if self.demo and self.host not in _LOOPBACK:
            raise ValueError("demo users are only served on this machine: add --no-demo, or serve on 127.0.0.1")
        return self

    @property
    def numbers_only_roles(self) -> frozenset[str]:
        """The roles of `numbers_only`, which are written with commas between them."""
        return frozenset(role.strip() for role in self.numbers_only.split(",") if role.strip())

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def found_at(self) -> str:
        """Where people find this system; links in mails and calendars begin with it."""
        return self.public_url or self.url

    @property
    def database(self) -> str:
        """The address of the database, with its password; of the embedded one unless another is set."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        password = quote(self.keys.postgres, safe="")
        return f"postgresql://caseway:{password}@127.0.0.1:{self._kept_port('postgres')}/postgres"

    @property
    def temporal(self) -> str:
        """The address of Temporal; of the embedded server unless another is set."""
        return self.temporal_address or f"127.0.0.1:{self._kept_port('temporal')}"

    @cached_property
    def keys(self) -> "Keys":
        return Keys(self.data_dir)

    def _kept_port(self, server: str) -> int:
        try:
            return int((self.run_dir / f"{server}.port").read_text())
        except (FileNotFoundError, ValueError):
            raise SettingsInvalid(f"no {server} runs for {self.data_dir}: start it with `caseway up`") from None


class Keys:
    """The files under `DIR/keys`, readable by their owner only, made by the first `up` or `prepare` and never again.

    A process that finds one missing refuses to start, for a new one would make what is kept unreadable for ever.
    """

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir / "keys"
        self._data = data_dir / "postgres" / "data" / "PG_VERSION"

    @property
    def payload(self) -> bytes:
        """Encrypts what Temporal keeps."""
        return bytes.fromhex(self._key("payload"))

    @property
    def post(self) -> bytes:
        """Seals the mail addresses of people and the secrets of webhooks; made from `payload`, which worker and API have."""
        return hmac.digest(self.payload, b"caseway post", hashlib.sha256)

    @property
    def root(self) -> bytes:
        """Wraps the key of every case in the vault."""
        return bytes.fromhex(self._key("root"))

    @property
    def ids(self) -> bytes:
        """Makes case ids, pseudonyms and tokens out of what must not be seen."""
        return bytes.fromhex(self._key("ids"))

    @property
    def postgres(self) -> str:
        """The password of the embedded database."""
        return self._key("postgres")

    def make(self) -> None:
        """Make those that are missing; only a first start may, before there is data."""
        for name in ("payload", "root", "ids", "postgres"):
            path = self._dir / name
            if not path.exists() and not self._data.exists():
                self._create(path)
            self._key(name)

    def _key(self, name: str) -> str:
        path = self._dir / name
        try:
            key = path.read_text().strip()
        except FileNotFoundError:
            raise SettingsInvalid(f"the key {path} is missing: put it back, the data cannot be read without") from None
        if len(key) != 64 or any(character not in "0123456789abcdef" for character in key):
            raise SettingsInvalid(f"the key {path} is damaged: it should be 64 hexadecimal digits")
        return key

    def _create(self, path: Path) -> None:
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            # whole or not at all, and the first of two processes wins
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
