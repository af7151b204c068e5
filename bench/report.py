"""Figures as a table of ratios beside the goals, and as JSON."""

import statistics
from dataclasses import asdict, dataclass

from .figures import BATCH

HEADINGS = ("", "ours", "peer", "ratio", "goal", "")


@dataclass
class Line:
    """``value`` is what the goal is about; without a goal the line is for information."""

    label: str
    ours: str
    peer: str = ""
    ratio: str = ""
    value: float = None
    least: float = None
    most: float = None
    goal: str = ""

    @property
    def kept(self):
        """Whether the goal is kept; None without one."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def cells(self):
        return (
            self.label,
            self.ours,
            self.peer,
            self.ratio,
            self.goal,
            {None: "", True: "ok", False: "MISSED"}[self.kept],
        )


def lines(results, size):
    """Return the lines of all figures in ``results`` (``{figure: {job: [result]}}``)."""
    makers = {
        "create off": lambda r: _batch("create, tracking off", r, least=5, most_queries=80),
        "create on": lambda r: _batch("create, tracking on", r, least=5, most_queries=80),
        "create mails": lambda r: _batch("create, with assignment mails", r, count=100),
        "batches": _batches,
        "move off": lambda r: _batch("move, tracking off", r, least=15),
        "move on": lambda r: _batch("move, tracking on", r, least=4),
        "alarms": lambda r: _alarms(r, size),
        "recompute": _recompute,
        "customer": _customer,
        "page": _page,
    }
    return [line for name, found in results.items() for line in makers[name](found)]


def _median(samples, read):
    return statistics.median(read(sample) for sample in samples)


def _seconds(samples):
    return _median(samples, lambda sample: sample["seconds"])


def _batch(label, results, count=BATCH, least=None, most_queries=None):
    ours, peer = (_seconds(results[side]) for side in ("ours", "peer"))
    queries = [_median(results[side], lambda sample: sample["queries"]) for side in ("ours", "peer")]
    ratio = peer / ours
    return [
        Line(
            f"{label}: ms per record",
            f"{ours * 1000 / count:.2f}",
            f"{peer * 1000 / count:.2f}",
            f"{ratio:.1f}x",
            ratio,
            least=least,
            goal=f">= {least}x" if least else "",
        ),
        Line(
            f"{label}: queries for {count}",
            f"{queries[0]:.0f}",
            f"{queries[1]:.0f}",
            f"{queries[1] / queries[0]:.1f}x",
            queries[0],
            most=most_queries,
            goal=f"<= {most_queries}" if most_queries else "",
        ),
    ]


def _batches(results):
    found = []
    for key, samples in results.items():
        side, mode, count = key.split()
        if side == "ours":
            queries = _median(samples, lambda sample: sample["queries"])
            peer = results.get(f"peer {mode} {count}")
            of_peer = f"{_median(peer, lambda sample: sample['queries']):.0f}" if peer else ""
            found.append(Line(f"create, tracking {mode}: queries for {count}", f"{queries:.0f}", of_peer))
    return found


def _alarms(results, size):
    few, many = (_seconds(results[key]) for key in ("few", "many"))
    rows = _median(results["many"], lambda sample: sample["rows"])
    queries = _median(results["many"], lambda sample: sample["queries"])
    # A smaller size fires fewer: the goal is about ten thousand.
    scaled = many * 10_000 / max(rows, 1)
    return [
        Line(
            f"alarms: s for {rows:.0f} due of {size.many} open",
            f"{many:.2f}",
            "no job",
            value=scaled,
            most=60,
            goal="< 60 s per 10 000",
        ),
        Line("alarms: queries", f"{queries:.0f}"),
        Line(
            f"alarms: {size.many} against {size.few} open",
            f"{few:.2f}",
            ratio=f"{many / few:.2f}",
            value=many / few,
            most=1.2,
            goal="<= 1.2",
        ),
    ]


def _recompute(results):
    ours, peer = (_median(results[side], lambda one: one["rows"] / one["seconds"]) for side in ("ours", "peer"))
    rows = _median(results["ours"], lambda sample: sample["rows"])
    return [
        Line(
            f"recompute: deadlines per s ({rows:.0f})",
            f"{ours:.0f}",
            f"{peer:.0f}",
            f"{ours / peer:.1f}x",
            ours,
            least=3000,
            goal=">= 3 000",
        )
    ]


def _customer(results):
    pairs = {
        side: [_median(samples, lambda one, key=key: one[key]["seconds"]) for key in ("many", "new")]
        for side, samples in results.items()
    }
    ratios = {side: many / new for side, (many, new) in pairs.items()}
    return [
        Line(
            "create one: ms, new customer",
            f"{pairs['ours'][1] * 1000:.1f}",
            f"{pairs['peer'][1] * 1000:.1f}",
            f"{pairs['peer'][1] / pairs['ours'][1]:.1f}x",
        ),
        Line(
            "create one: busy against new customer",
            f"{ratios['ours']:.2f}",
            f"{ratios['peer']:.2f}",
            value=ratios["ours"],
            most=1.2,
            goal="<= 1.2",
        ),
    ]


def _page(results):
    found = []
    for domain, most in (("all", 1.5), ("open", 1.5)):
        times, queries = {}, {}
        for key, samples in results.items():
            times[key] = _median(samples, lambda one, domain=domain: one[domain]["seconds"])
            queries[key] = _median(samples, lambda one, domain=domain: one[domain]["queries"])
        label = f"list of 80, {domain}"
        ratios = {side: times[f"{side} many"] / times[f"{side} few"] for side in ("ours", "peer")}
        found += [
            Line(
                f"{label}: ms",
                f"{times['ours many'] * 1000:.0f}",
                f"{times['peer many'] * 1000:.0f}",
                f"{times['peer many'] / times['ours many']:.1f}x",
            ),
            Line(
                f"{label}: large against small filling",
                f"{ratios['ours']:.2f}",
                f"{ratios['peer']:.2f}",
                value=ratios["ours"],
                most=most,
                goal=f"<= {most}",
            ),
            Line(
                f"{label}: queries, small and large",
                f"{queries['ours few']:.0f}, {queries['ours many']:.0f}",
                f"{queries['peer few']:.0f}, {queries['peer many']:.0f}",
                value=queries["ours many"] - queries["ours few"],
                most=0,
                goal="the same",
            ),
        ]
    return found


def table(found):
    """Return ``found`` lines as aligned text."""
    rows = [HEADINGS, *(line.cells() for line in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    text = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        text.append("  ".join(cells).rstrip())
    return "\n".join([text[0], "-" * len(max(text, key=len)), *text[1:]])


def as_data(found):
    """Return ``found`` lines for JSON."""
    return [{**asdict(line), "kept": line.kept} for line in found]
