"""Odoo's own lint tests that look at a running registry, restricted to the addons of this repository."""

import contextlib
import re
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.test_lint.tests import test_index, test_naming, test_override_signatures

OURS = {path.parent.name for path in Path(__file__).resolve().parents[2].glob("*/__manifest__.py")}


class OnlyOurs:
    """Lets a lint test go on after complaints about modules of others."""

    @contextlib.contextmanager
    def subTest(self, msg=None, **params):
        try:
            yield
        except (TypeError, self.failureException):
            if self._module(params) in OURS:
                raise

    def _module(self, params):
        return params["module"]


@tagged("post_install", "-at_install")
class TestOverridesKeepSignatures(OnlyOurs, test_override_signatures.TestLintOverrideSignatures):
    pass


@tagged("post_install", "-at_install")
class TestNamesOfParameters(OnlyOurs, test_naming.TestNaming):
    def _module(self, params):
        model = test_naming.Registry(test_naming.get_db_name())[params["model"]]
        return getattr(model, params["method"]).__module__.removeprefix("odoo.addons.").partition(".")[0]


@tagged("post_install", "-at_install")
class TestInversesAreIndexed(test_index.TestIndex):
    def fail(self, msg=None):
        """Pass on only the fields that our addons define."""
        names = re.findall(r"^(\S+)\.(\w+) \(inverse of", msg, re.MULTILINE)
        ours = [f"{model}.{name}" for model, name in names if OURS & set(self.env[model]._fields[name]._modules)]
        if ours:
            super().fail(f"Index these inverses of One2many fields: {', '.join(ours)}")
