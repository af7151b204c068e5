"""What both sides share when something is measured inside an Odoo process."""

import gc
import statistics
import time

from lxml import etree

# Told to both sides alike. Without mails about assignments: ours go out by a job, the peer sends one per record.
CONTEXTS = {
    "off": {
        "tracking_disable": True,
        "mail_notrack": True,
        "mail_create_nolog": True,
        "mail_create_nosubscribe": True,
        "mail_auto_subscribe_no_notify": True,
    },
    "on": {"mail_auto_subscribe_no_notify": True},
    "mails": {},
}
# The browser counts no further in a list.
COUNT_LIMIT = 10_001


def sample(env, action):
    """Run ``action`` with what Odoo does before a commit; return its seconds and queries. Record caches are cold."""
    env.flush_all()
    env.invalidate_all()
    gc.collect()
    before = env.cr.sql_log_count
    start = time.perf_counter()
    action()
    env.cr.flush()
    return {"seconds": time.perf_counter() - start, "queries": env.cr.sql_log_count - before}


def undone(env, action):
    """Like :func:`sample`, and leave no trace."""
    try:
        return sample(env, action)
    finally:
        env.cr.rollback()


def medians(samples):
    """Return the median seconds and queries of ``samples``."""
    return {key: statistics.median(one[key] for one in samples) for key in ("seconds", "queries")}


def compare(env, first, second, times):
    """Return the medians of two actions taken in turns, each ``times`` times after a warm-up."""
    pairs = [(undone(env, first), undone(env, second)) for _time in range(times + 2)][2:]
    return medians([pair[0] for pair in pairs]), medians([pair[1] for pair in pairs])


def list_reader(records, domain, order=""):
    """Return a function that reads the first page of the list view as the browser does."""
    specification = list_specification(records)

    def read():
        return records.web_search_read(domain, specification, limit=80, order=order, count_limit=COUNT_LIMIT)

    return read


def list_specification(records):
    """Return the fields of the list view of the records' model as the user gets it."""
    view = records.get_views([(False, "list")])["views"]["list"]
    names = etree.fromstring(view["arch"]).xpath(".//field[not(ancestor::field)]/@name")
    return {
        name: {"fields": {"display_name": {}}} if records._fields[name].relational else {}
        for name in dict.fromkeys(names)
    }


def people(env, prefix, count, groups):
    """Create users with the rights ``groups`` (list of xmlids)."""
    users = env["res.users"].with_context(no_reset_password=True, tracking_disable=True)
    return users.create(
        [
            {
                "name": f"{prefix} {number}",
                "login": f"{prefix}{number}",
                "email": f"{prefix}{number}@bench.example",
                "tz": "UTC",
                "group_ids": [(6, 0, [env.ref(name).id for name in groups])],
            }
            for number in range(count)
        ]
    )


def customers(env, count):
    """Create customers; return them, and apart from them one who will have a long history. A new one has none."""
    partners = env["res.partner"].with_context(tracking_disable=True)
    rows = [{"name": f"Customer {number}", "email": f"customer{number}@customers.example"} for number in range(count)]
    partners.create({"name": "New Customer", "email": "new@customers.example"})
    return partners.create(rows), partners.create({"name": "Busy Customer", "email": "busy@customers.example"})
