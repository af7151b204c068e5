import json
import subprocess
import sys
import textwrap

from odoo.tests import TransactionCase
from odoo.tools import SQL, config

# A process that stands ready with its own connection, waits for a line, and then does its job.
PREPARE = textwrap.dedent(
    """
    import json, logging, sys
    import odoo.api, odoo.modules.registry, odoo.tools
    from odoo.service.model import retrying
    arguments = json.loads(sys.argv[1])
    odoo.tools.config.parse_config(arguments["options"], setup_logging=False)
    registry = odoo.modules.registry.Registry(arguments["db"])

    def environment(cr):
        return odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})

    def wait():
        print("ready", flush=True)
        sys.stdin.readline()
    """
)
_THREAD_TABLES = (("mail_message", "model"), ("mail_followers", "res_model"), ("mail_activity", "res_model"))


class ProcessCase(TransactionCase):
    """Real Odoo processes on the database of the test. What they commit has to be forgotten again."""

    def start(self, script, **arguments):
        """Start a process that runs ``script`` after :data:`PREPARE`; it is stopped at the end of the test."""
        options = ["--addons-path", ",".join(config["addons_path"]), "--data-dir", config["data_dir"]]
        for name in ("db_host", "db_port", "db_user", "db_password"):
            if config[name]:
                options += [f"--{name}", str(config[name])]
        arguments = {"options": options, "db": self.env.cr.dbname, **arguments}
        process = subprocess.Popen(
            [sys.executable, "-c", PREPARE + textwrap.dedent(script), json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def release(self, *processes):
        """Let ``processes`` begin at the same moment."""
        for process in processes:
            self.assertEqual(process.stdout.readline().strip(), "ready")
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()

    def result(self, process):
        """Wait for ``process`` and return what its last line says."""
        out, _err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, 0)
        return json.loads(out.splitlines()[-1])

    def forget_cases(self, cr, subject):
        """Delete the cases called ``subject``, whatever table points at them."""
        cr.execute(SQL("SELECT id FROM cs_case WHERE subject = %s", subject))
        ids = tuple(row[0] for row in cr.fetchall())
        if not ids:
            return
        for field in self.env["ir.model.fields"].search([("relation", "=", "cs.case"), ("store", "=", True)]):
            model = self.env[field.model]
            if field.ttype == "many2one" and model._auto and not model._abstract and field.model != "cs.case":
                table, column = SQL.identifier(model._table), SQL.identifier(field.name)
                cr.execute(SQL("DELETE FROM %s WHERE %s IN %s", table, column, ids))
        for table, column in _THREAD_TABLES:
            cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s = 'cs.case' AND res_id IN %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    ids,
                )
            )
        clocks = SQL("SELECT id FROM cs_sla_clock WHERE res_model = 'cs.case' AND res_id IN %s", ids)
        alarms = SQL("SELECT id FROM cs_sla_alarm WHERE clock_id IN (%s)", clocks)
        cr.execute(SQL("DELETE FROM cs_sla_notice WHERE alarm_id IN (%s)", alarms))
        for table in ("cs_sla_alarm", "cs_sla_event"):
            cr.execute(SQL("DELETE FROM %s WHERE clock_id IN (%s)", SQL.identifier(table), clocks))
        cr.execute(SQL("DELETE FROM cs_sla_clock WHERE res_model = 'cs.case' AND res_id IN %s", ids))
        cr.execute(SQL("DELETE FROM cs_case WHERE id IN %s", ids))
