"""One measurement in a process of its own: ``python -m bench.worker JSON`` prints its result as the last line."""

import importlib
import json
import sys

import odoo
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry


def main():
    order = json.loads(sys.argv[1])
    odoo.tools.config.parse_config(["-c", order["config"], "--log-level", "error"], setup_logging=True)
    registry = Registry(order["database"])
    side = importlib.import_module(f"bench.{order['side']}")
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        result = getattr(side, order["job"])(env, **order["options"])
        if not order["keep"]:
            cr.rollback()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
