from odoo.tests import tagged

from .test_rework import CsReworkCommon


@tagged("post_install", "-at_install")
class TestImprest(CsReworkCommon):
    def test_x(self):
        pass
