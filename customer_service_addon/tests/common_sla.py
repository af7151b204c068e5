from odoo.fields import Command

from .test_promise import CsPromiseCommon


class CsSlaCommon(CsPromiseCommon):
    """Monday 1 June 2026, 10:00 in Shanghai; 9-18 on weekdays; one policy: answer 2 wh, solved 3 wd, closed 240 h."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cs.sla.policy"].search([]).active = False
        cls.parts = cls.env.ref("customer_service_addon.cs_hold_reason_parts")
        cls.policy = cls.make_policy("Standard", {"answered": (2, "wh"), "solved": (3, "wd"), "closed": (240, "h")})

    @classmethod
    def make_policy(cls, name, targets, **values):
        """Create a policy for cases; ``targets`` is ``{milestone code: (amount, unit)}``."""
        return cls.env["cs.sla.policy"].create(
            {
                "name": name,
                "model": "cs.case",
                "company_id": cls.company.id,
                "target_ids": [
                    Command.create(
                        {"name": code.title(), "to_milestone": f"cs.case/{code}", "amount": amount, "unit": unit}
                    )
                    for code, (amount, unit) in targets.items()
                ],
                **values,
            }
        )

    @classmethod
    def add_step(cls, code, **values):
        """Add an alarm to the target of the standard policy that ends with ``code``."""
        target = cls.policy.target_ids.filtered(lambda target: target.to_milestone == f"cs.case/{code}")
        return cls.env["cs.sla.escalation"].create({"target_id": target.id, **values})

    def clocks(self, case, code):
        """Return all rounds of the clock of ``case`` for the milestone ``code``, the latest last."""
        return self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.case"), ("res_id", "=", case.id), ("milestone", "=", f"cs.case/{code}")],
            order="id",
        )

    def clock(self, case, code):
        """Return the present clock of ``case`` for the milestone ``code``."""
        return self.clocks(case, code).filtered("current")

    def kinds(self, clock):
        return clock.event_ids.mapped("kind")

    def holiday(self, start, end, company=None, calendar=None):
        """Enter a public holiday (naive UTC moments)."""
        return (
            self.env["resource.calendar.leaves"]
            .with_company(company or self.company)
            .create(
                {
                    "name": "Holiday",
                    "date_from": start,
                    "date_to": end,
                    "calendar_id": calendar.id if calendar else False,
                    "resource_id": False,
                }
            )
        )

    def recompute(self):
        """Run the background job to its end."""
        self.run_job("cs.sla.recompute", "_cron_recompute")

    def fire(self, **arguments):
        """Run the alarm job."""
        self.run_job("cs.sla.alarm", "_cron_fire", **arguments)
