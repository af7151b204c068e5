from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..services.money_split import split_amount

cents = st.integers(-(10**11), 10**11).map(lambda number: number / 100)
weights = st.lists(st.integers(1, 10_000).map(lambda number: number / 100), min_size=1, max_size=8)


@tagged("post_install", "-at_install")
class TestMoneySplit(BaseCase):
    """Shares of liability give amounts whose sum equals the total to the cent (largest remainder)."""

    @given(cents, weights, st.sampled_from([0.01, 0.05, 1.0]))
    @example(100.0, [33.33, 33.33, 33.33], 0.01)
    @example(-0.01, [50.0, 50.0, 0.0], 0.01)
    def test_parts_add_up(self, amount, shares, rounding):
        unit = Decimal(str(rounding))
        amount = float(round(Decimal(str(amount)) / unit) * unit)
        parts = split_amount(amount, shares, rounding)
        self.assertEqual(sum(Decimal(str(part)) for part in parts), Decimal(str(amount)))
        total = sum(map(Decimal, map(str, shares)))
        for part, share in zip(parts, shares, strict=True):
            exact = Decimal(str(amount)) * Decimal(str(share)) / total
            self.assertLess(abs(Decimal(str(part)) - exact), unit, "nobody is a whole unit off")

    def test_three_thirds(self):
        self.assertEqual(split_amount(100.0, [33.33] * 3, 0.01), [33.34, 33.33, 33.33])

    def test_nothing_to_split_by(self):
        for shares in ([], [0.0], [-1.0, 2.0]):
            with self.assertRaises(ValueError):
                split_amount(1.0, shares, 0.01)
