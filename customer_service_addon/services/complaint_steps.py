"""The way of a complaint as one table: which steps there are, in which order, and which of them a complaint needs.

Guards, buttons, clocks and prints all ask this table; what a level leaves out is left out everywhere.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """``state`` is where the file stands while the step is the next one; ``field`` keeps the moment it was done.

    ``flag`` is the switch on the level that asks for the step. ``chain`` steps are needed only when departments are
    involved, ``plan`` steps only when the complaint is not refuted. ``parallel`` steps hold nobody up before the end.
    """

    code: str
    state: str
    field: str
    flag: str = None
    chain: bool = False
    plan: bool = False
    parallel: bool = False


STEPS = (
    Step("taken", "registered", "taken_at"),
    Step("triaged", "registered", "triaged_at"),
    Step("informed", "investigating", "informed_at", "needs_warning", parallel=True),
    Step("signed", "investigating", "signed_at", chain=True),
    Step("verified", "investigating", "verified_at", "needs_verification", chain=True),
    Step("opined", "investigating", "opined_at", "needs_appeal", chain=True),
    Step("retested", "investigating", "retested_at", "needs_retest", chain=True),
    Step("ruled", "investigating", "ruled_at", "needs_appeal", chain=True),
    Step("analysed", "investigating", "analysed_at", "needs_analysis", chain=True, plan=True),
    Step("planned", "planning", "planned_at", "needs_plan", chain=True, plan=True),
    Step("approved", "planning", "approved_at", "needs_approval", chain=True, plan=True),
    Step("accepted", "planning", "accepted_at", "needs_acceptance", chain=True, plan=True),
    Step("executed", "executing", "executed_at", "needs_plan", chain=True, plan=True),
    Step("effective", "executing", "effective_at", "needs_effect", chain=True, plan=True),
    Step("reported", "reporting", "reported_at", "needs_report", chain=True),
    Step("released", "reporting", "released_at", "needs_report_approval", chain=True),
    Step("replied", "reporting", "replied_at"),
    Step("visited", "reporting", "visited_at", "needs_visit"),
)
BY_CODE = {step.code: step for step in STEPS}
STATES = ("registered", "investigating", "planning", "executing", "reporting", "closed", "cancelled")
# From each state, where a complaint may go: forward to any later one, since levels leave steps out; back when
# something is rejected. The same table guards every move and feeds the buttons.
NEXT_STATES = {
    "registered": ("investigating", "planning", "executing", "reporting", "closed", "cancelled"),
    "investigating": ("registered", "planning", "executing", "reporting", "closed", "cancelled"),
    "planning": ("investigating", "executing", "reporting", "closed", "cancelled"),
    "executing": ("investigating", "planning", "reporting", "closed", "cancelled"),
    "reporting": ("investigating", "planning", "executing", "closed", "cancelled"),
    "closed": ("investigating", "planning", "reporting"),
    "cancelled": ("registered",),
}


def needed_steps(flags, *, chain, refuted):
    """Return the codes of the steps a complaint needs, in order.

    ``flags`` are the switches of its level that are on; ``chain``: departments are involved; ``refuted``: it turned
    out not to be justified, so that nothing is corrected (C-02).
    """
    return tuple(
        step.code
        for step in STEPS
        if (not step.flag or step.flag in flags) and (chain or not step.chain) and not (refuted and step.plan)
    )


def missing_before(code, needed, done):
    """Return the codes of the needed steps that have to be done before ``code`` and are not.

    ``code`` may be ``"closed"``: then everything has to be done.
    """
    missing = []
    for step in needed:
        if step == code:
            break
        if step not in done and (code == "closed" or not BY_CODE[step].parallel):
            missing.append(step)
    return missing


def state_of(needed, done):
    """Return the state of a complaint with ``done`` steps that is not at its end."""
    for code in needed:
        if code not in done and not BY_CODE[code].parallel:
            return BY_CODE[code].state
    return "reporting"
