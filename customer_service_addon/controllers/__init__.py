from . import portal
from . import portal_request
from . import portal_quote
from . import portal_liability
from . import portal_rework
from . import portal_settlement
