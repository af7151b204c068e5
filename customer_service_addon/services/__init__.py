from . import clock_math
from . import makeup_days
from . import placeholders
from . import working_time
from . import sql_rows
from . import work_timeline
