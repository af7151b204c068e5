from odoo.tests import tagged
from odoo.tools import SQL

from .common_process import ProcessCase

SUBJECT = "Concurrent intake"
BATCHES, SIZE = 8, 25
INTAKE = """
    wait()
    numbers = []
    for _batch in range(arguments["batches"]):
        with registry.cursor() as cr:
            env = environment(cr)
            rows = [{"subject": arguments["subject"]} for _case in range(arguments["size"])]
            cases = retrying(lambda: env["cs.case"].create(rows), env)
            numbers += cases.mapped("name")
            env.cr.flush()
    print(json.dumps(numbers), flush=True)
"""


@tagged("post_install", "-at_install")
class TestConcurrentIntake(ProcessCase):
    """I-02 with two real processes registering at once: no number twice, no case lost."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)

    def test_two_processes_register_at_once(self):
        processes = [self.start(INTAKE, subject=SUBJECT, batches=BATCHES, size=SIZE) for _process in range(2)]
        self.release(*processes)
        numbers = [number for process in processes for number in self.result(process)]
        self.assertEqual(len(numbers), 2 * BATCHES * SIZE)
        self.assertEqual(len(set(numbers)), len(numbers))
        with self.registry.cursor() as cr:
            cr.execute(SQL("SELECT count(*), count(DISTINCT name) FROM cs_case WHERE subject = %s", SUBJECT))
            self.assertEqual(cr.fetchone(), (len(numbers), len(numbers)))

    def _forget(self):
        with self.registry.cursor() as cr:
            self.forget_cases(cr, SUBJECT)
