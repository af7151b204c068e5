"""A pytest plugin: what the server complains of during the tests goes to a file, with the test's name.

It keeps the counts, and builds the asset bundles once, before the first browser test; else every browser test builds
them again in its own transaction, and on a busy machine the browser gives up before they are ready.
"""

import contextlib
import json
import logging
import os
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import freezegun
import pytest
import pytest_odoo

TOUR_SECONDS = 180
# Tests that freeze the time must not stop pytest's watch.
freezegun.configure(extend_ignore_list=["_pytest.timing"])


@contextlib.contextmanager
def _own_files(source, database):
    """Give each process its own copy of the files, as links; in a shared folder one sweeps away what another needs."""
    folder = Path(pytest_odoo.odoo.tools.config["data_dir"], "filestore")
    if source == database or not (folder / source).is_dir():
        yield
        return
    shutil.rmtree(folder / database, ignore_errors=True)
    subprocess.run(["cp", "-al", folder / source, folder / database], check=True)
    yield
    shutil.rmtree(folder / database, ignore_errors=True)


pytest_odoo._shared_filestore = _own_files


class _TestName(logging.Filter):
    def filter(self, record):
        record.test = os.environ.get("PYTEST_CURRENT_TEST", "-").rpartition("/")[2].replace(" ", "_")
        return True


def pytest_configure(config):
    handler = logging.FileHandler(os.environ["CS_TEST_LOG"], delay=True)
    handler.setLevel(logging.WARNING)
    handler.addFilter(_TestName())
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(test)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def patient_tours(load_registry):
    """Give tours more than Odoo's minute: two browsers on a loaded machine are slow, and that is no failure."""
    from odoo.tests.common import HttpCase

    start = HttpCase.start_tour

    def start_tour(self, *arguments, **options):
        return start(self, *arguments, **{"timeout": TOUR_SECONDS, **options})

    with mock.patch.object(HttpCase, "start_tour", start_tour):
        yield


@pytest.fixture(scope="session", autouse=True)
def asset_bundles(request, load_registry):
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import HttpCase, get_db_name

    if any(issubclass(getattr(item, "cls", None) or object, HttpCase) for item in request.session.items):
        with Registry(get_db_name()).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]._pregenerate_assets_bundles()


def pytest_terminal_summary(terminalreporter):
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", ())),
        "failed": len(stats.get("failed", ())),
        "errors": len(stats.get("error", ())),
        "skipped": sum(len(stats.get(kind, ())) for kind in ("skipped", "xfailed", "xpassed")),
    }
    Path(os.environ["CS_TEST_COUNTS"]).write_text(json.dumps(counts))


def pytest_warning_recorded(warning_message):
    """Deprecations that our addons cause count like a warning of the server."""
    ours = {path.parent for path in Path.cwd().glob("*/__manifest__.py")} & set(Path(warning_message.filename).parents)
    if ours and not os.environ.get("PYTEST_XDIST_WORKER"):
        place = f"{warning_message.filename}:{warning_message.lineno}"
        logging.getLogger("py.warnings").warning("%s: %s", place, warning_message.message)
