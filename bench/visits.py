"""Measure the plans of return visits on many customers and invoices: ``./dev bench visits``.

A database of its own is filled in plain SQL, measured in a process of its own and dropped again. There is no peer.
"""

import argparse
import json
import subprocess
import sys
import time

BATCH = 500  # visits per transaction, as the job does it
CLASSES = 4
NEAR, FAR = 8, 400  # days since the last invoice of a customer


def main():
    from devkit import base  # noqa: PLC0415 - the worker runs without it
    from devkit import databases as kit  # noqa: PLC0415

    top = argparse.ArgumentParser(prog="./dev bench visits", description="Measure the plans of return visits.")
    top.add_argument("--customers", type=int, default=100_000)
    top.add_argument("--invoices", type=int, default=1_000_000)
    top.add_argument("--visits", type=int, default=20_000, help="how many visits of each plan are created")
    top.add_argument("--database", default="cs_plan_big")
    top.add_argument("--keep", action="store_true", help="keep the database for another run")
    arguments = top.parse_args(sys.argv[2:])
    with base.claim(arguments.database):
        if not kit.exists(arguments.database):
            kit.install(arguments.database, demo=False, log="bench-visits-install.log")
            with base.step(f"Fill in {arguments.customers} customers and {arguments.invoices} invoices"):
                _work("fill", arguments.database, customers=arguments.customers, invoices=arguments.invoices)
        lines = _work("measure", arguments.database, visits=arguments.visits)
        if not arguments.keep:
            kit.drop(arguments.database)
    print("\n" + "\n".join(lines))


def _work(job, database, **options):
    """Do ``job`` in a new Odoo process; return its result."""
    from devkit.base import CONFIG, LOGS, ROOT, environment, python  # noqa: PLC0415

    order = {"side": "visits", "config": str(CONFIG), "database": database, "job": job, "options": options}
    command = [str(python()), "-m", "bench.worker", json.dumps(order | {"keep": True})]
    with (LOGS / "bench.log").open("a") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])


# ----------------------------------------------------------------------
# In the worker
# ----------------------------------------------------------------------


def fill(env, customers, invoices):
    """Fill in customers of four classes, posted invoices of them, and commit."""
    company = env.ref("base.main_company")
    classes = env["cs.partner.class"].create(
        [{"name": f"Class {number}", "rhythm_number": 1} for number in range(CLASSES)]
    )
    journal = env["account.journal"].create({"name": "Bench", "code": "BNCH", "type": "sale"})
    first = env["res.partner"].create({"name": "First", "is_company": True})
    env.flush_all()
    cr = env.cr
    # What is filled in refers to rows that are there; checking it a million times takes minutes.
    cr.execute("SET LOCAL session_replication_role = replica")
    cr.execute(
        """
        INSERT INTO res_partner (name, complete_name, active, is_company, type, lang, tz, phone, email, partner_share,
                                 cs_class_id, company_id, autopost_bills, create_date, write_date, create_uid)
        SELECT 'Customer ' || n, 'Customer ' || n, TRUE, TRUE, 'contact', 'en_US',
               (ARRAY['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', NULL])[1 + n %% 4],
               CASE WHEN n %% 20 > 0 THEN '+86 21 ' || n END, 'c' || n || '@bench.example', TRUE,
               %(classes)s + n %% %(count)s, NULL, 'ask', now(), now(), 1
          FROM generate_series(1, %(customers)s) n
        """,
        {"classes": min(classes.ids), "count": CLASSES, "customers": customers},
    )
    cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id > %s", [first.id])
    cr.execute(
        """
        INSERT INTO account_move (name, sequence_prefix, sequence_number, state, move_type, company_id, journal_id,
                                  partner_id, commercial_partner_id, currency_id, invoice_date, date, auto_post,
                                  create_date, write_date, create_uid)
        SELECT 'B/' || n, 'B/', n, 'posted', 'out_invoice', %(company)s, %(journal)s, p, p, %(currency)s, day, day,
               'no', now(), now(), 1
          FROM (SELECT n, %(first)s + 1 + n %% %(customers)s AS p,
                       current_date - %(near)s - (n * 37 %% %(span)s) AS day
                  FROM generate_series(1, %(invoices)s) n) rows
        """,
        {
            "company": company.id,
            "journal": journal.id,
            "currency": company.currency_id.id,
            "first": first.id,
            "customers": customers,
            "near": NEAR,
            "span": FAR,
            "invoices": invoices,
        },
    )
    cr.commit()
    cr._cnx.autocommit = True
    cr.execute("VACUUM ANALYZE")
    cr._cnx.autocommit = False
    return []


def measure(env, visits):
    """Return the lines of the report: preview and creation of a plan by inactivity and of a campaign."""
    company = env.ref("base.main_company")
    company.cs_visit_quiet_days = 14
    team = env["cs.team"].search([], limit=1)
    purpose = env["cs.visit.purpose"].create({"name": "Bench"})
    today = time.strftime("%Y-%m-%d")
    common = {"purpose_id": purpose.id, "team_id": team.id, "user_ids": team.member_ids.user_id.ids}
    plans = env["cs.visit.plan"].create(
        [
            {"name": "Inactive", "trigger": "inactivity", "inactive_days": 7, "except_debtors": True, **common},
            {"name": "Campaign", "trigger": "campaign", "start_on": today, "end_on": "2099-12-31", **common},
        ]
    )
    plans[1].end_on = plans[1].start_on.replace(year=plans[1].start_on.year + 1)
    env.cr.commit()
    lines = [_size(env)]
    for plan in plans:
        lines += _measure_plan(env, plan, visits)
    return lines


def _size(env):
    env.cr.execute("SELECT count(*) FROM account_move WHERE move_type = 'out_invoice' AND state = 'posted'")
    invoices = env.cr.fetchone()[0]
    return f"{env['res.partner'].search_count([])} contacts, {invoices} posted invoices"


def _measure_plan(env, plan, visits):
    lines = []
    seconds, queries, _result = _timed(env, plan.action_preview)
    note = (plan.preview_note or "").replace("\n", ", ")
    lines.append(f"{plan.name}: preview {seconds:.1f} s, {queries} queries ({note})")
    plan.action_start()
    env.cr.commit()
    job = plan._for_planning()
    seconds, queries, _result = _timed(env, job._look)
    lines.append(f"{plan.name}: finding {plan.found_count} customers {seconds:.1f} s, {queries} queries")
    turns, planned = [], 0
    while planned < visits:
        seconds, queries, count = _timed(env, lambda: job._work_off(BATCH))
        if not count:
            break
        planned += count
        turns.append((seconds, queries))
    total = sum(seconds for seconds, _queries in turns)
    longest, most = max(seconds for seconds, _ in turns), max(queries for _, queries in turns[1:] or turns)
    lines.append(
        f"{plan.name}: {planned} visits in {len(turns)} batches of {BATCH}: {total:.1f} s,"
        f" {planned / total:.0f} visits/s, longest batch {longest:.2f} s, at most {most} queries per batch"
    )
    plan.action_stop()
    env.cr.execute("DELETE FROM cs_visit_candidate")
    # The second plan is not to find customers whom the first has planned.
    env.cr.execute("UPDATE cs_return_visit SET state = 'cancelled' WHERE plan_id = %s", [plan.id])
    env.cr.commit()
    env.invalidate_all()
    return lines


def _timed(env, action):
    """Return the seconds and queries of ``action`` with its commit, and its result."""
    env.invalidate_all()
    before, start = env.cr.sql_log_count, time.perf_counter()
    result = action()
    env.cr.commit()
    return time.perf_counter() - start, env.cr.sql_log_count - before, result
