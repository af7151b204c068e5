from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import CsCommon

# role -> operations on the model as a whole; a model that is not named here must be closed to the role.
# r read, w write, c create, u unlink
CONFIGURATION = (
    "cs.team",
    "cs.team.member",
    "cs.case.type",
    "cs.case.stage",
    "cs.category",
    "cs.channel",
    "cs.reception.class",
    "cs.hold.reason",
    "cs.sla.policy",
    "cs.sla.target",
    "cs.sla.escalation",
    "cs.workday.exception",
    "cs.level",
    "cs.cause",
    "cs.trade",
    "cs.incentive.rule",
    "cs.incentive.point",
    "cs.contractor.rank",
)
# Of the repair room: what agents read and managers configure.
CONTRACT_CONFIGURATION = ("cs.service.plan.template", "cs.service.plan.template.line", "cs.takeover.document.type")
CONTRACTS = {
    "cs.coverage": "rwc",
    "cs.service.plan": "rwcu",
    "cs.service.plan.row": "rwcu",
    "cs.takeover": "rwcu",
    "cs.takeover.document": "rwcu",
    **dict.fromkeys(CONTRACT_CONFIGURATION, "r"),
}
AGENT_CONTRACTS = {
    **dict.fromkeys(("cs.coverage", "cs.service.plan", "cs.service.plan.row", *CONTRACT_CONFIGURATION), "r"),
    "cs.takeover": "rwc",
    "cs.takeover.document": "rwc",
}
READABLE = (
    "cs.case.analysis",
    "cs.promise",
    "cs.hold",
    "cs.handover",
    "cs.sla.clock",
    "cs.sla.event",
    "cs.sla.alarm",
    "cs.sla.notice",
    "cs.sla.report",
    "cs.satisfaction.report",
    "cs.visit.report",
)
OWN_CONFIGURATION = dict.fromkeys(CONFIGURATION, "rwcu")
FILES = {
    "cs.complaint": "rw",
    "cs.complaint.department": "rwcu",
    "cs.complaint.person": "rwcu",
    "cs.complaint.plan": "rw",
    "cs.complaint.action": "rwcu",
    "cs.compensation": "rwcu",
    "cs.improvement": "rwcu",
    "cs.complaint.liability": "rwcu",
    "cs.complaint.solution": "rwcu",
    "cs.appeal": "rw",
    "cs.appeal.retest": "rwcu",
    "cs.rework": "rw",
    "cs.inspection": "r",
    "cs.rework.line": "rwcu",
    **dict.fromkeys(("cs.rework.offer", "cs.rework.step", "cs.rework.time", "cs.rework.report"), "r"),
    **dict.fromkeys(("cs.rework.photo", "cs.rework.timer"), "r"),
    "cs.rework.extension": "rw",
    "cs.liability": "rw",
    "cs.liability.share": "rwcu",
    "cs.liability.notice": "r",
    "cs.site.survey": "rw",
    "cs.survey.party": "rwcu",
    "cs.signature": "r",
    "cs.retention": "r",
    "cs.settlement": "rwc",
    "cs.settlement.line": "rwcu",
    "cs.settlement.notice": "r",
    "cs.imprest": "r",
    "cs.imprest.use": "rwc",
    "cs.imprest.topup": "rwc",
    "cs.imprest.count": "rwcu",
    "cs.defect.report": "r",
    "cs.defect.summary": "r",
}
LEADERS = {"cs.liaison.note": "rwcu", "cs.incentive": "rwcu", "cs.incentive.line": "r", "cs.defect.summary": "rwcu"}
EVERYBODY = {"cs.approval": "r", "cs.complaint.log": "rc", "cs.deputy": "rwcu", "cs.liaison.note": "r"}
BASIC = {"cs.forward": "rw", **EVERYBODY, **dict.fromkeys(CONFIGURATION + READABLE, "r")}
STAFF = {**BASIC, **FILES, "cs.weekly.register": "r"}
MATRIX = {
    "agent": {"cs.case": "rwc", "cs.answer": "rwc", **STAFF, **AGENT_CONTRACTS},
    "supervisor": {
        "cs.case": "rwc",
        "cs.answer": "rwcu",
        "cs.case.import.log": "r",
        "cs.turn": "r",
        "cs.conduct": "rwc",
        "cs.contractor.scorecard": "r",
        **STAFF,
        **LEADERS,
        **CONTRACTS,
    },
    "manager": {
        "cs.case": "rwc",
        "cs.answer": "rwcu",
        "cs.case.import.log": "r",
        "cs.turn": "r",
        "cs.conduct": "rwc",
        "cs.contractor.scorecard": "r",
        **STAFF,
        **OWN_CONFIGURATION,
        "cs.retention": "rwcu",
        **LEADERS,
        "cs.imprest": "rw",
        **CONTRACTS,
        "cs.coverage": "rwcu",
        **dict.fromkeys(CONTRACT_CONFIGURATION, "rwcu"),
        "cs.preset": "r",
        "cs.preset.item": "r",
        "cs.sla.recompute": "r",
    },
    "head": {
        "cs.case": "r",
        **BASIC,
        "cs.complaint": "rw",
        "cs.complaint.department": "r",
        "cs.complaint.person": "r",
        "cs.complaint.plan": "rw",
        "cs.complaint.action": "rwcu",
        "cs.improvement": "rwcu",
        "cs.complaint.liability": "rwcu",
        "cs.complaint.solution": "rwcu",
        "cs.appeal": "rw",
        "cs.appeal.retest": "rwcu",
    },
    "employee_user": {
        "cs.complaint.action": "rw",
        "cs.improvement": "rw",
        "cs.appeal.retest": "rw",
        **EVERYBODY,
    },
    "portal_user": {"cs.case": "r"},
}
ANSWER = {
    "name": "Answer",
    "to_milestone": "cs.case/answered",
    "escalation_ids": [Command.create({"trigger": "percent", "amount": 75, "whom": "owner"})],
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccessMatrix(CsCommon):
    """Roles × models × operations, and roles × rows of the register (section 4 of the house)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user = new_test_user(cls.env, login="cs_portal", groups="base.group_portal")

    def _models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if name.startswith("cs.") and not model._abstract and not model._transient
        ]

    def test_matrix_of_roles_models_and_operations(self):
        for role, rights in MATRIX.items():
            user = getattr(self, role)
            for name in self._models():
                granted = "".join(
                    letter for letter, op in OPERATIONS.items() if self.env[name].with_user(user).has_access(op)
                )
                with self.subTest(role=role, model=name):
                    self.assertEqual(granted, rights.get(name, ""))

    def _rows(self):
        company = self.env["res.company"].create({"name": "Foreign company"})
        foreign_team = self.env["cs.team"].create({"name": "Foreign", "company_id": company.id})
        self.other_agent.sudo().company_ids = [Command.link(self.company.id)]
        return {
            "own": self.make_case(),
            "team": self.make_case(self.agent_2),
            "department": self.make_case(
                self.other_agent, team_id=self.other_team.id, department_id=self.department.id
            ),
            "other": self.make_case(self.other_agent, team_id=self.other_team.id, partner_id=self.stranger.id),
            "foreign": self.env["cs.case"].create(
                {"subject": "Foreign", "company_id": company.id, "team_id": foreign_team.id}
            ),
        }

    def test_roles_see_their_rows_and_no_others(self):
        rows = self._rows()
        every = self.env["cs.case"].browse([case.id for case in rows.values()])
        expected = {
            "agent": {"own", "team"},
            "agent_2": {"own", "team"},
            "other_agent": {"department", "other"},
            "supervisor": {"own", "team"},
            "manager": {"own", "team", "department", "other"},
            "head": {"department"},
            "employee_user": set(),
            "portal_user": set(),
        }
        for role, visible in expected.items():
            user = getattr(self, role)
            for label, case in rows.items():
                with self.subTest(role=role, row=label):
                    self._check_row(case.with_user(user), label in visible)
            if role not in ("employee_user", "portal_user"):
                found = every.with_user(user).search([("id", "in", every.ids)])
                self.assertEqual(found, every.browse([rows[label].id for label in rows if label in visible]) & found)
                self.assertEqual(len(found), len(visible))

    def _check_row(self, case, visible):
        if visible:
            self.assertTrue(case.read(["subject"]))
            return
        with self.assertRaises(AccessError):
            case.read(["subject"])
        with self.assertRaises(AccessError):
            case.write({"subject": "Changed"})

    def test_department_head_reads_but_does_not_write(self):
        case = self.make_case(department_id=self.department.id)
        with self.assertRaises(AccessError):
            case.with_user(self.head).write({"subject": "Changed"})
        with self.assertRaises(AccessError):
            case.with_user(self.head).action_solve()

    def test_agent_may_register_a_new_contact(self):
        contact = self.env["res.partner"].with_user(self.agent).create({"name": "New caller", "phone": "021 6000 1234"})
        self.assertTrue(contact.id)

    def test_configuration_is_the_managers(self):
        self.env["cs.category"].create({"name": "Service"})
        self.env["cs.sla.policy"].create({"name": "Standard", "target_ids": [Command.create(ANSWER)]})
        for model in CONFIGURATION:
            record = self.env[model].search([], limit=1)
            with self.subTest(model=model), self.assertRaises(AccessError):
                record.with_user(self.supervisor).check_access("write")
