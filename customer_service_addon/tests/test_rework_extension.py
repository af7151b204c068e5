from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_portal import PortalCommon
from .test_report import PrintCommon, pdf_text
from .test_rework import CsReworkCommon

JUNE_1 = "2026-06-01 02:00:00"


@tagged("post_install", "-at_install")
class TestReworkExtension(PrintCommon, CsReworkCommon):
    """R-03: three working days for one trade; longer only with the customer's prior consent and the new date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        target = {
            "name": "Done",
            "from_milestone": "cs.rework/dispatched",
            "to_milestone": "cs.rework/done",
            "amount": 3,
            "unit": "wd",
        }
        cls.repairs = cls.make_policy("Repairs", {}, model="cs.rework", target_ids=[Command.create(target)])

    def dispatched(self, **vals):
        with freeze_time(JUNE_1):
            order = self.own_order(**vals)
            order.action_dispatch()
        return order

    def done_clock(self, order):
        return self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.rework"), ("res_id", "=", order.id), ("current", "=", True)]
        )

    def ask(self, order, day="2026-06-12", reason="The pump has to come from Italy"):
        dialog = self.env["cs.rework.extend"].with_user(self.agent)
        dialog.create({"rework_id": order.id, "new_date": day, "reason": reason}).action_confirm()
        return order.extension_ids.sorted("id")[-1:]

    def consent(self, extension, agreed="yes"):
        dialog = self.env["cs.rework.consent"].with_user(self.agent)
        dialog.create({"extension_id": extension.id, "agreed": agreed, "who": "Chen Wei"}).action_confirm()

    def test_only_consent_moves_the_deadline(self):
        order = self.dispatched()
        clock = self.done_clock(order)
        former = clock.deadline
        self.assertEqual(str(former), "2026-06-04 10:00:00")
        with freeze_time("2026-06-02 02:00:00"):
            extension = self.ask(order)
            self.assertEqual((clock.deadline, extension.state), (former, "requested"))
            mails = self.env["mail.mail"].search([("model", "=", "cs.case"), ("res_id", "=", order.case_id.id)])
            self.assertTrue(any("Italy" in (mail.body_html or "") for mail in mails), "the customer is asked by mail")
            self.consent(extension)
        self.assertRecordValues(
            extension,
            [
                {
                    "state": "consented",
                    "how": "mail",
                    "answered_by": "Chen Wei",
                    "moved": True,
                    "former_deadline": former,
                    "new_date": date(2026, 6, 12),
                    "recorded_by_id": self.agent.id,
                }
            ],
        )
        self.assertEqual(str(clock.deadline), "2026-06-12 10:00:00", "the end of work on that Friday")
        self.assertEqual(order.sla_deadline, clock.deadline)
        event = clock.event_ids.filtered(lambda row: row.kind == "extended")
        self.assertEqual((str(event.deadline), event.user_id), ("2026-06-12 10:00:00", self.agent))
        self.assertIn("Italy", event.note)
        alarm = clock.alarm_ids.filtered(lambda row: row.state == "pending" and not row.escalation_id)
        self.assertEqual(alarm.due_at, clock.deadline)

    def test_refused_leaves_it(self):
        order = self.dispatched()
        former = self.done_clock(order).deadline
        with freeze_time("2026-06-02 02:00:00"):
            extension = self.ask(order)
            self.consent(extension, "no")
            self.assertEqual((extension.state, extension.moved), ("refused", False))
            self.assertEqual(self.done_clock(order).deadline, former)
            with self.assertRaisesRegex(UserError, "answered already"):
                self.consent(extension)
            self.assertEqual(self.ask(order, "2026-06-15").state, "requested", "he may be asked again")

    def test_a_later_recomputation_keeps_the_date(self):
        """Changed hours, another version of the policy, another policy, a rebuild: the agreed date stays."""
        order = self.dispatched()
        with freeze_time("2026-06-02 02:00:00"):
            self.consent(self.ask(order))
            clock = self.done_clock(order)
            self.holiday("2026-06-08 16:00:00", "2026-06-09 15:59:59")
            self.env["cs.sla.engine"]._recompute(clock.ids)
            self.assertEqual(str(self.done_clock(order).deadline), "2026-06-12 10:00:00")
            clock.with_user(self.supervisor).action_rebuild()
            self.assertEqual(str(self.done_clock(order).deadline), "2026-06-12 10:00:00")
            self.repairs.target_ids.amount = 5
            self.env["cs.sla.engine"]._follow(order, rematch=True, applying=True)
            renewed = self.done_clock(order)
            self.assertNotEqual(renewed, clock)
            self.assertEqual(str(renewed.deadline), "2026-06-12 10:00:00")

    def test_events_alone_tell_the_date(self):
        order = self.dispatched()
        with freeze_time("2026-06-02 02:00:00"):
            self.consent(self.ask(order))
            clock = self.done_clock(order)
            self.env.cr.execute(
                "UPDATE cs_sla_clock SET extended_to = NULL, deadline = '2026-06-04 10:00:00' WHERE id = %s", [clock.id]
            )
            self.env.invalidate_all()
            self.assertEqual(self.env["cs.sla.engine"]._rebuild(clock), 1)
            self.assertEqual(str(clock.deadline), "2026-06-12 10:00:00")

    def test_consent_after_the_deadline_excuses_nothing(self):
        """Prior consent: what was late stays late, the agreement is kept all the same."""
        order = self.dispatched()
        with freeze_time("2026-06-05 02:00:00"):
            extension = self.ask(order)
            self.consent(extension)
        self.assertEqual((extension.state, extension.moved), ("consented", False))
        self.assertEqual(str(self.done_clock(order).deadline), "2026-06-04 10:00:00")

    def test_the_next_round_has_its_own_deadline(self):
        order = self.dispatched()
        with freeze_time("2026-06-02 02:00:00"):
            self.consent(self.ask(order))
            own = order.with_user(self.repairer)
            own.action_start()
            own.work_note = "<p>Done</p>"
            own.action_finish()
            self.inspect(order, "rejected", note="Wet")
            self.assertEqual(str(self.done_clock(order).deadline), "2026-06-05 10:00:00")

    def test_signed_by_the_customer_is_consent(self):
        order = self.dispatched()
        with freeze_time("2026-06-02 02:00:00"):
            extension = self.ask(order)
            sign = self.env["cs.sign"].with_user(self.agent)
            values = {
                "res_model": extension._name,
                "res_id": extension.id,
                "topic": "consent",
                "signer_name": "Chen Wei",
                "how": "typed",
            }
            with self.assertRaisesRegex(UserError, "customer agrees"):
                sign.create(values | {"role": "leader"}).action_confirm()
            with self.real_prints() as printed:
                sign.create(values | {"role": "customer"}).action_confirm()
        self.assertEqual(printed, [extension.ids])
        text = pdf_text(extension.signature_ids.document_id.raw)
        for expected in ("ConsenttoMoreTime", order.name, "06/12/2026", "ThepumphastocomefromItaly"):
            self.assertIn(expected, text)
        self.assertRecordValues(extension, [{"state": "consented", "how": "signed", "answered_by": "Chen Wei"}])
        self.assertEqual(extension.signature_state, "current")

    def test_what_cannot_be_asked(self):
        order = self.dispatched()
        with freeze_time("2026-06-02 02:00:00"):
            with self.assertRaisesRegex(UserError, "later than the deadline"):
                self.ask(order, "2026-06-04")
            with self.assertRaisesRegex(UserError, "why more time"):
                self.ask(order, reason="  ")
            self.ask(order)
            self.assertFalse(order.can_extend)
            with self.assertRaisesRegex(UserError, "cannot get more time"):
                self.ask(order)
        with self.assertRaises(AccessError):
            order.with_user(self.repairer)._request_extension(fields.Date.to_date("2026-06-20"), "Mine")
        extension = order.extension_ids
        for values in ({"state": "consented"}, {"new_date": "2026-07-01"}, {"how": "signed"}):
            with self.assertRaises(AccessError):
                extension.with_user(self.manager).write(values)
        with self.assertRaises(UserError):
            extension.sudo().unlink()


@tagged("post_install", "-at_install")
class TestReworkExtensionPortal(PortalCommon, CsReworkCommon):
    """The customer agrees on the page of his case; nobody else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, login="cs_flat", groups="base.group_portal", name="Owner of the Flat")
        cls.owner.partner_id.email = "owner@flat.example"

    def asked(self):
        case = self.make_case(user_id=self.agent.id, partner_id=self.owner.partner_id.id)
        case.action_open_rework()
        order = case.rework_ids
        order.write(
            {
                "cost_class": "b",
                "trade_ids": [Command.set(self.plumbing.ids)],
                "technician_ids": [Command.set(self.crew[:1].ids)],
                "task": "<p>Repair the pump</p>",
            }
        )
        order.action_dispatch()
        day = fields.Date.add(fields.Date.today(), days=20)
        return order._request_extension(day, "The pump has to come from Italy")

    def url(self, extension, case=None):
        return f"/my/cases/{(case or extension.case_id).id}/extensions/{extension.id}/answer"

    def test_he_agrees_on_his_page(self):
        extension = self.asked()
        self._login(self.owner)
        page = self.url_open(f"/my/cases/{extension.case_id.id}").text
        self.assertIn("from Italy", page)
        self._post(self.url(extension), answer="yes", note="Fine")
        self.assertRecordValues(
            extension,
            [{"state": "consented", "how": "portal", "answered_by": self.owner.name, "answer_note": "Fine"}],
        )
        self.assertNotIn("o_cs_extension", self.url_open(f"/my/cases/{extension.case_id.id}").text)

    def test_he_does_not(self):
        extension = self.asked()
        self._login(self.owner)
        self._post(self.url(extension), answer="no")
        self.assertEqual(extension.state, "refused")

    def test_not_by_link_of_another_case_and_not_by_get(self):
        extension = self.asked()
        self._login(self.portal_a)
        self._post(self.url(extension), answer="yes")
        self._post(self.url(extension, self.case_a), answer="yes")
        token = self.case_a._portal_ensure_token()
        self._post(self.url(extension) + f"?access_token={token}", answer="yes")
        self._post(self.url(extension, self.case_a) + f"?access_token={token}", answer="yes")
        self.assertIn(self.url_open(self.url(extension)).status_code, (404, 405))
        self.assertEqual(extension.state, "requested")
