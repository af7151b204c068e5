def post_init_hook(env):
    """Give every existing company its case sequence, so that the first intake writes nothing but the case."""
    for company in env["res.company"].search([]):
        company._cs_sequence()


def uninstall_hook(env):
    """Remove the case sequences; their numbers mean nothing without the register."""
    env["ir.sequence"].search([("code", "=", "cs.case")]).unlink()
