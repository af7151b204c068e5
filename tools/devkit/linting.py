"""``./dev lint``: everything that can be said without a database."""

import subprocess
from pathlib import Path

from . import checks
from .archive import core_addons, odoo_source
from .base import ROOT, Failure, addons, environment, python, step
from .nodejs import tool

# README.md stands for README.rst; models are split by concern into several files; small configuration tables are read
# whole; contexts that come as a dictionary are passed on as one.
ACCEPTED = "missing-readme,consider-merging-classes-inherited,no-search-all,context-overridden"
# The table of logins is data of ./dev, Odoo does not load it; the order of attributes in a tag is a matter of taste.
ACCEPTED_BY_OCA = "file-not-used,xml-tag-position,prefer-readme-rst"
ODOO_CHECKERS = ("_odoo_checker_sql_injection", "_odoo_checker_gettext", "_odoo_checker_unlink_override")
ODOO_MESSAGES = "sql-injection,gettext-variable,gettext-placeholders,gettext-repr,raise-unlink-override"


class Checked(Failure):
    """A check that complains; its lines follow the step."""


def lint(*, fix=False):
    """Run all checks; return 0 when nothing is to be said."""
    table = _checks(fix)
    complaining = [label for label, check in table.items() if not _passes(label, check)]
    if complaining:
        print(f"\n{len(complaining)} of {len(table)} checks complain: {', '.join(complaining)}.")
    else:
        print(f"\nAll {len(table)} checks pass.")
    return int(bool(complaining))


def _checks(fix):
    return {
        "ruff format": lambda: _run("ruff", "format", *([] if fix else ["--check"]), "."),
        "ruff": lambda: _run("ruff", "check", "--no-cache", *(["--fix"] if fix else []), "."),
        "pylint-odoo": lambda: _run("pylint", "--rcfile=.pylintrc", f"--disable={ACCEPTED}", *addons()),
        "Odoo's own checks": _odoo_checks,
        "OCA module checks": lambda: _oca_checks(fix),
        "translations": lambda: _translations(fix),
        "prettier": lambda: _prettier(fix),
        "eslint": lambda: _eslint(fix),
        "licences": lambda: _run("manifestoo", "-d", ".", "--addons-path-python", python(), "check-licenses"),
        "old idioms": checks.old_idioms,
        "assets of others": checks.assets,
        "sizes": checks.sizes,
        "tests of ./dev": _tests_of_tools,
    }


def _passes(label, check):
    lines = []
    try:
        with step(label):
            lines = check()
            if lines:
                raise Checked(label)
    except Checked:
        print("\n".join(f"    {line}" for line in lines), flush=True)
    return not lines


def _run(*command, env=None):
    """Return the output of ``command`` when it complains."""
    words = [str(part) for part in command]
    env = {**environment(), **(env or {})}
    try:
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Failure(f"{Path(words[0]).name} is missing. Run ./dev clean and try again.") from error
    output = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return (output or [f"exit code {done.returncode}"]) if done.returncode else []


def _odoo_checks():
    folder = core_addons() / "test_lint" / "tests"
    if not folder.is_dir():
        folder = odoo_source() / "odoo" / "addons" / "test_lint" / "tests"
    command = ["pylint", "--rcfile=/dev/null", "--score=n", "--disable=all,unknown-option-value"]
    command += [f"--load-plugins={','.join(ODOO_CHECKERS)}", f"--enable={ODOO_MESSAGES}"]
    return _run(*command, *addons(), env={"PYTHONPATH": str(folder)})


def _oca_checks(fix):
    command = ["oca-checks-odoo-module", f"--disable={ACCEPTED_BY_OCA}", *(["--fix"] if fix else [])]
    return [line for addon in addons() for line in _run(*command, addon)]


def _translations(fix):
    files = [path for addon in addons() for path in sorted((ROOT / addon / "i18n").glob("*.po*"))]
    return (_run("oca-checks-po", *(["--fix"] if fix else []), *files) if files else []) + checks.untranslated()


def _prettier(fix):
    command = [tool("prettier"), "--write" if fix else "--check", "--log-level=warn", "--no-error-on-unmatched-pattern"]
    patterns = [f"{addon}/**/*.{suffix}" for addon in addons() for suffix in ("xml", "js", "json")]
    return _run(*command, *patterns, "*.json", "*.cjs", "*.mjs")


def _eslint(fix):
    return _run(tool("eslint"), "--no-error-on-unmatched-pattern", *(["--fix"] if fix else []), *addons())


def _tests_of_tools():
    command = [python(), "-m", "unittest", "discover", "--start-directory", "tools/tests"]
    return _run(*command, env={"PYTHONPATH": str(ROOT / "tools"), "PYTHONDONTWRITEBYTECODE": "1"})
