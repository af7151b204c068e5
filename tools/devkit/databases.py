"""Odoo databases: a template with everything the addons depend on, and quick copies of it."""

import ast
import os
import shutil

from .base import DATA, LOGS, ROOT, STATE, addons, digest, environment, run, step
from .platform import odoo_command, odoo_source

CONFIG = """[options]
addons_path = {addons}
data_dir = {data}
http_interface = 127.0.0.1
list_db = False
max_cron_threads = 0
"""


def write_config():
    paths = [ROOT]
    if not (odoo_source() / "odoo" / "addons" / "account").is_dir():
        paths.append(odoo_source() / "addons")
    (STATE / "odoo.conf").write_text(CONFIG.format(addons=",".join(map(str, paths)), data=DATA))


def dependencies():
    """Return the modules all our addons stand on, without the addons themselves."""
    ours = addons()
    names = {"base"}
    for addon in ours:
        manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())
        names.update(manifest["depends"])
    return sorted(names - set(ours))


def odoo(*arguments, log, check=True):
    return run([*odoo_command(), "-c", STATE / "odoo.conf", *arguments], log=log, check=check)


def exists(database):
    done = run(["psql", "-tAc", f"SELECT 1 FROM pg_database WHERE datname = '{database}'", "postgres"], capture=True)
    return bool(done.stdout.strip())


def installed(database):
    """Return which of our addons are installed in ``database``."""
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    names = set(run(["psql", "-tAc", query, database], capture=True).stdout.split())
    return [addon for addon in addons() if addon in names]


def drop(database):
    run(["dropdb", "--if-exists", "--force", database], capture=True)
    shutil.rmtree(DATA / "filestore" / database, ignore_errors=True)


def copy(source, database):
    """Copy a database and its files; the files are content-addressed, so links are enough."""
    drop(database)
    run(["createdb", "-T", source, database], capture=True)
    files = DATA / "filestore" / source
    if files.is_dir():
        run(["cp", "-al", files, DATA / "filestore" / database])


def template(*, demo):
    """Return the name of the template database of our dependencies, made once per set of them."""
    key = digest(*dependencies(), (STATE / "stamps" / "venv").read_text(), str(odoo_source()))
    name = f"template_{'demo' if demo else 'plain'}_{key[:10]}"
    if exists(name):
        return name
    draft = f"{name}_draft"
    drop(draft)
    with step(f"Database with Odoo's own modules ({'with' if demo else 'without'} demo data)"):
        flags = ["--with-demo"] if demo else []
        odoo("-d", draft, "-i", ",".join(dependencies()), *flags, "--stop-after-init", log=f"{name}.log")
        run(["psql", "-c", f'ALTER DATABASE "{draft}" RENAME TO "{name}"', "postgres"], capture=True)
        files = DATA / "filestore" / draft
        if files.is_dir():
            files.rename(DATA / "filestore" / name)
    return name


def install(database, *, demo, log, languages=()):
    """Create ``database`` fresh with our addons."""
    copy(template(demo=demo), database)
    (LOGS / log).unlink(missing_ok=True)
    if languages:
        odoo("-d", database, "--load-language", ",".join(languages), "--stop-after-init", log=log)
    odoo("-d", database, "-i", ",".join(addons()), "--stop-after-init", log=log)


def update(database, log):
    """Bring our addons in ``database`` up to date; does nothing when their content did not change."""
    stamp = STATE / "stamps" / f"db-{database}"
    key = digest(*(ROOT / addon for addon in addons()))
    if stamp.is_file() and stamp.read_text() == key:
        return
    missing = sorted(set(addons()) - set(installed(database)))
    arguments = ["-u", ",".join(installed(database))] if installed(database) else []
    if missing:
        arguments += ["-i", ",".join(missing)]
    odoo("-d", database, *arguments, "--stop-after-init", log=log)
    stamp.write_text(key)


def mark_updated(database):
    (STATE / "stamps" / f"db-{database}").write_text(digest(*(ROOT / addon for addon in addons())))


def replace_process(command):
    """Become ``command``, so that Ctrl-C and signals reach it directly."""
    env = environment()
    os.chdir(ROOT)
    os.execvpe(str(command[0]), [str(part) for part in command], env)
