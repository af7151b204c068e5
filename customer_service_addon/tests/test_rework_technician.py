import base64

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .test_portal import PNG, SVG
from .test_report import PrintCommon, pdf_images, pdf_text
from .test_rework import CsReworkCommon

MONDAY = "2026-06-01 02:00:00"


class CsTechnicianCommon(CsReworkCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crew.hourly_cost = 50.1

    def at_work(self, **vals):
        """Return an order of both technicians, as the first sees it, at work since Monday 10:00."""
        with freeze_time(MONDAY):
            order = self.open_order(technician_ids=[Command.set(self.crew.ids)], **vals)
            order.action_dispatch()
            own = order.with_user(self.repairer)
            own.action_timer_start()
        return own

    def sign(self, order, user, role="customer", name="Chen Wei"):
        dialog = self.env["cs.sign"].with_user(user)
        dialog.create(
            {
                "res_model": "cs.rework",
                "res_id": order.id,
                "topic": "completion",
                "role": role,
                "signer_name": name,
                "how": "typed",
            }
        ).action_confirm()


@tagged("post_install", "-at_install")
class TestReworkTimer(CsTechnicianCommon):
    """R-04: start and stop of time make labour, hours × hourly cost."""

    def test_start_begins_the_work_and_stop_makes_labour(self):
        order = self.at_work()
        self.assertEqual((order.state, str(order.my_timer_since)), ("working", MONDAY))
        with freeze_time("2026-06-01 03:30:00"):
            order.action_timer_stop()
            order.action_timer_stop()
        self.assertRecordValues(
            order.line_ids,
            [
                {
                    "kind": "labour",
                    "employee_id": self.crew[0].id,
                    "quantity": 1.5,
                    "unit_cost": 50.1,
                    "amount": 75.15,
                    "round": 1,
                }
            ],
        )
        self.assertFalse(order.my_timer_since)
        self.assertEqual(order.sudo().timer_ids.line_id, order.line_ids.sudo())

    def test_one_timer_runs_per_technician(self):
        order, other = self.at_work(), self.at_work()
        self.assertEqual(len(order.sudo().timer_ids), 1, "the first was stopped by the second")
        self.assertTrue(order.sudo().timer_ids.stopped_at)
        self.assertTrue(other.my_timer_since)
        with freeze_time("2026-06-01 03:00:00"):
            other.action_timer_start()
        self.assertEqual(len(other.sudo().timer_ids), 1, "starting twice changes nothing")
        mate = other.with_user(self.repairer_2)
        with freeze_time("2026-06-01 03:00:00"):
            mate.action_timer_start()
        self.assertEqual(len(other.sudo().timer_ids), 2, "the mate has his own")

    def test_done_and_called_off_stop_everybody(self):
        order = self.at_work()
        with freeze_time("2026-06-01 03:00:00"):
            order.with_user(self.repairer_2).action_timer_start()
        order.work_note = "<p>Done</p>"
        with freeze_time("2026-06-01 04:00:00"):
            order.action_finish()
        self.assertEqual(sorted(order.line_ids.mapped("quantity")), [1, 2])
        order = self.at_work()
        with freeze_time("2026-06-01 04:00:00"):
            order.with_user(self.agent)._end("cancelled", "Sold")
        self.assertEqual(order.sudo().line_ids.mapped("quantity"), [2])

    def test_who_may_not(self):
        order = self.own_order()
        order.action_dispatch()
        with self.assertRaises(AccessError):
            order.with_user(self.repairer_2).action_timer_start()
        with self.assertRaisesRegex(UserError, "not one of the technicians"):
            order.action_timer_start()
        own = order.with_user(self.repairer)
        own.action_timer_start()
        for values in ({"stopped_at": MONDAY}, {"started_at": MONDAY}):
            with self.assertRaises(AccessError):
                own.timer_ids.write(values)
        with self.assertRaises(AccessError):
            self.env["cs.rework.timer"].with_user(self.manager).create(
                {"rework_id": order.id, "employee_id": self.crew[0].id, "started_at": MONDAY}
            )
        own.work_note = "<p>Done</p>"
        own.action_finish()
        with self.assertRaisesRegex(UserError, "not at work"):
            own.action_timer_start()


@tagged("post_install", "-at_install")
class TestReworkPhone(CsTechnicianCommon):
    """What the phone sends again is kept once; what is wrong is said."""

    def send(self, order, *entries):
        return order.phone_send(list(entries))

    def test_orders_of_today_first(self):
        with freeze_time(MONDAY):
            late = self.own_order(planned_start="2026-06-03 02:00:00", place="Roof")
            now = self.own_order(planned_start="2026-06-01 08:00:00")
            (late | now).action_dispatch()
            own = self.env["cs.rework"].with_user(self.repairer)
            orders = own.phone_orders()
            self.assertEqual([(row["id"], row["later"]) for row in orders], [(now.id, False), (late.id, True)])
            self.assertEqual((orders[0]["phone"], orders[1]["place"]), ("+86 138 0013 8000", "Roof"))
            self.assertIn("Water on the ceiling", orders[0]["task"])
            self.assertFalse(own.with_user(self.repairer_2).phone_orders())
            with self.assertRaises(AccessError):
                own.with_user(self.employee_user).phone_orders()

    def test_an_entry_sent_again_is_kept_once(self):
        order = self.at_work()
        entries = [
            {"key": "m1", "kind": "material", "name": "Pipe", "quantity": "2,5"},
            {"key": "p1", "kind": "photo", "when": "before", "name": "Wall", "data": base64.b64encode(PNG).decode()},
            {"key": "n1", "kind": "note", "text": "Line 1\nLine 2 <b>"},
        ]
        for _time in range(3):
            self.assertEqual(self.send(order, *entries), {"m1": True, "p1": True, "n1": True})
        self.assertRecordValues(order.line_ids, [{"name": "Pipe", "quantity": 2.5, "by_contractor": False}])
        self.assertRecordValues(order.photo_ids, [{"kind": "before", "name": "Wall", "round": 1}])
        self.assertEqual(order.photo_ids.taken_by_id, self.repairer)
        shown = order.phone_order()
        self.assertEqual(shown["note"], "Line 1\nLine 2 <b>")
        self.assertEqual([row["name"] for row in shown["materials"]], ["Pipe"])

    def test_what_is_wrong_is_said_and_spoils_nothing_else(self):
        order = self.at_work()
        results = self.send(
            order,
            {"key": "a", "kind": "material", "name": "Pipe", "quantity": "many"},
            {"key": "b", "kind": "photo", "when": "before", "data": "no base64"},
            {"key": "c", "kind": "photo", "when": "before", "data": base64.b64encode(SVG).decode()},
            {"key": "d", "kind": "material", "name": "Tape", "quantity": 1},
        )
        self.assertEqual(results["d"], True)
        for key, text in (("a", "no quantity"), ("b", "not a photo"), ("c", "not a photo")):
            self.assertIn(text, results[key])
        self.assertEqual(order.line_ids.mapped("name"), ["Tape"])
        for broken in ([{"kind": "note"}], [{"key": "x", "kind": "state"}], ["x"]):
            with self.assertRaises(UserError):
                order.phone_send(broken)

    def test_only_the_own_order(self):
        order = self.own_order()
        order.action_dispatch()
        with self.assertRaises(AccessError):
            self.send(order.with_user(self.repairer_2), {"key": "n", "kind": "note", "text": "Mine"})
        photo = order._add_photo("before", PNG)
        for values in ({"kind": "after"}, {"rework_id": order.id}):
            with self.assertRaises(AccessError):
                photo.with_user(self.manager).write(values)
        with self.assertRaises(UserError):
            photo.unlink()
        with self.assertRaises(AccessError):
            photo.with_user(self.repairer_2).read(["name"])


@tagged("post_install", "-at_install")
class TestReworkCompletion(PrintCommon, CsTechnicianCommon):
    """R-05: the certificate, who signs, and the inspection that asks for it."""

    def test_signed_on_the_phone(self):
        order = self.at_work()
        with self.assertRaisesRegex(UserError, "What Was Done"):
            self.sign(order, self.repairer)
        order.work_note = "<p>Pipe replaced</p>"
        with self.assertRaisesRegex(UserError, "Stop the time"):
            self.sign(order, self.repairer)
        order.action_timer_stop()
        self.sign(order, self.repairer)
        order.action_finish()
        self.assertTrue(order._is_signed("completion", "customer"), "handing in changes nothing that was signed")
        order.with_user(self.agent).line_ids = [Command.create({"name": "Tape", "quantity": 1})]
        self.assertFalse(order._is_signed("completion", "customer"), "a line more was not signed")
        self.env.invalidate_all()
        self.assertEqual(order.with_user(self.agent).signature_state, "changed")

    def test_not_before_the_work(self):
        order = self.own_order()
        order.action_dispatch()
        with self.assertRaisesRegex(UserError, "nothing to sign"):
            self.sign(order, self.repairer)
        self.assertFalse(order.can_sign)

    def test_the_inspection_asks_for_signatures_where_the_company_does(self):
        self.company.cs_completion_signed = True
        order = self.done_order()
        with self.assertRaisesRegex(UserError, "Customer"):
            self.inspect(order, "accepted")
        self.sign(order, self.agent)
        self.sign(order, self.agent, "property", "Property Manager")
        with self.assertRaisesRegex(UserError, "Team Leader"):
            self.inspect(order, "accepted")
        self.sign(order, self.agent, "leader", "Leader")
        self.inspect(order, "accepted")
        self.assertEqual(order.state, "closed")
        self.assertEqual(sorted(order.inspection_ids.signature_ids.mapped("role")), ["customer", "leader", "property"])

    def test_rejecting_needs_none(self):
        self.company.cs_completion_signed = True
        order = self.done_order()
        self.inspect(order, "rejected", note="Wet")
        self.assertFalse(order.inspection_ids.signature_ids)

    def test_certificate_as_pdf(self):
        order = self.done_order(place="三楼卫生间")
        order.line_ids = [Command.create({"name": "水管 Pipe", "quantity": 3, "unit_cost": 4711})]
        for kind in ("before", "after"):
            order._add_photo(kind, PNG, f"Wall {kind}")
        self.sign(order, self.agent)
        self.sign(order, self.agent, "leader", "Leader Li")
        self.inspect(order, "accepted", note="Dry 干燥")
        content = self.print_pdf("rework_completion", order, self.agent)
        text = pdf_text(content)
        signature = order.signature_ids[0]
        for expected in (
            *("CompletionCertificate", order.name, "三楼卫生间", "水管Pipe", "Pipereplaced", "干燥", "ChenWei"),
            *("LeaderLi", "NameTyped", "Wallbefore", "Wallafter", signature.sha256 or signature.fingerprint),
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        self.assertNotIn("4711", text, "no prices on what the customer signs")
        self.assertGreaterEqual(len(pdf_images(content)), 3)

    def test_certificate_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.agent.lang = "zh_CN"
        order = self.done_order()
        self.assertIn(order.name, self.print_html("rework_completion", order, self.agent))

    def test_the_paper_that_is_signed_is_the_certificate(self):
        order = self.done_order()
        with self.real_prints() as printed:
            self.sign(order, self.agent)
        self.assertEqual(printed, [order.ids])
        self.assertIn("CompletionCertificate", pdf_text(order.signature_ids.document_id.raw))
        self.assertTrue(order.signature_ids.sha256)


@tagged("post_install", "-at_install")
class TestReworkTechnicianTour(CsTechnicianCommon, HttpCase):
    """The technician view on a phone, one thumb."""

    browser_size = "360x740"

    def test_from_start_to_done(self):
        order = self.own_order(place="Bathroom")
        order.action_dispatch()
        self.start_tour("/odoo/cs-technician", "cs_technician_tour", login=self.repairer.login)
        self.assertEqual(order.state, "done")
        self.assertIn("New pipe", order.work_note)
        self.assertEqual(
            sorted(order.line_ids.mapped(lambda line: (line.kind, line.name))),
            [("labour", "Repairer 1"), ("material", "Elbow")],
        )
        self.assertEqual(order.photo_ids.mapped("kind"), ["before"])
        self.assertTrue(order._is_signed("completion", "customer"))
