"""Places, environment, and how steps are run and reported."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".odoo"
VENV = STATE / "venv"
BIN = STATE / "bin"
PREFIX = STATE / "prefix"
LOGS = STATE / "log"
DATA = STATE / "data"
SHOTS = STATE / "shots"
CONFIG = STATE / "odoo.conf"
# Settings of the caller that would change what our processes do.
FOREIGN = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PGDATABASE", "OPENERP_SERVER")
LONGEST_SOCKET_FOLDER = 80  # of the 107 characters of a socket's path


class Failure(Exception):
    """An error that is told to the user in one line, with the way out."""


def addons():
    """Return the names of the addons that live beside each other at the root."""
    return sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


def prepare_state():
    for folder in (STATE, BIN, LOGS, DATA, SHOTS, STATE / "tmp", STATE / "stamps"):
        folder.mkdir(parents=True, exist_ok=True)


def socket_folder():
    """Return the folder of the database socket; its path must stay short, or PostgreSQL cannot bind it."""
    folder = STATE / "run"
    return _private(_shared_folder("run") if len(str(folder)) > LONGEST_SOCKET_FOLDER else folder)


def temporary_folder():
    """Return the folder of temporary files; Odoo cuts a path at its dots, so ``.odoo`` cannot hold it."""
    return _private(_shared_folder("tmp"))


def _shared_folder(kind):
    key = hashlib.sha1(str(ROOT).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"cs-{kind}-{os.getuid()}-{key}"


def _private(folder):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Failure(f"{folder} belongs to another user. Remove it, or set TMPDIR to a folder of yours.")
    return folder


def environment():
    """Return the environment of every child process; nothing of the caller's database settings leaks in."""
    env = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    if not os.environ.get("PGHOST"):
        env = {key: value for key, value in env.items() if not key.startswith("PG")}
        env.update(PGHOST=str(socket_folder()), PGPORT="5432", PGUSER="odoo")
    env.setdefault("PGUSER", "odoo")
    env["PATH"] = f"{VENV / 'bin'}:{BIN}:{env.get('PATH', os.defpath)}"
    env["TMPDIR"] = str(temporary_folder())
    env["ODOO_RC"] = str(CONFIG)
    env["FONTCONFIG_FILE"] = str(STATE / "fonts.conf")
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(STATE / "hypothesis")
    env["PYTHONUTF8"] = "1"
    return env


def run(command, *, log=None, check=True, capture=False, **options):
    """Run ``command`` in the project's environment; with ``log`` its output goes to that file of the log folder."""
    command = [str(part) for part in command]
    options.setdefault("env", environment())
    options.setdefault("cwd", ROOT)
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    name = Path(command[0]).name
    try:
        if log:
            with (LOGS / log).open("a") as stream:
                done = subprocess.run(command, stdout=stream, stderr=stream, check=False, **options)
        else:
            done = subprocess.run(command, capture_output=capture, check=False, **{"text": True, **options})
    except FileNotFoundError as error:
        raise Failure(f"{name} is missing on this machine.") from error
    if check and done.returncode:
        detail = log_tail(log) if log else (done.stderr or "").strip()[-800:] if capture else ""
        raise Failure(f"{name} failed{f', see .odoo/log/{log}' if log else ''}:\n{detail}")
    return done


def log_tail(log, lines=15):
    return "\n".join((LOGS / log).read_text(errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def step(label):
    """Tell one line per step with its time, apart from the output of the command itself."""
    start = time.monotonic()
    print(f"  {label} …", end="", file=sys.stderr, flush=True)
    try:
        yield
    except BaseException:
        print(" failed", file=sys.stderr, flush=True)
        raise
    print(f" {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)


@contextlib.contextmanager
def lock(name):
    """Let one process of this checkout at a time do ``name``; the others wait."""
    with (STATE / f"{name}.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"  Waiting for another ./dev ({name}) …", file=sys.stderr, flush=True)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def claim(database):
    """Keep two runs off the same database."""
    with (STATE / f"db-{database}.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(f"Another ./dev works on the database {database}. Choose one with --db NAME.") from error
        yield


def once(name, key, label, action):
    """Do ``action`` unless it was done for the same ``key`` before."""
    stamp = STATE / "stamps" / name
    if stamp.is_file() and stamp.read_text() == key:
        return
    stamp.unlink(missing_ok=True)
    with step(label):
        action()
    stamp.write_text(key)


def digest(*parts):
    """Return a short hash of texts, names of folders and the content of files."""
    hashed = hashlib.sha256()
    for part in parts:
        content = isinstance(part, Path) and part.is_file()
        hashed.update(part.read_bytes() if content else str(part).encode())
        hashed.update(b"\0")
    return hashed.hexdigest()[:16]


def link(target, name):
    """Offer ``target`` as the program ``name``."""
    place = BIN / name
    if not (place.is_symlink() and place.readlink() == Path(target)):
        place.unlink(missing_ok=True)
        place.symlink_to(target)


def python():
    return VENV / "bin" / "python"


def valid_database(name):
    """Return ``name``, or fail when it would need quoting somewhere."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise Failure(f"“{name}” cannot be the name of a database here: use small letters, digits and _.")
    return name


def program(name, way_out):
    """Return the path of a program of this machine, or fail with the way out."""
    found = shutil.which(name, path=environment()["PATH"])
    if not found:
        raise Failure(f"{name} is missing. {way_out}")
    return found


def main(action):
    """Run ``action`` and turn failures into one clear line."""
    try:
        return action() or 0
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
