from . import clock_math
from . import placeholders
from . import working_time
from . import sql_rows
from . import work_timeline
