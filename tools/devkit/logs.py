"""The server's log decides too: a warning or an error in it fails the run."""

import re

from .base import LOGS

# Lines that do not count, with the reason. Keep this list short.
IGNORED = (
    r"Running as user 'root' is a security risk",  # containers run as root
    # Requests that tests expect to be refused.
    r"WARNING \S+ odoo\.http: (No CSRF validation token provided|Uh-oh! Looks like|You do not have enough rights)",
)
COMPLAINT = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")


def complaints(log):
    """Return the lines of a log of Odoo that complain and are not on the list."""
    path = LOGS / log
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [line for line in lines if COMPLAINT.match(line) and not any(re.search(text, line) for text in IGNORED)]
    return [f".odoo/log/{log}: {line}" for line in found]
