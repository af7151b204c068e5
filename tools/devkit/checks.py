"""Checks of our own over the text of the addons. Each returns lines of complaint."""

import ast
import re

from .base import ROOT, addons

# Habits of earlier versions that Odoo 19 ignores, refuses or misreads; most fail without a word.
OLD_IDIOMS = re.compile(
    "|".join(
        (
            r"_sql_constraints|def name_get|def _name_search|\bread_group\(|check_access_r(ights|ule)|cr\.commit\(",
            r"osv import expression|self\._(cr|uid|context)\b|SavepointCase|type=['\"]json['\"]",
            r"\b(attrs|states)=[\"']|<tree\b|[\"',]tree[\"',]|kanban-box|oe_chatter|numbercall|doall|groups_id",
            r"t-raw|<report |<act_window |publicWidget|@odoo-module",
        )
    )
)
# The file that Debian leaves out is put back by ./dev; an addon that removes it from the bundles breaks other servers.
FOREIGN_ASSETS = "selfie_segmentation"
LONGEST_FILE, LONGEST_METHOD = 350, 45
# Terms that read the same in every language; Odoo exports them without a translation.
SAME_EVERYWHERE = {"ID", "name", "subject", "object_ref", "object._title()", "object.display_name", "name@example.com"}


def _files(*suffixes):
    for addon in addons():
        for path in sorted((ROOT / addon).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def old_idioms():
    found = []
    for path in _files(".py", ".xml", ".js"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if OLD_IDIOMS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


def assets():
    manifests = [ROOT / addon / "__manifest__.py" for addon in addons()]
    return [
        f"{path.relative_to(ROOT)}: do not touch {FOREIGN_ASSETS}, it is not ours"
        for path in manifests
        if FOREIGN_ASSETS in path.read_text(encoding="utf-8")
    ]


def sizes():
    """Long files and methods hide what they do (tests and data may be long)."""
    found = []
    for path in _files(".py"):
        if "tests" not in path.parts:
            found += long_parts(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    return found


def long_parts(name, text):
    """Return complaints about the length of the Python file ``text`` and of its functions."""
    lines = text.count("\n")
    found = [f"{name}: {lines} lines, at most {LONGEST_FILE}"] if lines > LONGEST_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_METHOD:
                found.append(f"{name}:{node.lineno}: {node.name} has {length} lines, at most {LONGEST_METHOD}")
    return found


def untranslated():
    """Every term has its Chinese."""
    found = []
    for path in sorted(path for addon in addons() for path in (ROOT / addon / "i18n").glob("*.po")):
        for term in untranslated_terms(path.read_text(encoding="utf-8")):
            if term not in SAME_EVERYWHERE:
                found.append(f"{path.relative_to(ROOT)}: not translated: {term[:80]}")
    return found


def untranslated_terms(text):
    """Return the terms of a .po file that are fuzzy or have no translation; the first entry is the header."""
    found = []
    for entry in re.split(r"\n{2,}", text.strip())[1:]:
        if entry.startswith("#~"):
            continue
        empty = re.search(r'^msgstr(\[\d\])? ""$(?!\n")', entry, re.MULTILINE)
        if empty or re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE):
            lines = re.findall(r'^(?:msgid )?"(.*)"$', entry.partition("\nmsgstr")[0], re.MULTILINE)
            found.append("".join(lines))
    return found
