"""The peer: OCA helpdesk with SLA. Teams, owners and three SLAs as on our side."""

from odoo.fields import Command

from .measure import CONTEXTS, compare, customers, list_reader, people, sample, undone
from .sizes import CLOSED_TEMPLATES, HOURS, MEMBERS, TEMPLATES


def _ref(env, name):
    return env.ref(f"helpdesk_mgmt.{name}")


def scene(env):
    """Set the stage; return the ids of the open and of the closed records to be multiplied."""
    members = people(env, "peer", MEMBERS, ["helpdesk_mgmt.group_helpdesk_user"])
    people(env, "boss", 1, ["helpdesk_mgmt.group_helpdesk_manager"])
    team = env["helpdesk.ticket.team"].create(
        {"name": "Bench", "user_ids": [Command.set(members.ids)], "use_sla": True, "alias_name": False}
    )
    stages = ("helpdesk_ticket_stage_in_progress", "helpdesk_ticket_stage_awaiting", "helpdesk_ticket_stage_done")
    env["helpdesk.sla"].create(
        [
            {"name": name, "team_ids": [Command.set(team.ids)], "stage_id": _ref(env, name).id, "hours": hours}
            for name, hours in zip(stages, HOURS, strict=True)
        ]
    )
    partners, busy = customers(env, TEMPLATES)
    tickets = env["helpdesk.ticket"].with_context(CONTEXTS["off"])
    opened = tickets.create(_values(env, TEMPLATES, partners.ids))
    opened.message_subscribe(partner_ids=env.user.partner_id.ids)
    closed = tickets.create(_values(env, CLOSED_TEMPLATES, busy.ids))
    closed.write({"stage_id": _ref(env, "helpdesk_ticket_stage_done").id})
    return {"open": opened.ids, "closed": closed.ids}


def _values(env, count, partner_ids):
    team = env["helpdesk.ticket.team"].search([("name", "=", "Bench")])
    members = team.user_ids.ids
    partners = env["res.partner"].browse(partner_ids)
    emails = dict(zip(partner_ids, partners.mapped("email"), strict=True))
    return [
        {
            "name": f"Call {number}",
            "description": "The brakes make a noise",
            "team_id": team.id,
            "user_id": members[number % len(members)],
            "partner_id": partner_ids[number % len(partner_ids)],
            "partner_email": emails[partner_ids[number % len(partner_ids)]],
            "channel_id": _ref(env, "helpdesk_ticket_channel_email").id,
        }
        for number in range(count)
    ]


def _tickets(env, mode):
    boss = env["res.users"].search([("login", "=", "boss0")])
    return env["helpdesk.ticket"].with_user(boss).with_context(CONTEXTS[mode])


def _customer_ids(env):
    return env["res.partner"].search([("name", "=like", "Customer %")]).ids


def create(env, mode, count):
    """Register ``count`` tickets in one batch."""
    tickets = _tickets(env, mode)
    values = _values(env, count, _customer_ids(env))
    undone(env, lambda: tickets.create([dict(vals) for vals in values[:20]]))
    return undone(env, lambda: tickets.create(values))


def move(env, mode, count):
    """Take ``count`` new tickets up."""
    new, taken_up = (_ref(env, f"helpdesk_ticket_stage_{name}") for name in ("new", "in_progress"))
    tickets = _tickets(env, mode).search([("stage_id", "=", new.id)], limit=count + 20, order="id desc")
    undone(env, lambda: tickets[count:].write({"stage_id": taken_up.id}))
    return undone(env, lambda: tickets[:count].write({"stage_id": taken_up.id}))


def recompute(env, count):
    """Compute deadlines again after a public holiday. The peer has no job for it: this is its own compute method."""
    rows = env["helpdesk.ticket.sla"].search([("state", "=", "in_progress")], limit=count)
    calendar = rows[:1].ticket_id.team_id.resource_calendar_id
    holiday = {"name": "Holiday", "calendar_id": calendar.id, "date_from": "2000-01-03", "date_to": "2000-01-04"}

    def again(some):
        env.add_to_compute(some._fields["deadline"], some)
        env.flush_all()

    env["resource.calendar.leaves"].create(holiday)
    again(rows[:20])
    return {"rows": len(rows), **sample(env, lambda: again(rows))}


def customer(env):
    """Register one ticket of the busy customer and one of a new one, in turns."""
    tickets = _tickets(env, "on")
    partners = (env["res.partner"].search([("name", "=", name)]) for name in ("Busy Customer", "New Customer"))
    pair = [_values(env, 1, partner.ids)[0] for partner in partners]
    first, second = compare(env, *(lambda vals=vals: tickets.create(dict(vals)) for vals in pair), times=15)
    return {"many": first, "new": second}


def page(env):
    """Read the first page of the list: all tickets, and the open ones."""
    tickets = _tickets(env, "on")
    actions = (list_reader(tickets, []), list_reader(tickets, [("closed", "=", False)]))
    first, second = compare(env, *actions, times=9)
    return {"all": first, "open": second}
