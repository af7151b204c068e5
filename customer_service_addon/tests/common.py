from contextlib import contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

GROUP = "customer_service_addon.group_cs_%s"


class CsCommon(TransactionCase):
    """One team of each kind and one real user per role; every test of the register starts from here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cs_setup(cls)

    @staticmethod
    def cs_setup(cls):
        env = cls.env
        cls.company = env.ref("base.main_company")
        cls.company.country_id = cls.cn()
        cls.agent = new_test_user(env, login="cs_agent", groups=GROUP % "agent", name="Agent Anna")
        cls.agent_2 = new_test_user(env, login="cs_agent_2", groups=GROUP % "agent", name="Agent Bo")
        cls.other_agent = new_test_user(env, login="cs_other", groups=GROUP % "agent", name="Agent of another team")
        cls.supervisor = new_test_user(env, login="cs_supervisor", groups=GROUP % "supervisor", name="Sue Supervisor")
        cls.manager = new_test_user(env, login="cs_manager", groups=GROUP % "manager", name="Max Manager")
        cls.head = new_test_user(env, login="cs_head", groups=GROUP % "department_head", name="Hed Department")
        cls.employee_user = new_test_user(env, login="cs_employee", groups="base.group_user", name="Plain Employee")
        env["cs.team"].search([]).active = False
        cls.team = env["cs.team"].create(
            {
                "name": "Hotline",
                "sequence": 1,
                "user_id": cls.supervisor.id,
                "assignment_method": "turn",
                "member_ids": [Command.create({"user_id": user.id}) for user in (cls.agent, cls.agent_2)],
            }
        )
        cls.other_team = env["cs.team"].create(
            {
                "name": "Site Office North",
                "sequence": 2,
                "user_id": cls.manager.id,
                "member_ids": [Command.create({"user_id": cls.other_agent.id})],
            }
        )
        cls.type_inquiry = env.ref("customer_service_addon.cs_case_type_inquiry")
        cls.type_praise = env.ref("customer_service_addon.cs_case_type_praise")
        cls.type_suggestion = env.ref("customer_service_addon.cs_case_type_suggestion")
        cls.channel_phone = env.ref("customer_service_addon.cs_channel_phone")
        cls.channel_mail = env.ref("customer_service_addon.cs_channel_mail")
        cls.firm = env["res.partner"].create(
            {
                "name": "Blue Fleet Ltd",
                "is_company": True,
                "email": "office@bluefleet.example",
                "country_id": cls.cn().id,
            }
        )
        cls.customer = env["res.partner"].create(
            {
                "name": "Chen Wei",
                "parent_id": cls.firm.id,
                "email": "chen.wei@bluefleet.example",
                "phone": "+86 138 0013 8000",
                "country_id": cls.cn().id,
            }
        )
        cls.stranger = env["res.partner"].create({"name": "Stranger", "email": "stranger@elsewhere.example"})
        cls.department = env["hr.department"].create({"name": "Engineering"})
        cls.head_employee = env["hr.employee"].create(
            {"name": cls.head.name, "user_id": cls.head.id, "department_id": cls.department.id}
        )
        cls.department.manager_id = cls.head_employee

    @classmethod
    def cn(cls):
        return cls.env.ref("base.cn")

    @classmethod
    def stage(cls, meaning):
        return cls.env.ref(f"customer_service_addon.cs_case_stage_{meaning}")

    @classmethod
    def make_case(cls, user=None, **vals):
        """Register a case by phone as ``user`` (default: the first agent)."""
        values = {
            "subject": "Brake noise",
            "type_id": cls.type_inquiry.id,
            "channel_id": cls.channel_phone.id,
            "team_id": cls.team.id,
            "partner_id": cls.customer.id,
            **vals,
        }
        return cls.env["cs.case"].with_user(user or cls.agent).create(values)

    @contextmanager
    def real_prints(self):
        """Have PDFs made for real, which Odoo leaves out in tests; yield a list that receives the ids of each."""
        printed = []
        reports = self.registry["ir.actions.report"]
        render = reports._render_qweb_pdf

        def watched(report, report_ref, res_ids=None, data=None):
            forced = report.with_context(force_report_rendering=True)
            content = render(forced, report_ref, res_ids=res_ids, data=data)
            self.assertTrue(content[0].startswith(b"%PDF"))
            printed.append(list(res_ids))
            return content

        with patch.object(reports, "_render_qweb_pdf", watched):
            yield printed
