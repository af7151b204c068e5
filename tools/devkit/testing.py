"""``./dev test``: a fresh installation, then every test, a few beside other apps, then what needs demo data.

Nothing may be skipped.
"""

import os
import subprocess
import time

from . import databases, nodejs, outcome, translations
from .archive import odoo_command
from .base import CONFIG, LOGS, ROOT, Failure, addons, claim, environment, python, run, step
from .logs import complaints
from .selection import DEMO_FILES, Selection, all_demo_files

DEFAULT = "cs_test"
# Odoo's own conventions, checked on the installed addons.
CONVENTIONS = "tools/odoo_tests"
# Other apps that many companies have; with them installed beside the addons, these tests run once more. None needs a
# browser: building the bundles again would take longer than the tests.
OTHER_APPS = ("project", "purchase", "repair", "stock")
BESIDE_THEM = ("TestAccessMatrix", "TestCaseFlow", "TestImprestCount", "TestRework", "TestUiViews")
# Short output with the slowest tests; one warning of a library is known.
OUTPUT = ("-q", "-ra", "--durations=15", "-o", "verbosity_subtests=0", "-W", "ignore:'crypt' is deprecated")


class Run:
    """One ``./dev test``: what is selected, where it runs, and what was found so far."""

    def __init__(self, selection, database, *, fast=False, coverage=False, jobs=None):
        self.selection = selection
        self.database = database
        self.demo_database = f"{database}_demo"
        self.fast = fast
        self.coverage = coverage
        self.jobs = jobs or default_jobs(selection)
        self.phases = []
        self.complaints = []

    def execute(self):
        """Run all phases; return 0 only when every test ran and passed and no log complains."""
        started = time.monotonic()
        nodejs.setup_browser()
        with claim(self.database):
            if self._has_plain_phase():
                self._plain_phase()
            if self._has_demo_phase():
                self._demo_phase()
        return outcome.verdict(self.phases, self.complaints, time.monotonic() - started)

    def _has_plain_phase(self):
        chosen = self.selection
        return not chosen or bool(chosen.plain_files()) or not chosen.files

    def _has_demo_phase(self):
        return bool(self.selection.demo_files()) or (not self.selection and bool(all_demo_files()))

    def _plain_phase(self):
        self._prepare(self.database, demo=False)
        if not self.selection:
            self.complaints += translations.check(self.database)
        if self.jobs > 1:
            with step("Asset bundles"):
                databases.build_assets(self.database, log=f"{self.database}-assets.log")
        files = self.selection.plain_files() or [*addons(), CONVENTIONS]
        self._pytest(self.database, [f"--ignore-glob=**/{DEMO_FILES}", *files], self.jobs)
        if not self.fast and not self.selection:
            self._beside_other_apps()
            self._life_cycle()

    def _demo_phase(self):
        self._prepare(self.demo_database, demo=True)
        self._pytest(self.demo_database, self.selection.demo_files() or all_demo_files(), jobs=1)

    def _prepare(self, database, *, demo):
        log = f"{database}-install.log"
        databases.ensure(database, demo=demo, log=log, keep=self.fast)
        self.complaints += complaints(log)

    def _beside_other_apps(self):
        """With other apps installed nothing breaks: in a copy of the database, so that it stays without them."""
        database = f"{self.database}_beside"
        log = f"{database}-install.log"
        (LOGS / log).unlink(missing_ok=True)
        with step(f"Install {', '.join(OTHER_APPS)} beside the addons"):
            databases.copy(self.database, database)
            databases.odoo("-d", database, "-i", ",".join(OTHER_APPS), log=log)
        self.complaints += complaints(log)
        self._pytest(database, Selection.of(BESIDE_THEM).plain_files(), jobs=1)
        databases.drop(database)

    def _life_cycle(self):
        """An administrator's life with the addons: every step over a database with data, with a clean log."""
        log = f"{self.database}-life.log"
        (LOGS / log).unlink(missing_ok=True)
        everything = ",".join(addons())
        with step("Upgrade, uninstall and install again over data"):
            databases.shell(self.database, (ROOT / CONVENTIONS / "life_data.py").read_text(encoding="utf-8"), log=log)
            databases.odoo("-d", self.database, "-u", everything, log=log)
            run([*odoo_command(), "module", "uninstall", "-c", CONFIG, "-d", self.database, *addons()], log=log)
            databases.odoo("-d", self.database, "-i", everything, log=log)
        if databases.installed(self.database) != addons():
            raise Failure(f"The addons are not installed after uninstalling and installing again: .odoo/log/{log}.")
        self.complaints += complaints(log)

    def _pytest(self, database, arguments, jobs):
        """Run pytest-odoo on ``database``; keep its counts and what the server complained of."""
        counts, log = LOGS / f"{database}-tests.json", LOGS / f"{database}-tests.log"
        for path in (counts, log):
            path.unlink(missing_ok=True)
        env = {**environment(), "PYTHONPATH": str(ROOT / "tools")}
        env.update(CS_TEST_COUNTS=str(counts), CS_TEST_LOG=str(log))
        command = [*self._pytest_command(database, jobs), *arguments]
        print(f"\nTests on {database}:", flush=True)
        done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False)
        self.phases.append(outcome.read(counts, done.returncode))
        self.complaints += complaints(log.name)

    def _pytest_command(self, database, jobs):
        command = [python(), "-m", "pytest", f"--odoo-database={database}", "--odoo-http", "--odoo-log-level=warn"]
        command += ["-p", "devkit.pytest_gate", "-p", "no:cacheprovider", f"--rootdir={ROOT}", *OUTPUT]
        command += [f"--junitxml={LOGS / database}-tests.xml"]
        if self.selection.expression:
            command += ["-k", self.selection.expression]
        if jobs > 1:
            command += ["-n", jobs, "--dist", "loadscope"]
        if self.coverage:
            command += [*(f"--cov={addon}" for addon in addons()), "--cov-branch", "--cov-append"]
            command += ["--cov-report=term-missing:skip-covered"]
        return command


def default_jobs(selection):
    """Two processes use two cores; for a selected handful a second database does not pay."""
    return 1 if selection else min(2, os.cpu_count() or 1)


def test(words, expression, **options):
    """Run the tests that ``words`` and ``expression`` select, or all of them."""
    return Run(Selection.of(words, expression), **options).execute()
