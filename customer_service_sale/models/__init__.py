from . import cs_visit_plan
