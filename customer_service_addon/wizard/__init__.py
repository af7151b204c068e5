from . import cs_answer_wizard
from . import cs_close_wizard
from . import cs_forward_wizard
from . import cs_handover_wizard
from . import cs_hold_wizard
from . import cs_promise_wizard
from . import cs_register_wizard
from . import cs_cancel_wizard
