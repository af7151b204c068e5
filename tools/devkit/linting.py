"""Everything ``./dev lint`` looks at. Each check is one function that returns lines of complaint."""

import ast
import re
import subprocess

from .base import LOGS, ROOT, STATE, Failure, addons, digest, environment, need, once, python, run, step
from .platform import odoo_source

OLD_IDIOMS = re.compile(
    r"_sql_constraints|def name_get|def _name_search|\battrs=|\bstates=|<tree|tree,|kanban-box|oe_chatter"
    r"|numbercall|doall|groups_id|type=['\"]json['\"]|\bread_group\(|osv import expression|check_access_r(ights|ule)"
    r"|self\._(cr|uid|context)\b|t-raw|<report |<act_window |SavepointCase|publicWidget|@odoo-module|cr\.commit\("
)
SOURCES = (".py", ".xml", ".js")
LONGEST_FILE, LONGEST_METHOD = 350, 45
# The logins are data of this tool, not of the module; the order of attributes in a tag is a matter of taste.
ACCEPTED_BY_HAND = "file-not-used,xml-tag-position,prefer-readme-rst"
# Terms that read the same in every language; the formatter of translations leaves them empty.
SAME_EVERYWHERE = {"ID", "name", "subject", "object_ref", "object._title()", "object.display_name", "name@example.com"}
ODOO_CHECKS = "sql-injection,gettext-variable,gettext-placeholders,gettext-repr,raise-unlink-override"


def setup():
    """Install the JavaScript tools into the state folder."""
    once("node", digest(ROOT / "package.json"), "JavaScript tools", _node)


def _node():
    need("npm", "Install Node.js with npm, or run ./dev lint --python.")
    (STATE / "package.json").write_text((ROOT / "package.json").read_text())
    run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=STATE, log="setup.log")
    link = ROOT / "node_modules"
    if not link.exists():
        link.symlink_to(STATE / "node_modules")


def lint(*, fix=False):
    """Run all checks; return 0 when nothing is to be said."""
    setup()
    folders = addons()
    checks = [
        ("ruff format", lambda: _tool(["ruff", "format", *([] if fix else ["--check"]), "."])),
        ("ruff", lambda: _tool(["ruff", "check", *(["--fix"] if fix else []), "."])),
        ("pylint-odoo", lambda: _tool(_pylint_odoo(folders))),
        ("Odoo's own checks", lambda: _odoo_checks(folders)),
        ("OCA module checks", lambda: _each(folders, ["oca-checks-odoo-module", f"--disable={ACCEPTED_BY_HAND}"])),
        ("translations", lambda: _tool(["oca-checks-po", *sorted(ROOT.glob("*/i18n/*.po"))]) + _untranslated()),
        ("prettier", lambda: _prettier(fix)),
        (
            "eslint",
            lambda: _tool(
                [
                    STATE / "node_modules/.bin/eslint",
                    *(["--fix"] if fix else []),
                    "--no-error-on-unmatched-pattern",
                    "--no-warn-ignored",
                    *[f"{folder}/**/*.js" for folder in folders],
                ]
            ),
        ),
        ("licences", _licences),
        ("old idioms", _old_idioms),
        ("sizes", _sizes),
    ]
    complaints = 0
    for label, check in checks:
        lines = []
        try:
            with step(label):
                lines = check()
                if lines:
                    raise Failure(label)
        except Failure:
            complaints += 1
            print("\n".join(f"    {line}" for line in lines))
    if complaints:
        print(f"\n{complaints} of {len(checks)} checks complain.")
    else:
        print(f"\nAll {len(checks)} checks pass.")
    return bool(complaints)


def _tool(command, **options):
    env = {**environment(), **options.pop("env", {})}
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=env, capture_output=True, text=True, check=False, **options
    )
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def _each(folders, command):
    return [line for folder in folders for line in _tool([*command, folder])]


def _pylint_odoo(folders):
    # README.md stands for README.rst; models are split by concern; small configuration tables are read whole;
    # contexts that come as a dictionary are passed on as one.
    accepted = "missing-readme,consider-merging-classes-inherited,no-search-all,context-overridden"
    return ["pylint", "--rcfile=.pylintrc", f"--disable={accepted}", *folders]


def _odoo_checks(folders):
    checkers = odoo_source() / "odoo" / "addons" / "test_lint" / "tests"
    if not checkers.is_dir():
        return []
    plugins = "_odoo_checker_sql_injection,_odoo_checker_gettext,_odoo_checker_unlink_override"
    command = ["pylint", "--rcfile=/dev/null", "--disable=all", f"--load-plugins={plugins}", f"--enable={ODOO_CHECKS}"]
    return _tool([*command, *folders], env={"PYTHONPATH": str(checkers)})


def _prettier(fix):
    command = [STATE / "node_modules/.bin/prettier", "--write" if fix else "--check", "--log-level", "warn"]
    globs = ["*/**/*.xml", "*/**/*.js", "*/data/**/*.json", "!node_modules/**", "!tools/**", "!docs/**"]
    return _tool([*command, "--no-error-on-unmatched-pattern", *globs])


def _eslint(folders, fix):
    command = [STATE / "node_modules/.bin/eslint", "--no-error-on-unmatched-pattern", *(["--fix"] if fix else [])]
    return _tool([*command, *[f"{folder}/**/*.js" for folder in folders]])


def _licences():
    return _tool(["manifestoo", "-d", ".", "--addons-path-python", python(), "check-licenses"])


def _files(*suffixes):
    for addon in addons():
        for path in sorted((ROOT / addon).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def _old_idioms():
    found = []
    for path in _files(*SOURCES):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if OLD_IDIOMS.search(line) or ('"remove"' in line and "mail/static" in line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


def _sizes():
    """Long files and methods hide what they do (tests and data may be long)."""
    found = []
    for path in _files(".py"):
        if "tests" in path.parts:
            continue
        text = path.read_text()
        name = path.relative_to(ROOT)
        if text.count("\n") > LONGEST_FILE:
            found.append(f"{name}: {text.count(chr(10))} lines, at most {LONGEST_FILE}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_METHOD:
                found.append(f"{name}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines")
    return found


def _untranslated():
    """Every term has its Chinese; entries are split at blank lines, the first one is the header."""
    found = []
    for path in sorted(ROOT.glob("*/i18n/*.po")):
        for entry in re.split(r"\n\n+", path.read_text())[1:]:
            obsolete = entry.lstrip().startswith("#~")
            if not obsolete and ("#, fuzzy" in entry or re.search(r'msgstr ""\s*\Z', entry)):
                term = re.search(r'msgid (.*(?:\n".*)*)', entry).group(1)
                if term.strip('"') not in SAME_EVERYWHERE:
                    found.append(f"{path.relative_to(ROOT)}: not translated: {term[:80]}")
    return found


def complain_log(name, ignored):
    """Return the warnings and errors of a server log that are not on the list of ``ignored`` expressions."""
    found = []
    pattern = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
    text = (LOGS / name).read_text(errors="replace") if (LOGS / name).exists() else ""
    for line in text.splitlines():
        if pattern.match(line) and not any(re.search(expression, line) for expression in ignored):
            found.append(line)
    return found
