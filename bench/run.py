"""The command line of ``./dev bench``."""

import argparse
import json
import os
import platform
import sys
import time

from devkit import base
from devkit import databases as kit

from . import databases, report, visits
from .figures import figures, measure
from .sizes import SIZES


def parser(names):
    top = argparse.ArgumentParser(prog="./dev bench", description="Measure our register beside its nearest free peer.")
    top.add_argument("--size", choices=SIZES, default="small", help="how much is filled in (default: small)")
    top.add_argument("--only", metavar="FIGURE", action="append", choices=names, help=f"one of: {', '.join(names)}")
    top.add_argument("--turns", type=int, help="measure each figure at most so often")
    top.add_argument("--keep", action="store_true", help="use the filled databases though the code has changed")
    return top


def main():
    if sys.argv[1:2] == ["visits"]:
        return visits.main()
    names = [figure.name for figure in figures(SIZES["small"])]
    arguments = parser(names).parse_args()
    size = SIZES[arguments.size]
    with base.claim("cs_bench"):
        databases.install_peer()
        sides = databases.sides()
        filled = {name: databases.ensure(side, size, keep=arguments.keep) for name, side in sides.items()}
        chosen = [figure for figure in figures(size) if figure.name in (arguments.only or names)]
        results = {figure.name: measure(figure, sides, filled, arguments.turns) for figure in chosen}
        contents = {name: databases.counts(side, filled[name]["many"]) for name, side in sides.items()}
    found = report.lines(results, size)
    print(f"\n{_situation(size, contents)}\n\n{report.table(found)}")
    path = _save(size, contents, results, found)
    missed = [line for line in found if line.kept is False]
    print(f"\n{len(missed)} goals missed. Every turn is in {path.relative_to(base.ROOT)}.")
    return None


def _situation(size, contents):
    filled = "; ".join(
        f"{name} {', '.join(f'{count} {what}' for what, count in counts.items())}" for name, counts in contents.items()
    )
    return f"Size {size.name}: {filled}. Medians of processes that took turns; {os.cpu_count()} processors."


def _save(size, contents, results, found):
    """Write everything measured, for comparisons later; return the path."""
    path = databases.PLACE / f"{time.strftime('%Y%m%d-%H%M%S')}-{size.name}.json"
    data = {
        "size": size.name,
        "contents": contents,
        "python": platform.python_version(),
        "postgresql": " ".join(kit.query("postgres", "SHOW server_version")),
        "processors": os.cpu_count(),
        "results": results,
        "lines": report.as_data(found),
    }
    path.write_text(json.dumps(data, indent=1))
    return path


if __name__ == "__main__":
    sys.exit(base.main(main))
