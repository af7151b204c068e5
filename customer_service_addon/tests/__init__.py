from . import test_access_matrix
from . import test_case_flow
from . import test_case_number
from . import test_concurrency
from . import test_performance
from . import test_preset
from . import test_report
