"""``./dev run``: a demo database and a server to look at it."""

import csv
import signal
import socket
import subprocess
import time
import urllib.request

from . import databases
from .archive import odoo_command
from .base import CONFIG, ROOT, Failure, addons, environment

DEMO = "cs_demo"
ADMINISTRATOR = {"login": "admin", "password": "admin", "role_en": "Administrator", "name": ""}
PATIENCE = 120  # seconds until the server answers
# Prints fetch their style from this server, whatever port it listens on.
PRINT_ADDRESS = """
    INSERT INTO ir_config_parameter (key, value) VALUES ('report.url', '{address}')
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
"""


def ensure_port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"Port {port} is in use by another program. Stop it, or choose one: ./dev run --port {port + 1}"
            raise Failure(message) from error


def run(database, port, *, reload, cron, started):
    """Start Odoo on an up-to-date demo database; Ctrl-C stops it."""
    databases.ensure(database, demo=True, log=f"{database}.log", keep=True)
    databases.query(database, PRINT_ADDRESS.format(address=f"http://127.0.0.1:{port}"))
    command = [*odoo_command(), "-c", CONFIG, "-d", database, f"--http-port={port}", f"--db-filter=^{database}$"]
    command.append(f"--max-cron-threads={int(cron)}")
    if reload:
        command.append("--dev=reload,xml")
    server = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment())
    signal.signal(signal.SIGTERM, lambda *_signal: server.terminate())
    try:
        _wait_until_ready(server, port)
        _welcome(port, time.monotonic() - started)
        return server.wait()
    except KeyboardInterrupt:
        return 0 if server.wait() in (0, -signal.SIGINT) else 1


def _wait_until_ready(server, port):
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    if server.poll() is None:
        server.terminate()
    raise Failure("Odoo did not start; its messages are above.")


def _logins():
    found = []
    for addon in addons():
        path = ROOT / addon / "demo" / "logins.csv"
        if path.exists():
            with path.open(encoding="utf-8") as stream:
                found += csv.DictReader(stream)
    return found or [ADMINISTRATOR]


def _welcome(port, seconds):
    print(f"\nReady after {seconds:.0f} s: http://127.0.0.1:{port}/odoo   (Ctrl-C stops)\n")
    rows = [("Login", "Password", "Role", "Name")]
    rows += [(row["login"], row["password"], row["role_en"], row["name"]) for row in _logins()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=False)) + f"  {row[3]}")
    print(flush=True)
