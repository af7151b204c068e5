"""Our side: cases with number, hand-over, assignment in turn and three deadlines, each with an alarm step."""

from datetime import datetime, timedelta

from odoo.fields import Command

from .measure import CONTEXTS, compare, customers, list_reader, people, sample, undone
from .sizes import CLOSED_TEMPLATES, HOURS, MEMBERS, TEMPLATES


def _ref(env, name):
    return env.ref(f"customer_service_addon.{name}")


def scene(env):
    """Set the stage; return the ids of the open and of the closed records to be multiplied."""
    members = people(env, "ours", MEMBERS, ["customer_service_addon.group_cs_agent"])
    people(env, "boss", 1, ["customer_service_addon.group_cs_manager"])
    # The turn is taken every time; asking for the customer's former agent would leave it out.
    team = env["cs.team"].create(
        {
            "name": "Bench",
            "assignment_method": "turn",
            "own_agent_first": False,
            "member_ids": [Command.create({"user_id": user.id}) for user in members],
        }
    )
    env["cs.sla.policy"].create(
        {
            "name": "Bench",
            "sequence": 1,
            "domain": f"[('team_id', '=', {team.id})]",
            "target_ids": [
                Command.create(_target(goal, hours))
                for goal, hours in zip(("answered", "solved", "closed"), HOURS, strict=True)
            ],
        }
    )
    partners, busy = customers(env, TEMPLATES)
    cases = env["cs.case"].with_context(CONTEXTS["off"])
    opened = cases.create(_values(env, TEMPLATES, partners.ids))
    closed = cases.create(_values(env, CLOSED_TEMPLATES, busy.ids))
    now = datetime.now().replace(microsecond=0)
    closed._cs_as_server().write({"first_answered_at": now, "confirmation": "phone"})
    closed._move_to("solved")
    closed._move_to("closed")
    return {"open": opened.ids, "closed": closed.ids}


def _target(goal, hours):
    step = {"trigger": "percent", "amount": 75, "whom": "owner", "activity": True, "mail": True}
    return {
        "name": f"Case {goal}",
        "to_milestone": f"cs.case/{goal}",
        "amount": hours,
        "unit": "wh",
        "escalation_ids": [Command.create(step)],
    }


def _team(env):
    return env["cs.team"].search([("name", "=", "Bench")])


def _values(env, count, partner_ids):
    team = _team(env)
    partners = env["res.partner"].browse(partner_ids)
    emails = dict(zip(partner_ids, partners.mapped("email"), strict=True))
    return [
        {
            "subject": f"Call {number}",
            "description": "The brakes make a noise",
            "type_id": _ref(env, "cs_case_type_inquiry").id,
            "channel_id": _ref(env, "cs_channel_mail").id,
            "team_id": team.id,
            "partner_id": partner_ids[number % len(partner_ids)],
            "email_from": emails[partner_ids[number % len(partner_ids)]],
        }
        for number in range(count)
    ]


def _cases(env, mode):
    boss = env["res.users"].search([("login", "=", "boss0")])
    return env["cs.case"].with_user(boss).with_context(CONTEXTS[mode])


def _customer_ids(env):
    return env["res.partner"].search([("name", "=like", "Customer %")]).ids


def create(env, mode, count):
    """Register ``count`` cases in one batch."""
    cases = _cases(env, mode)
    values = _values(env, count, _customer_ids(env))
    undone(env, lambda: cases.create([dict(vals) for vals in values[:20]]))
    return undone(env, lambda: cases.create(values))


def move(env, mode, count):
    """Take ``count`` new cases up."""
    cases = _cases(env, mode).search([("meaning", "=", "new")], limit=count + 20, order="id desc")
    taken_up = _ref(env, "cs_case_stage_open").id
    undone(env, lambda: cases[count:].write({"stage_id": taken_up}))
    return undone(env, lambda: cases[:count].write({"stage_id": taken_up}))


def alarms(env, due):
    """Fire ``due`` alarms, spread over all open clocks; each makes a to-do, an event and a line of a digest."""
    now = datetime.now().replace(microsecond=0)
    env.cr.execute(
        "UPDATE cs_sla_alarm SET due_at = due_at + interval '60 days' WHERE state = 'pending' AND due_at < %s",
        (now + timedelta(days=1),),
    )
    env.cr.execute("SELECT count(*) FROM cs_sla_alarm WHERE state = 'pending' AND escalation_id IS NOT NULL")
    every = env.cr.fetchone()[0] // due
    env.cr.execute(
        """
        UPDATE cs_sla_alarm SET due_at = %s
         WHERE id IN (
               SELECT id FROM (
                      SELECT id, row_number() OVER (ORDER BY id) AS place
                        FROM cs_sla_alarm WHERE state = 'pending' AND escalation_id IS NOT NULL) AS steps
                WHERE place %% %s = 0
                LIMIT %s)
        """,
        (now - timedelta(minutes=1), max(every, 1), due),
    )
    env.cr.commit()
    env.cr.execute("ANALYZE cs_sla_alarm")
    env.cr.commit()
    result = sample(env, env["cs.sla.alarm"]._cron_fire)
    env.cr.execute("SELECT count(*) FROM cs_sla_alarm WHERE state = 'fired'")
    return {"rows": env.cr.fetchone()[0], **result}


def recompute(env, count):
    """Compute the open clocks of a calendar again after a public holiday."""
    calendar = env.company.resource_calendar_id.copy({"name": "Bench"})
    holiday = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    env.cr.execute(
        """
        UPDATE cs_sla_clock SET calendar_id = %s WHERE res_id IN (
               SELECT DISTINCT res_id FROM cs_sla_clock WHERE current AND run_state = 'running'
                ORDER BY res_id LIMIT %s)
        """,
        (calendar.id, count // len(HOURS)),
    )
    env["resource.calendar.leaves"].create(
        {
            "name": "Holiday",
            "calendar_id": calendar.id,
            "company_id": env.company.id,
            "date_from": holiday,
            "date_to": holiday + timedelta(days=3),
        }
    )
    env.cr.commit()
    env.cr.execute("ANALYZE cs_sla_clock")
    env.cr.commit()
    result = sample(env, env["cs.sla.recompute"]._cron_recompute)
    done = env["cs.sla.recompute"].search([("calendar_id", "=", calendar.id)]).mapped("done")
    return {"rows": sum(done), **result}


def customer(env):
    """Register one case of the busy customer and one of a new one, in turns."""
    cases = _cases(env, "on")
    partners = (env["res.partner"].search([("name", "=", name)]) for name in ("Busy Customer", "New Customer"))
    pair = [_values(env, 1, partner.ids)[0] for partner in partners]
    first, second = compare(env, *(lambda vals=vals: cases.create(dict(vals)) for vals in pair), times=15)
    return {"many": first, "new": second}


def page(env):
    """Read the first page of the list: all cases, and the open ones."""
    cases = _cases(env, "on")
    actions = (list_reader(cases, []), list_reader(cases, [("meaning", "in", ("new", "open", "waiting"))]))
    first, second = compare(env, *actions, times=9)
    return {"all": first, "open": second}
