from . import cs_register_wizard
