"""What the words after ``./dev test`` select."""

import dataclasses
import re
from pathlib import Path

from .base import ROOT, Failure, addons

DEMO_FILES = "test_demo*.py"


@dataclasses.dataclass
class Selection:
    """Files (with pytest's ``::Class::method`` if given) and an expression over names."""

    files: list
    expression: str

    @classmethod
    def of(cls, words, expression=None):
        """Sort ``words`` into files by path or bare name, classes, and parts of names; the latter narrow the former."""
        files, names = [], [f"({expression})"] if expression else []
        for word in words:
            place, _, node = word.partition("::")
            found = _files(place) or _classes(place)
            if not found and (node or "/" in place or place.endswith(".py")):
                raise Failure(f"There is no test file “{place}”.")
            files += [f"{path}::{node}" if node else str(path) for path in found]
            if not found:
                names.append(word)
        return cls(files, " or ".join(names))

    def __bool__(self):
        return bool(self.files or self.expression)

    def plain_files(self):
        return [file for file in self.files if not is_demo(file)]

    def demo_files(self):
        return [file for file in self.files if is_demo(file)]


def _files(place):
    if (ROOT / place).exists() or Path(place).is_absolute():
        return [Path(place)] if (ROOT / place).exists() else []
    name = place if place.endswith(".py") else f"{place}.py"
    return _tests(name)


def _classes(name):
    """Return the test classes of exactly this name, as pytest calls them."""
    pattern = re.compile(rf"^class {re.escape(name)}\b", re.MULTILINE)
    return [f"{path}::{name}" for path in _tests("test_*.py") if pattern.search((ROOT / path).read_text("utf-8"))]


def _tests(pattern):
    return sorted(path.relative_to(ROOT) for addon in addons() for path in (ROOT / addon).glob(f"tests/**/{pattern}"))


def is_demo(file):
    return Path(file.partition("::")[0]).match(DEMO_FILES)


def all_demo_files():
    return [str(path.relative_to(ROOT)) for addon in addons() for path in (ROOT / addon).glob(f"tests/**/{DEMO_FILES}")]
