from . import cs_visit_purpose
from . import cs_return_visit
from . import hr_expense
