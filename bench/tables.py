"""What is multiplied on each side, and how it is counted."""

from .fill import Table

TABLES = {
    "ours": (
        Table("cs_case", values={"name": "'B' || {id}"}),
        Table("cs_sla_clock", links={"res_id": "cs_case"}, where="res_model = 'cs.case'"),
        Table("cs_sla_alarm", links={"clock_id": "cs_sla_clock"}),
        Table("cs_sla_event", links={"clock_id": "cs_sla_clock"}),
        Table("cs_handover", links={"case_id": "cs_case"}),
        Table("mail_followers", links={"res_id": "cs_case"}, where="res_model = 'cs.case'"),
    ),
    "peer": (
        Table("helpdesk_ticket", values={"number": "'B' || {id}"}),
        Table("helpdesk_ticket_sla", links={"ticket_id": "helpdesk_ticket"}),
        Table("mail_followers", links={"res_id": "helpdesk_ticket"}, where="res_model = 'helpdesk.ticket'"),
    ),
}
COUNTS = {
    "ours": {
        "open deadlines": "SELECT count(*) FROM cs_sla_clock WHERE current AND run_state != 'ended'",
        "records": "SELECT count(*) FROM cs_case",
    },
    "peer": {
        "open deadlines": "SELECT count(*) FROM helpdesk_ticket_sla WHERE state = 'in_progress'",
        "records": "SELECT count(*) FROM helpdesk_ticket",
    },
}
