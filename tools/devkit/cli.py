"""The commands of ``./dev``."""

import argparse
import shutil
import sys
import time

from . import archive, databases, linting, nodejs, packages, postgres, running, testing, translations
from .archive import odoo_command
from .base import (
    CONFIG,
    ROOT,
    STATE,
    claim,
    lock,
    prepare_state,
    python,
    run,
    socket_folder,
    temporary_folder,
    valid_database,
)


def setup(*, server=True):
    """Have everything that Odoo needs; quick when nothing changed."""
    prepare_state()
    with lock("setup"):
        archive.setup()
        packages.setup()
    databases.write_config()
    if server:
        postgres.setup()


def command_setup(_arguments):
    setup()
    nodejs.setup()
    nodejs.setup_browser()


def command_run(arguments):
    started = time.monotonic()
    valid_database(arguments.db)
    running.ensure_port_is_free(arguments.port)
    setup()
    with claim(arguments.db):
        return running.run(
            arguments.db, arguments.port, reload=arguments.dev, cron=not arguments.no_cron, started=started
        )


def command_test(arguments):
    valid_database(arguments.db)
    setup()
    return testing.test(
        arguments.selection,
        arguments.k,
        database=arguments.db,
        fast=arguments.fast,
        coverage=arguments.cov,
        jobs=arguments.jobs,
    )


def command_lint(arguments):
    setup(server=False)
    nodejs.setup()
    return linting.lint(fix=arguments.fix)


def command_i18n(arguments):
    setup()
    with claim(arguments.db):
        databases.ensure(arguments.db, demo=False, log=f"{arguments.db}.log", keep=False)
        if not arguments.check:
            return translations.update(arguments.db)
        stale = translations.check(arguments.db)
        print("\n".join(stale))
        return int(bool(stale))


def command_shell(arguments):
    setup()
    databases.replace_process([*odoo_command(), "shell", "-c", CONFIG, "-d", arguments.db, "--no-http"])


def command_psql(arguments):
    setup()
    databases.replace_process(["psql", "-d", arguments.db, *arguments.arguments])


def command_odoo(arguments):
    setup()
    databases.replace_process([*odoo_command(), *arguments.arguments])


def command_bench(arguments):
    setup()
    return run([python(), "-m", "bench.run", *arguments.arguments], check=False).returncode


def command_stop(_arguments):
    prepare_state()
    postgres.stop()


def command_clean(_arguments):
    """Remove all that was set up; the private databases are gone with it."""
    if not STATE.exists():
        return
    postgres.stop()
    if (ROOT / "node_modules").is_symlink():
        (ROOT / "node_modules").unlink()
    for folder in (socket_folder(), temporary_folder(), STATE):
        shutil.rmtree(folder, ignore_errors=True)


def parser():
    top = argparse.ArgumentParser(prog="./dev", description="Run, test and check the customer service addons.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="set up everything the other commands need")
    _add_run(commands)
    _add_test(commands)
    lint = commands.add_parser("lint", help="check code, views, translations and licences")
    lint.add_argument("--fix", action="store_true", help="mend what can be mended")
    i18n = commands.add_parser("i18n", help="export the terms and merge them into the translations")
    i18n.add_argument("--check", action="store_true", help="only say whether they are up to date")
    i18n.add_argument("--db", default="cs_i18n", help=argparse.SUPPRESS)
    for name, text in (("shell", "open an Odoo shell, or run a script: < script.py"), ("psql", "open the database")):
        commands.add_parser(name, help=text).add_argument("-d", "--db", default=running.DEMO)
    commands.add_parser("odoo", help="run odoo with your arguments")
    commands.add_parser("bench", help="run the measurements")
    commands.add_parser("stop", help="stop the private database server")
    commands.add_parser("clean", help="remove everything that was set up")
    return top


def _add_run(commands):
    start = commands.add_parser("run", help="start Odoo with a demo database; Ctrl-C stops it")
    start.add_argument("--port", type=int, default=8069)
    start.add_argument("--db", default=running.DEMO)
    start.add_argument("--dev", action="store_true", help="reload on changes of code and views")
    start.add_argument("--no-cron", action="store_true", help="do not run scheduled actions")


def _add_test(commands):
    tests = commands.add_parser(
        "test",
        help="install the addons and run all tests, or the selected ones",
        description="Install the addons and run all tests, or the selected ones. A complete run also runs a few tests "
        f"beside {', '.join(testing.OTHER_APPS)}, installed in a copy of the database, and upgrades, uninstalls and "
        "installs the addons again over data.",
    )
    tests.add_argument("selection", nargs="*", help="test files, by path or bare name, classes or methods")
    tests.add_argument("-k", metavar="EXPRESSION", help="an expression over names, as pytest knows it")
    tests.add_argument("--fast", action="store_true", help="keep the databases and update them")
    tests.add_argument("--cov", action="store_true", help="measure coverage")
    tests.add_argument("--jobs", type=int, help="processes, each with its own copy of the database")
    tests.add_argument("--db", default=testing.DEFAULT, help="the database to use, so that several people can test")


# These hand all their arguments on, whatever they look like.
PASSING_ON = ("odoo", "bench")


def main():
    words = sys.argv[1:]
    if words and words[0] in PASSING_ON:
        arguments = argparse.Namespace(command=words[0], arguments=words[1:])
    else:
        arguments, rest = parser().parse_known_args(words)
        arguments.arguments = rest
        if rest and arguments.command != "psql":
            parser().error(f"unknown: {' '.join(rest)}")
    return globals()[f"command_{arguments.command}"](arguments)
