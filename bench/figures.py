"""What is measured: each figure is a few jobs done in turns, every one in a process of its own."""

from dataclasses import dataclass

from devkit import databases as kit
from devkit.base import step

from . import databases

BATCH = 300
# The peer does the same work a row at a time; a part of it says enough.
PEER_RECOMPUTE = 1000


@dataclass(frozen=True)
class Job:
    """A job of a side on one of its fillings; ``fresh`` when it commits and so needs a copy of the database."""

    key: str
    side: str
    filling: str
    name: str
    options: dict
    fresh: bool = False


@dataclass(frozen=True)
class Figure:
    name: str
    jobs: tuple
    turns: int


def _both(name, **options):
    return tuple(Job(side, side, "many", name, options) for side in ("ours", "peer"))


def figures(size):
    """Return all figures of ``size``, in the order they are measured."""
    once = max(1, size.turns - 2)
    fire = tuple(Job(filling, "ours", filling, "alarms", {"due": size.due}, fresh=True) for filling in ("few", "many"))
    again = (
        Job("ours", "ours", "many", "recompute", {"count": size.recompute}, fresh=True),
        Job("peer", "peer", "many", "recompute", {"count": PEER_RECOMPUTE}),
    )
    pages = tuple(
        Job(f"{side} {filling}", side, filling, "page", {}) for filling in ("few", "many") for side in ("ours", "peer")
    )
    batches = tuple(
        Job(f"{side} {mode} {count}", side, "many", "create", {"mode": mode, "count": count})
        for count in size.counts
        for mode in ("off", "on")
        for side in ("ours", "peer")
        # Nothing is to be learnt from a thousand times the same thing.
        if side == "ours" or count <= BATCH
    )
    return [
        *(Figure(f"create {mode}", _both("create", mode=mode, count=BATCH), size.turns) for mode in ("off", "on")),
        Figure("create mails", _both("create", mode="mails", count=100), 1),
        Figure("batches", batches, 1),
        *(Figure(f"move {mode}", _both("move", mode=mode, count=BATCH), size.turns) for mode in ("off", "on")),
        Figure("alarms", fire, size.turns),
        Figure("recompute", again, once),
        Figure("customer", _both("customer"), once),
        Figure("page", pages, once),
    ]


def measure(figure, sides, names, turns=None):
    """Do the jobs of ``figure`` in turns; return ``{key of the job: [result of each turn]}``."""
    results = {job.key: [] for job in figure.jobs}
    with step(figure.name):
        for _turn in range(min(turns or figure.turns, figure.turns)):
            for job in figure.jobs:
                results[job.key].append(_do(job, sides[job.side], names[job.side][job.filling]))
    return results


def _do(job, side, database):
    if not job.fresh:
        return databases.work(side, database, job.name, **job.options)
    copy = f"{database}_copy"
    kit.copy(database, copy)
    try:
        return databases.work(side, copy, job.name, **job.options)
    finally:
        kit.drop(copy)
