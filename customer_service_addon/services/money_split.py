"""Split an amount among parties so that the parts add up to it, to the cent."""

from decimal import ROUND_FLOOR, Decimal


def split_amount(amount, weights, rounding):
    """Return one part per weight; the parts add up to ``amount``.

    Each part is its exact share rounded down to a multiple of ``rounding`` (0.01 for cents); the units left go to the
    largest remainders, the first of equal ones first. ``weights`` are shares in any measure and none is negative: 33.33
    three times is a third each. Negative amounts are split like positive ones. Raises ValueError when nothing can be
    split.
    """
    weights = [Decimal(str(weight)) for weight in weights]
    total = sum(weights)
    if not weights or total <= 0 or min(weights) < 0:
        raise ValueError("shares must be positive")
    unit = Decimal(str(rounding))
    sign = -1 if amount < 0 else 1
    units = int((Decimal(str(abs(amount))) / unit).to_integral_value())
    exact = [units * weight / total for weight in weights]
    parts = [int(share.to_integral_value(rounding=ROUND_FLOOR)) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    return [float(sign * part * unit) for part in parts]
