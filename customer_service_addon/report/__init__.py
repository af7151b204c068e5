from . import cs_print_mixin
from . import cs_case_form
from . import cs_case_reports
from . import cs_forward_slip
from . import cs_visitor_sheet
from . import cs_register_ledger
from . import cs_weekly_register
