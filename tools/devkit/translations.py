"""``./dev i18n``: the terms of the addons and their Chinese."""

import re
import shutil
import tempfile
from pathlib import Path

from . import databases
from .archive import odoo_command
from .base import CONFIG, ROOT, STATE, addons, python, run, step

LANGUAGE = databases.LANGUAGE
# Lines that change with every export and say nothing.
VOLATILE = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team): .*\n', re.MULTILINE)


def update(database):
    """Rewrite ``<addon>.pot`` and ``zh_CN.po`` of every addon where their terms changed."""
    for addon in addons():
        with step(f"Terms of {addon}"), tempfile.TemporaryDirectory(dir=STATE / "tmp") as folder:
            changed = [path.name for path in _export(database, addon, Path(folder)) if _adopt(addon, path)]
        print(f"    {', '.join(changed) or 'nothing changed'}")


def check(database):
    """Return a complaint for every file that ``update`` would rewrite."""
    found = []
    for addon in addons():
        with step(f"Terms of {addon}"), tempfile.TemporaryDirectory(dir=STATE / "tmp") as folder:
            stale = [path.name for path in _export(database, addon, Path(folder)) if _differs(addon, path)]
        found += [f"{addon}/i18n/{name} is not up to date: run ./dev i18n, then translate." for name in stale]
    return found


def _export(database, addon, folder):
    """Export the terms and merge the Chinese into them; return the two new files."""
    template, chinese = folder / f"{addon}.pot", folder / f"{LANGUAGE}.po"
    command = [*odoo_command(), "i18n", "export", "-c", CONFIG, "-d", database, addon, "-l", "pot", "-o", template]
    run(command, log="i18n.log")
    run([python(), Path(__file__).with_name("po_merge.py"), template, ROOT / addon / "i18n" / chinese.name, chinese])
    return template, chinese


def _differs(addon, path):
    existing = ROOT / addon / "i18n" / path.name
    return not existing.exists() or _stable(existing) != _stable(path)


def _stable(path):
    return VOLATILE.sub("", path.read_text(encoding="utf-8"))


def _adopt(addon, path):
    if not _differs(addon, path):
        return False
    target = ROOT / addon / "i18n" / path.name
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, target)
    return True
