"""Odoo databases: templates with everything the addons depend on, quick copies of them, and updates."""

import ast
import os
import shutil

from .archive import core_addons, odoo_command, odoo_source
from .base import CONFIG, DATA, LOGS, ROOT, SHOTS, STATE, addons, digest, environment, lock, run, step

SETTINGS = """[options]
addons_path = {addons}
data_dir = {data}
screenshots = {shots}
http_interface = 127.0.0.1
list_db = False
max_cron_threads = 0
"""
LANGUAGE = "zh_CN"
# Charts of accounts that tests need besides the generic one; Odoo skips such a test where its chart is missing.
CHARTS = ("l10n_cn",)
# Changes in these folders of an addon need no update of a database.
NOT_INSTALLED = ("tests", "__pycache__", "description")


def write_config():
    paths = [ROOT]
    if core_addons() != odoo_source() / "odoo" / "addons":
        paths.append(core_addons())
    CONFIG.write_text(SETTINGS.format(addons=",".join(map(str, paths)), data=DATA, shots=SHOTS))


def dependencies(*, demo):
    """Return the modules all our addons stand on, without the addons themselves; for tests with a further chart."""
    names = {"base"} if demo else {"base", *CHARTS}
    for addon in addons():
        names.update(ast.literal_eval((ROOT / addon / "__manifest__.py").read_text(encoding="utf-8"))["depends"])
    return sorted(names - set(addons()))


def odoo(*arguments, log):
    """Run Odoo once without its server; the output goes to ``log``."""
    return run([*odoo_command(), "-c", CONFIG, *arguments, "--no-http", "--stop-after-init"], log=log)


def query(database, sql):
    """Return the first column of the result of ``sql``."""
    return run(["psql", "-tAc", sql, database], capture=True).stdout.split()


def names(prefix=""):
    return [name for name in query("postgres", "SELECT datname FROM pg_database") if name.startswith(prefix)]


def exists(database):
    return database in names()


def installed(database):
    """Return which of our addons are installed in ``database``."""
    found = query(database, "SELECT name FROM ir_module_module WHERE state = 'installed'")
    return [addon for addon in addons() if addon in found]


def drop(database):
    run(["dropdb", "--if-exists", "--force", database], capture=True)
    shutil.rmtree(DATA / "filestore" / database, ignore_errors=True)
    _stamp(database).unlink(missing_ok=True)


def copy(source, database):
    """Copy a database and its files; the files are content-addressed, so links are enough."""
    drop(database)
    run(["createdb", "-T", source, database], capture=True)
    files = DATA / "filestore" / source
    if files.is_dir():
        run(["cp", "-al", files, DATA / "filestore" / database])


def template(*, demo):
    """Return the name of the template database of our dependencies, made once per set of them."""
    kind = "demo" if demo else "plain"
    # The first language becomes the usual one; without English in the list Odoo would leave it switched off.
    flags = ["--with-demo", "--load-language", f"en_US,{LANGUAGE}"] if demo else []
    stamps = [(STATE / "stamps" / name).read_text() for name in ("packages", "odoo") if _has_stamp(name)]
    name = f"template_{kind}_{digest(*dependencies(demo=demo), *stamps, odoo_source(), flags)[:10]}"
    with lock(f"template-{kind}"):
        if exists(name):
            return name
        for outdated in names(f"template_{kind}_"):
            drop(outdated)
        draft = f"{name}_draft"
        log = f"template-{kind}.log"
        (LOGS / log).unlink(missing_ok=True)
        with step(f"Database of Odoo's own modules ({'with' if demo else 'without'} demo data)"):
            odoo("-d", draft, "-i", ",".join(dependencies(demo=demo)), *flags, log=log)
            run(["psql", "-c", f'ALTER DATABASE "{draft}" RENAME TO "{name}"', "postgres"], capture=True)
            if (DATA / "filestore" / draft).is_dir():
                (DATA / "filestore" / draft).rename(DATA / "filestore" / name)
    return name


def install(database, *, demo, log):
    """Create ``database`` fresh with our addons; with demo data it speaks English and Chinese."""
    source = template(demo=demo)
    (LOGS / log).unlink(missing_ok=True)
    with step(f"Install the addons {'with' if demo else 'without'} demo data"):
        copy(source, database)
        odoo("-d", database, "-i", ",".join(addons()), log=log)
    mark_updated(database)


def update(database, log):
    """Bring our addons in ``database`` up to date; does nothing when their content did not change."""
    (LOGS / log).unlink(missing_ok=True)
    if _stamp(database).is_file() and _stamp(database).read_text() == _content():
        return
    known = installed(database)
    arguments = ["-u", ",".join(known)] if known else []
    missing = sorted(set(addons()) - set(known))
    if missing:
        arguments += ["-i", ",".join(missing)]
    with step("Update the addons"):
        odoo("-d", database, *arguments, log=log)
    mark_updated(database)


def ensure(database, *, demo, log, keep):
    """Have ``database`` with our addons as they are now: updated when it is to be kept, else fresh."""
    if keep and exists(database) and installed(database):
        update(database, log)
    else:
        install(database, demo=demo, log=log)


def shell(database, script, *, log):
    """Feed ``script`` to the shell of Odoo; an exception in it fails."""
    run([*odoo_command(), "shell", "-c", CONFIG, "-d", database, "--no-http"], log=log, input=script, text=True)


def build_assets(database, log):
    """Build the bundles of scripts and styles, so that copies of ``database`` have them."""
    shell(database, "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()", log=log)


def mark_updated(database):
    _stamp(database).write_text(_content())


def _stamp(database):
    return STATE / "stamps" / f"db-{database}"


def _has_stamp(name):
    return (STATE / "stamps" / name).is_file()


def _content():
    """Return a hash of everything of our addons that ends up in a database."""
    files = [path for addon in addons() for path in sorted((ROOT / addon).rglob("*")) if path.is_file()]
    files = [path for path in files if not set(path.relative_to(ROOT).parts) & set(NOT_INSTALLED)]
    return digest(*(part for path in files for part in (path.relative_to(ROOT).as_posix(), path)))


def replace_process(command):
    """Become ``command``, so that Ctrl-C and signals reach it directly."""
    os.chdir(ROOT)
    os.execvpe(str(command[0]), [str(part) for part in command], environment())
