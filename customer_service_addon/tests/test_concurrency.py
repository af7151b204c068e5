import json
import subprocess
import sys
import textwrap

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, config

SUBJECT = "Concurrent intake"
BATCHES, SIZE = 8, 25
INTAKE = textwrap.dedent(
    """
    import json, sys
    import odoo
    from odoo.service.model import retrying
    arguments = json.loads(sys.argv[1])
    odoo.tools.config.parse_config(arguments["options"], setup_logging=False)
    registry = odoo.modules.registry.Registry(arguments["db"])
    print("ready", flush=True)
    sys.stdin.readline()
    numbers = []
    for _batch in range(arguments["batches"]):
        with registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
            rows = [{"subject": arguments["subject"]} for _case in range(arguments["size"])]
            cases = retrying(lambda: env["cs.case"].create(rows), env)
            numbers += cases.mapped("name")
            env.cr.flush()
    print(json.dumps(numbers), flush=True)
    """
)


@tagged("post_install", "-at_install")
class TestConcurrentIntake(TransactionCase):
    """I-02 with two real processes registering at once: no number twice, no case lost."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget_cases)

    def _start(self):
        options = ["--addons-path", ",".join(config["addons_path"]), "--data-dir", config["data_dir"]]
        for name in ("db_host", "db_port", "db_user", "db_password"):
            if config[name]:
                options += [f"--{name}", str(config[name])]
        arguments = {
            "options": options,
            "db": self.env.cr.dbname,
            "subject": SUBJECT,
            "batches": BATCHES,
            "size": SIZE,
        }
        return subprocess.Popen(
            [sys.executable, "-c", INTAKE, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def test_two_processes_register_at_once(self):
        processes = [self._start() for _process in range(2)]
        for process in processes:
            self.assertEqual(process.stdout.readline().strip(), "ready")
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        numbers = []
        for process in processes:
            out, _err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0)
            numbers += json.loads(out)
        self.assertEqual(len(numbers), 2 * BATCHES * SIZE)
        self.assertEqual(len(set(numbers)), len(numbers))
        with self.registry.cursor() as cr:
            cr.execute(SQL("SELECT count(*), count(DISTINCT name) FROM cs_case WHERE subject = %s", SUBJECT))
            self.assertEqual(cr.fetchone(), (len(numbers), len(numbers)))

    def _forget_cases(self):
        """The processes committed for real; take their rows out again, whatever table points at them."""
        with self.registry.cursor() as cr:
            cr.execute(SQL("SELECT id FROM cs_case WHERE subject = %s", SUBJECT))
            ids = tuple(row[0] for row in cr.fetchall())
            if not ids:
                return
            for field in self.env["ir.model.fields"].search([("relation", "=", "cs.case"), ("store", "=", True)]):
                model = self.env[field.model]
                if field.ttype == "many2one" and model._auto and not model._abstract and field.model != "cs.case":
                    table, column = SQL.identifier(model._table), SQL.identifier(field.name)
                    cr.execute(SQL("DELETE FROM %s WHERE %s IN %s", table, column, ids))
            for table, column in (
                ("mail_message", "model"),
                ("mail_followers", "res_model"),
                ("mail_activity", "res_model"),
            ):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = 'cs.case' AND res_id IN %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        ids,
                    )
                )
            cr.execute(SQL("DELETE FROM cs_case WHERE id IN %s", ids))
