from . import test_visit_plan_sale
