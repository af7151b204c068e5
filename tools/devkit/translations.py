"""``./dev i18n``: the terms of the addons and their Chinese."""

import re
import shutil

from . import databases
from .base import ROOT, STATE, addons, need, run, step

LANGUAGE = "zh_CN"
VOLATILE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version|Last-Translator|Language-Team).*\n', re.M
)


def export(*, check=False):
    """Write ``<addon>.pot`` and merge ``zh_CN.po`` of every addon; with ``check`` only compare. Returns 0 or 1."""
    need("msgmerge", "Install gettext.")
    database = "cs_i18n"
    with step("Install the addons for their terms"):
        databases.install(database, demo=False, log="i18n.log")
    stale = 0
    for addon in addons():
        before = _texts(addon)
        with step(f"Terms of {addon}"):
            run(
                [
                    *databases.odoo_command(),
                    "i18n",
                    "export",
                    "-c",
                    STATE / "odoo.conf",
                    "-d",
                    database,
                    addon,
                    "-l",
                    "pot",
                ]
            )
            _merge(ROOT / addon / "i18n", addon)
        after = _texts(addon)
        if {name: VOLATILE.sub("", text) for name, text in before.items()} == {
            name: VOLATILE.sub("", text) for name, text in after.items()
        }:
            _restore(addon, before)
            continue
        stale += 1
        if check:
            print(f"    the terms of {addon} have changed: run ./dev i18n and translate what is new")
            _restore(addon, before)
    return int(check and bool(stale))


def _texts(addon):
    return {path.name: path.read_text() for path in sorted((ROOT / addon / "i18n").glob("*.po*"))}


def _restore(addon, texts):
    for name, text in texts.items():
        (ROOT / addon / "i18n" / name).write_text(text)


def _merge(folder, addon):
    target = folder / f"{LANGUAGE}.po"
    if not target.exists():
        shutil.copy(folder / f"{addon}.pot", target)
    options = ["--no-fuzzy-matching", "--no-wrap", "--quiet", "--sort-output", "--backup=none", "--update"]
    run(["msgmerge", *options, target, folder / f"{addon}.pot"])
    run(["msgattrib", "--no-obsolete", "--no-wrap", "--output-file", target, target])
