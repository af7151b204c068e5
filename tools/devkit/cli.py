"""The commands of ``./dev``."""

import argparse
import csv
import socket
import subprocess
import time

from . import databases, linting, platform, postgres, testing, translations
from .base import ROOT, STATE, Failure, environment, need, prepare_state, run, step
from .platform import odoo_command

DEMO = "cs_demo"


def setup():
    prepare_state()
    need("python3", "Install Python 3.10 or newer.")
    platform.setup()
    postgres.setup()
    databases.write_config()


def command_setup(_arguments):
    setup()
    testing.setup_browser()
    linting.setup()


def command_run(arguments):
    started = time.monotonic()
    _ensure_port_is_free(arguments.port)
    setup()
    database = arguments.db
    if not databases.exists(database):
        databases.template(demo=True)
        with step("Demo database with the addon, in English and Chinese"):
            databases.install(database, demo=True, log="run.log", languages=["zh_CN"])
            databases.mark_updated(database)
    else:
        with step("Update the addon where it changed"):
            databases.update(database, "run.log")
    print(
        f"\nReady after {time.monotonic() - started:.0f} s: http://127.0.0.1:{arguments.port}/odoo   (Ctrl-C stops)\n"
    )
    for login in _logins():
        print(f"  {login['login']:<14} {login['password']:<14} {login['role_en']:<24} {login['name']}")
    print(flush=True)
    options = [
        "-c",
        STATE / "odoo.conf",
        "-d",
        database,
        f"--http-port={arguments.port}",
        "--db-filter",
        f"^{database}$",
    ]
    if not arguments.no_cron:
        options.append("--max-cron-threads=1")
    databases.replace_process(
        [*odoo_command(), *options, "--dev=reload,xml"] if arguments.dev else [*odoo_command(), *options]
    )


def _logins():
    path = ROOT / "customer_service_addon" / "demo" / "logins.csv"
    if not path.exists():
        return [{"login": "admin", "password": "admin", "role_en": "Administrator", "name": ""}]
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _ensure_port_is_free(port):
    with socket.socket() as probe:
        if not probe.connect_ex(("127.0.0.1", port)):
            raise Failure(
                f"Port {port} is in use by another program. Stop it, or choose one: ./dev run --port {port + 1}"
            )


def command_test(arguments):
    setup()
    return testing.test(
        arguments.selection,
        fast=arguments.fast,
        coverage=arguments.cov,
        jobs=arguments.jobs,
        database=arguments.db,
    )


def command_lint(arguments):
    prepare_state()
    platform.setup()
    databases.write_config()
    return linting.lint(fix=arguments.fix)


def command_i18n(arguments):
    setup()
    return translations.export(check=arguments.check)


def command_shell(arguments):
    setup()
    databases.replace_process([*odoo_command(), "shell", "-c", STATE / "odoo.conf", "-d", arguments.db, "--no-http"])


def command_psql(arguments):
    setup()
    databases.replace_process(["psql", arguments.db])


def command_odoo(arguments):
    setup()
    databases.replace_process([*odoo_command(), "-c", STATE / "odoo.conf", *arguments.arguments])


def command_bench(arguments):
    script = ROOT / "bench" / "run.py"
    if not script.exists():
        raise Failure("There is nothing in bench/ yet.")
    setup()
    return run([platform.python(), script, *arguments.arguments], check=False).returncode


def command_stop(_arguments):
    prepare_state()
    postgres.stop()


def command_clean(_arguments):
    """Remove the state folder; databases in it are gone with it."""
    if STATE.exists():
        postgres.stop()
        subprocess.run(["rm", "-rf", str(STATE), str(ROOT / "node_modules")], check=True, env=environment())


def parser():
    top = argparse.ArgumentParser(prog="./dev", description="Run, test and check the customer service addons.")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="set up everything the other commands need")
    start = commands.add_parser("run", help="start Odoo with a demo database")
    start.add_argument("--port", type=int, default=8069)
    start.add_argument("--db", default=DEMO)
    start.add_argument("--dev", action="store_true", help="reload on changes of code and views")
    start.add_argument("--no-cron", action="store_true", help="do not run scheduled actions")
    tests = commands.add_parser("test", help="install the addons and run all tests, or the selected ones")
    tests.add_argument("selection", nargs="*", help="a test file, or words of class or method names")
    tests.add_argument("--fast", action="store_true", help="keep the database and update it")
    tests.add_argument("--cov", action="store_true", help="measure coverage")
    tests.add_argument("--jobs", type=int, default=1, help="worker processes, each with its own database")
    tests.add_argument("--db", default=testing.PLAIN)
    lint = commands.add_parser("lint", help="check code, views, translations and licences")
    lint.add_argument("--fix", action="store_true", help="mend what can be mended")
    i18n = commands.add_parser("i18n", help="export the terms and update the translations")
    i18n.add_argument("--check", action="store_true", help="only say whether they are up to date")
    for name, text in (("shell", "open an Odoo shell"), ("psql", "open the database")):
        commands.add_parser(name, help=text).add_argument("-d", "--db", default=DEMO)
    for name, text in (("odoo", "run odoo with your arguments"), ("bench", "run the measurements")):
        commands.add_parser(name, help=text).add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("stop", help="stop the private database server")
    commands.add_parser("clean", help="remove everything that was set up")
    return top


def main():
    arguments = parser().parse_args()
    return globals()[f"command_{arguments.command}"](arguments)
