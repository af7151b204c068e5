"""How much is filled in and measured; the shape of the data is the same in every size."""

from dataclasses import dataclass

TEMPLATES = 200  # open records made by the application itself, each of its own customer; SQL multiplies them
CLOSED_TEMPLATES = 50  # closed records of the busy customer
MEMBERS = 50  # owners of the records, who are told of alarms
HOURS = (8, 24, 40)  # working hours of the deadlines of a record: answered, solved, closed


@dataclass(frozen=True)
class Size:
    """Deadlines are counted, not records: a record has three."""

    name: str
    few: int  # open deadlines of the small filling
    many: int  # open deadlines of the large filling
    history: int  # closed records of the busy customer, in the large filling
    due: int  # alarms due at once
    recompute: int  # deadlines moved by a public holiday
    turns: int  # how often each side is measured, each time in a new process
    counts: tuple = (100, 1000)  # batches whose queries are counted besides the 300


SIZES = {
    size.name: size
    for size in (
        Size("small", few=10_000, many=20_000, history=5_000, due=1_000, recompute=5_000, turns=3),
        Size("medium", few=10_000, many=200_000, history=50_000, due=5_000, recompute=20_000, turns=3),
        Size("full", few=10_000, many=1_000_000, history=200_000, due=10_000, recompute=50_000, turns=5),
    )
}
