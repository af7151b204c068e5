"""Places, environment, and how steps are run and reported."""

import contextlib
import hashlib
import os
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


class Failure(Exception):
    """An error that is told to the user in one line, with the way out."""


def addons():
    """Return the names of the addons that live beside each other at the root."""
    return sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


def prepare_state():
    for folder in (STATE, BIN, LOGS, DATA, STATE / "stamps", STATE / "shots"):
        folder.mkdir(parents=True, exist_ok=True)


def socket_folder():
    """The folder of the database socket; its path must stay short, or PostgreSQL cannot bind it."""
    folder = STATE / "run"
    if len(str(folder)) > 80:
        digest = hashlib.sha1(str(ROOT).encode()).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"cs-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def temporary_folder():
    folder = Path(tempfile.gettempdir()) / f"cs-tmp-{hashlib.sha1(str(ROOT).encode()).hexdigest()[:10]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment():
    """Return the environment of every child process; nothing of the caller's database settings leaks in."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    if not os.environ.get("PGHOST"):
        env = {key: value for key, value in env.items() if not key.startswith("PG")}
        env.update(PGHOST=str(socket_folder()), PGUSER="odoo")
    env.setdefault("PGUSER", "odoo")
    env["PATH"] = f"{VENV / 'bin'}:{BIN}:{env.get('PATH', '')}"
    # Odoo cuts the path of a print's temporary files at its dots, so none may be in the name of the folder.
    env["TMPDIR"] = str(temporary_folder())
    env["ODOO_RC"] = str(STATE / "odoo.conf")
    env["FONTCONFIG_FILE"] = str(STATE / "fonts.conf")
    return env


def run(command, *, log=None, check=True, capture=False, **options):
    """Run ``command`` in the project's environment; with ``log`` its output goes to that file of the log folder."""
    options.setdefault("env", environment())
    options.setdefault("cwd", ROOT)
    if capture:
        options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if log:
        target = LOGS / log
        with target.open("a") as stream:
            done = subprocess.run([str(part) for part in command], stdout=stream, stderr=stream, **options)
        if check and done.returncode:
            tail = "\n".join(target.read_text(errors="replace").splitlines()[-15:])
            raise Failure(f"{Path(str(command[0])).name} failed, see .odoo/log/{log}:\n{tail}")
        return done
    done = subprocess.run([str(part) for part in command], **options)
    if check and done.returncode:
        detail = f": {done.stderr.strip()[-800:]}" if capture else ""
        raise Failure(f"{' '.join(str(part) for part in command[:3])} … failed{detail}")
    return done


@contextlib.contextmanager
def step(label):
    """Print one line per step with its time."""
    start = time.monotonic()
    print(f"  {label} …", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - start:.1f} s", flush=True)


def once(name, key, label, action):
    """Do ``action`` unless it was done for the same ``key`` before."""
    stamp = STATE / "stamps" / name
    if stamp.is_file() and stamp.read_text() == key:
        return
    with step(label):
        action()
    stamp.write_text(key)


def digest(*parts):
    """Return a short hash of texts and of the content of files and folders."""
    hashed = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path) and part.is_dir():
            for path in sorted(part.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    hashed.update(str(path.relative_to(part)).encode() + path.read_bytes())
        else:
            hashed.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
    return hashed.hexdigest()[:16]


def need(program, way_out):
    """Return the path of ``program`` or fail with the way out."""
    found = shutil.which(program, path=environment()["PATH"])
    if not found:
        raise Failure(f"{program} is missing. {way_out}")
    return found


def python():
    return VENV / "bin" / "python"


def main(action):
    """Run ``action`` and turn failures into one clear line."""
    try:
        return action() or 0
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
