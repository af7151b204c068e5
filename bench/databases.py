"""A database per side and filling: Odoo's modules from the template, the side's own, its scene, then many rows."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from devkit import databases as kit
from devkit import packages
from devkit.archive import core_addons, odoo_command
from devkit.base import (
    CONFIG,
    DATA,
    LOGS,
    ROOT,
    SHOTS,
    STATE,
    Failure,
    addons,
    digest,
    environment,
    log_tail,
    once,
    python,
    run,
    step,
)

from . import fill
from .sizes import CLOSED_TEMPLATES, HOURS, TEMPLATES
from .tables import COUNTS, TABLES

HERE = Path(__file__).parent
PLACE = STATE / "bench"
PEER = PLACE / "peer"
PEER_MODULES = ("helpdesk_mgmt", "helpdesk_mgmt_sla")
LOG = "bench.log"


@dataclass(frozen=True)
class Side:
    """One of the two: which modules it is, and the settings that know where they are."""

    name: str
    modules: tuple
    config: Path
    source: Path


def sides():
    """Return our side and the peer's, by name."""
    ours = Side("ours", tuple(addons()), CONFIG, ROOT)
    peer = Side("peer", PEER_MODULES, PLACE / "peer.conf", PEER / "odoo" / "addons")
    return {side.name: side for side in (ours, peer)}


def install_peer():
    """Fetch the peer into a folder of its own; only the settings of its own databases know about it."""
    PLACE.mkdir(parents=True, exist_ok=True)
    once("bench-peer", digest(HERE / "requirements.txt"), "The peer's packages", _fetch_peer)
    side = sides()["peer"]
    paths = f"{side.source},{core_addons()}"
    side.config.write_text(kit.SETTINGS.format(addons=paths, data=DATA, shots=SHOTS))


def _fetch_peer():
    shutil.rmtree(PEER, ignore_errors=True)
    packages.pip("--no-deps", "--target", PEER, "-r", HERE / "requirements.txt")


def ensure(side, size, *, keep):
    """Have the filled databases of ``side``; return ``{"few": name, "many": name}``.

    With ``keep`` databases of an older state of the code are good enough.
    """
    names = {kind: f"cs_bench_{side.name}_{size.name}_{kind}" for kind in ("few", "many")}
    stamp = PLACE / f"{side.name}-{size.name}.stamp"
    key = _content(side)
    present = stamp.is_file() and all(kit.exists(name) for name in names.values())
    if not present or not (keep or stamp.read_text() == key):
        stamp.unlink(missing_ok=True)
        _make(side, size, names)
        stamp.write_text(key)
    for name in names.values():
        check_installed(side, name)
    return names


def _content(side):
    """Return a hash of all that ends up in the filled databases of ``side``."""
    folders = [side.source / module for module in side.modules]
    files = [path for folder in (*folders, HERE) for path in sorted(folder.rglob("*.*")) if path.is_file()]
    files = [path for path in files if path.suffix not in (".pyc", ".md", ".po") and "tests" not in path.parts]
    # Deadlines filled in yesterday would be past today.
    return digest(kit.template(demo=False), time.strftime("%Y-%m-%d"), *files)


def _make(side, size, names):
    base = f"cs_bench_{side.name}"
    with step(f"Database of {side.name}: {', '.join(side.modules)}"):
        kit.copy(kit.template(demo=False), base)
        log = f"bench-{side.name}-install.log"
        (LOGS / log).unlink(missing_ok=True)
        modules = ",".join(side.modules)
        run([*odoo_command(), "-c", side.config, "-d", base, "-i", modules, "--no-http", "--stop-after-init"], log=log)
        check_installed(side, base)
        roots = work(side, base, "scene", keep=True)
    for kind, open_deadlines, history in (("few", size.few, 0), ("many", size.many, size.history)):
        with step(f"Fill {names[kind]}: {open_deadlines} open deadlines, a customer with {history} records"):
            kit.copy(base, names[kind])
            tables = TABLES[side.name]
            fill.multiply(names[kind], tables, roots["open"], open_deadlines // len(HOURS) // TEMPLATES)
            fill.multiply(names[kind], tables, roots["closed"], history // CLOSED_TEMPLATES)
            fill.analyze(names[kind])
    kit.drop(base)


def check_installed(side, database):
    """Raise Failure unless every module of ``side`` is installed in ``database``: nothing else would be compared."""
    states = kit.query(database, "SELECT name || ':' || state FROM ir_module_module WHERE state = 'installed'")
    missing = [name for name in side.modules if f"{name}:installed" not in states]
    if missing:
        log = f".odoo/log/bench-{side.name}-install.log"
        raise Failure(
            f"{', '.join(missing)} could not be installed in {database}, so there is nothing to compare: see {log}."
        )


def counts(side, database):
    """Return how much is in ``database``, as numbers by name."""
    return {name: int(kit.query(database, sql)[0]) for name, sql in COUNTS[side.name].items()}


def work(side, database, job, *, keep=False, **options):
    """Do ``job`` of ``side`` in a new Odoo process; return its result. With ``keep`` it stays in the database."""
    order = {
        "side": side.name,
        "config": str(side.config),
        "database": database,
        "job": job,
        "options": options,
        "keep": keep,
    }
    command = [str(python()), "-m", "bench.worker", json.dumps(order)]
    with (LOGS / LOG).open("a") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True, check=False
        )
    if done.returncode:
        raise Failure(f"{side.name}: {job} failed, see .odoo/log/{LOG}:\n{log_tail(LOG, 6)}")
    return json.loads(done.stdout.splitlines()[-1])
