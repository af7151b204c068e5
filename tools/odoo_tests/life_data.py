"""What an installation holds when it is upgraded and removed; fed to the shell of Odoo, which provides ``env``."""

env = env(user=env.ref("base.user_admin"))  # noqa: F821, PLW0127
env["cs.preset"].search([]).action_load()
customer = env["res.partner"].create({"name": "Customer", "email": "customer@company.example"})
cases = env["cs.case"].create([{"subject": f"Call {n}", "partner_id": customer.id} for n in range(20)])
for case in cases[:5]:
    case._post_answer("Told by phone", how="phone")
cases[:2]._confirm_by_customer("phone")
env.cr.commit()
