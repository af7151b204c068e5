from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .test_rework import CsReworkCommon

JUNE_1 = "2026-06-01 02:00:00"


class CsContractorCommon(CsReworkCommon):
    """Two contractors for plumbing, the first of whom also paints; each has a user on the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contractor.email = "post@solidroofs.example"
        cls.contractor_2 = cls.env["res.partner"].create(
            {"name": "Quick Pipes Ltd", "is_company": True, "email": "post@quickpipes.example"}
        )
        cls.user_1, cls.user_2 = (
            new_test_user(
                cls.env, login=f"cs_contractor_{number}", groups="base.group_portal", name=f"Foreman {number}"
            )
            for number in (1, 2)
        )
        cls.user_1.partner_id.parent_id = cls.contractor
        cls.user_2.partner_id.parent_id = cls.contractor_2
        ranks = (
            (cls.plumbing, cls.contractor, 1, 4),
            (cls.plumbing, cls.contractor_2, 2, 0),
            (cls.painting, cls.contractor, 5, 2),
        )
        cls.env["cs.contractor.rank"].create(
            [
                {
                    "trade_id": trade.id,
                    "contractor_id": contractor.id,
                    "sequence": sequence,
                    "hours": hours,
                    "company_id": cls.company.id,
                }
                for trade, contractor, sequence, hours in ranks
            ]
        )

    def contractor_order(self, contractor=None, **vals):
        """Return an order that is dispatched to ``contractor`` (default: the first)."""
        order = self.open_order(
            **{"executor": "contractor", "contractor_id": (contractor or self.contractor).id, **vals}
        )
        order.action_dispatch()
        return order

    def expire(self, batch=100):
        self.run_job("cs.rework.offer", "_cron_expire", batch=batch)

    def outcomes(self, order):
        return [(row.contractor_id, row.outcome) for row in order.offer_ids.sorted("id")]


@tagged("post_install", "-at_install")
class TestReworkOffers(CsContractorCommon):
    """R-04: contractors are asked one after the other, each try is a row."""

    def test_the_first_in_rank_is_proposed(self):
        order = self.open_order()
        with Form(order) as form:
            form.executor = "contractor"
            self.assertEqual(form.contractor_id, self.contractor)
        order.trade_ids = self.plumbing | self.painting
        self.assertEqual(order._ranked_contractors(), self.contractor, "ranked for both trades")
        order.trade_ids = self.plumbing
        self.assertEqual(order._ranked_contractors(), self.contractor | self.contractor_2)

    def test_a_rank_may_hold_for_one_object_only(self):
        rank = self.env["cs.contractor.rank"].search(
            [("contractor_id", "=", self.contractor.id), ("trade_id", "=", self.plumbing.id)]
        )
        order = self.open_order()
        rank.domain = "[('object_ref', '=', 'Flat 1')]"
        self.assertEqual(order._ranked_contractors(), self.contractor_2)
        with self.assertRaises(ValidationError):
            rank.domain = "[('nothing', '=', 1)]"
        with self.assertRaises(AccessError):
            rank.with_user(self.supervisor).hours = 1

    def test_dispatch_is_written_down_and_the_contractor_invited_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.contractor.lang = "zh_CN"
        with freeze_time(JUNE_1):
            order = self.contractor_order()
        self.assertRecordValues(
            order.offer_ids,
            [{"contractor_id": self.contractor.id, "outcome": "open", "answered_at": False}],
        )
        # Four working hours from 10:00 in Shanghai.
        self.assertEqual(str(order.offer_ids.answer_by), "2026-06-01 06:00:00")
        mail = self.env["mail.mail"].search([("model", "=", "cs.rework.offer"), ("res_id", "in", order.offer_ids.ids)])
        self.assertEqual(mail.recipient_ids, self.contractor)
        self.assertIn(f"/my/repairs/{order.id}", mail.body_html)
        self.assertFalse(order.message_partner_ids & (self.contractor | self.user_1.partner_id))
        self.assertTrue(order.contractor_on_portal)

    def test_without_a_rank_the_company_says_how_long(self):
        with freeze_time(JUNE_1):
            order = self.contractor_order(self.contractor_2)
            self.assertEqual(str(order.offer_ids.answer_by), "2026-06-01 10:00:00", "eight working hours")
            self.company.cs_acceptance_hours = 0
            self.assertFalse(self.contractor_order(self.contractor_2).offer_ids.answer_by)

    def test_who_has_no_address_is_noted(self):
        self.contractor.email = False
        order = self.contractor_order()
        self.assertIn("call him", order.message_ids[:1].body)

    def test_accepted_on_the_phone_is_accepted(self):
        with freeze_time(JUNE_1):
            order = self.contractor_order()
        with freeze_time("2026-06-01 03:30:00"):
            order.action_accept()
        self.assertRecordValues(order.offer_ids, [{"outcome": "accepted", "answer_hours": 1.5}])
        with freeze_time("2026-06-09 03:30:00"):
            self.expire()
        self.assertEqual(order.state, "accepted")

    def test_no_answer_in_time_goes_to_the_next_and_to_the_supervisor(self):
        with freeze_time(JUNE_1):
            order = self.contractor_order()
        with freeze_time("2026-06-01 05:59:00"):
            self.expire()
            self.assertEqual(order.contractor_id, self.contractor, "not yet")
        with freeze_time("2026-06-01 06:01:00"):
            self.expire()
        self.assertEqual(self.outcomes(order), [(self.contractor, "expired"), (self.contractor_2, "open")])
        self.assertRecordValues(
            order, [{"state": "dispatched", "contractor_id": self.contractor_2.id, "end_reason": False}]
        )
        self.assertEqual(order.activity_ids.user_id, self.agent | self.supervisor)
        self.assertIn("Quick Pipes", order.activity_ids[:1].note)
        # Nobody is left: back to the desk.
        with freeze_time("2026-06-03 07:01:00"):
            self.expire()
        self.assertRecordValues(order, [{"state": "draft", "end_reason": "No answer in time"}])
        self.assertEqual(self.outcomes(order), [(self.contractor, "expired"), (self.contractor_2, "expired")])
        self.assertIn("Nobody is left", order.activity_ids.mapped("note")[-1])

    def test_the_customers_deadline_does_not_begin_again_with_the_next_contractor(self):
        with freeze_time(JUNE_1):
            order = self.contractor_order()
            dispatched = order.dispatched_at
        with freeze_time("2026-06-01 06:01:00"):
            self.expire()
        self.assertEqual(order.dispatched_at, dispatched)

    def test_declined_on_the_phone_goes_to_the_next(self):
        order = self.contractor_order()
        dialog = self.env["cs.rework.end"].with_user(self.agent)
        dialog.create(
            {
                "rework_ids": [Command.set(order.ids)],
                "target": "draft",
                "reason": "No people",
                "declined": True,
            }
        ).action_confirm()
        self.assertEqual(self.outcomes(order), [(self.contractor, "declined"), (self.contractor_2, "open")])
        self.assertEqual(order.offer_ids.sorted("id")[0].reason, "No people")

    def test_withdrawn_is_neither_declined_nor_expired(self):
        order = self.contractor_order()
        order._end("draft", "The customer was away")
        self.assertEqual(self.outcomes(order), [(self.contractor, "withdrawn")])
        order.action_dispatch()
        self.assertEqual(self.outcomes(order)[-1], (self.contractor, "open"))

    def test_nobody_writes_offers(self):
        order = self.contractor_order()
        offers = order.offer_ids.with_user(self.manager)
        with self.assertRaises(AccessError):
            offers.write({"outcome": "accepted"})
        with self.assertRaises(AccessError):
            offers.create({"rework_id": order.id, "contractor_id": self.contractor.id, "offered_at": JUNE_1})
        with self.assertRaises(UserError):
            order.offer_ids.sudo().unlink()
        with self.assertRaises(AccessError):
            order.offer_ids.sudo().write({"outcome": "accepted"})

    def test_a_proposed_date_waits_for_the_desk(self):
        with freeze_time(JUNE_1):
            order = self.contractor_order()
            order.with_user(self.user_1)._contractor_propose(order._fields["planned_start"].to_datetime("2026-06-08"))
        with freeze_time("2026-06-03 02:00:00"):
            self.expire()
            self.assertEqual(self.outcomes(order), [(self.contractor, "open")], "nothing expires meanwhile")
            with self.assertRaises(AccessError):
                order.with_user(self.repairer).action_take_proposal()
            order.action_refuse_proposal()
            self.assertEqual(str(order.offer_ids.answer_by), "2026-06-03 06:00:00", "his full time again")
            order.with_user(self.user_1)._contractor_propose(order._fields["planned_start"].to_datetime("2026-06-09"))
            order.action_take_proposal()
        self.assertRecordValues(order, [{"state": "accepted"}])
        self.assertEqual(str(order.planned_start), "2026-06-09 00:00:00")
        with self.assertRaises(UserError):
            order.action_take_proposal()

    def test_the_job_asks_the_same_number_of_questions_for_many(self):
        with freeze_time(JUNE_1):
            orders = self.env["cs.rework"].browse()
            for _number in range(8):
                orders += self.contractor_order()
        counts = []
        with freeze_time("2026-06-01 08:00:00"):
            for part in (orders[:2], orders[2:]):
                part.offer_ids.flush_recordset()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                part._lose_contractor("expired", "No answer in time")
                self.env.flush_all()
                counts.append((self.env.cr.sql_log_count - before) / len(part))
        self.assertLess(counts[1], counts[0], "the batch is cheaper per order")
        self.assertLess(counts[1], 90)

    def test_one_order_that_fails_keeps_no_other(self):
        with freeze_time(JUNE_1):
            bad, good = self.contractor_order(), self.contractor_order()
        orders = type(self.env["cs.rework"])
        lose = orders._lose_contractor

        def spoiled(records, *arguments):
            if bad.id in records.ids:
                raise ValueError("Spoiled")
            return lose(records, *arguments)

        with (
            freeze_time("2026-06-01 08:00:00"),
            patch.object(orders, "_lose_contractor", spoiled),
            mute_logger("odoo.addons.customer_service_addon.models.cs_rework_offer"),
        ):
            self.expire()
        self.assertEqual(good.contractor_id, self.contractor_2)
        self.assertEqual(self.outcomes(bad), [(self.contractor, "open")])
        with freeze_time("2026-06-01 08:00:00"):
            self.expire()
        self.assertEqual(bad.contractor_id, self.contractor_2, "the next run takes it")

    def test_the_job_goes_on_behind_a_batch(self):
        with freeze_time(JUNE_1):
            orders = self.contractor_order() | self.contractor_order() | self.contractor_order()
        with freeze_time("2026-06-01 08:00:00"):
            self.expire(batch=1)
        self.assertEqual(orders.mapped("contractor_id"), self.contractor_2)
