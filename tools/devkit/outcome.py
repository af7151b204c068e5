"""What a test run amounts to: counts of every phase, the summary, and the verdict."""

import dataclasses
import json

NO_TESTS = 5  # pytest's exit code


@dataclasses.dataclass
class Phase:
    """One run of pytest: its exit code and its counts."""

    code: int
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0


def read(report, code):
    """Return the phase whose counts the plugin left in ``report``; without a report nothing has passed."""
    if not report.exists():
        return Phase(code or 1)
    return Phase(code, **json.loads(report.read_text()))


def summary(phases, seconds):
    """Return one line like pytest's own last line, over all phases."""
    counts = {name: sum(getattr(phase, name) for phase in phases) for name in ("failed", "passed", "skipped", "errors")}
    parts = [f"{count} {name}" for name, count in counts.items() if count]
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    text = f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s ({hours}:{minutes:02}:{rest:02}) "
    return text.center(80, "=")


def verdict(phases, complaints, seconds):
    """Print what is wrong and the counts; return the exit code."""
    wrong = list(complaints)
    if any(phase.code == NO_TESTS or not (phase.passed + phase.failed + phase.errors) for phase in phases):
        wrong.append("A phase ran no test at all.")
    if any(phase.skipped for phase in phases):
        wrong.append("Tests were skipped; a skipped test proves nothing.")
    failed = sum(phase.failed + phase.errors for phase in phases)
    if not failed and any(phase.code not in (0, NO_TESTS) for phase in phases):
        wrong.append("pytest ended with an error of its own.")
    if wrong:
        print("\nNot in order:")
        print("\n".join(f"  {line}" for line in wrong))
    print(f"\n{summary(phases, seconds)}")
    print(f"{sum(phase.passed for phase in phases)} passed, {failed} failed", flush=True)
    return int(bool(wrong or failed or not phases))
