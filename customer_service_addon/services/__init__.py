from . import placeholders
from . import working_time
