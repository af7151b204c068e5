import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { advanceTime, animationFrame, expect, mockDate, test } from "@odoo/hoot";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Task extends models.Model {
    _name = "cs.task";

    name = fields.Char();

    _records = [
        { id: 1, name: "Brakes" },
        { id: 2, name: "Nothing due" },
    ];
}

class Alarm extends models.Model {
    _name = "cs.sla.alarm";
}
defineModels([Task, Alarm]);
defineMailModels();

const LABELS = {
    late: "Late",
    risk: "At Risk",
    today: "Due Today",
    ok: "In Time",
    hold: "On Hold",
    waiting: "Not Started",
    done: "Ended",
};

/** A clock of two working hours since ten, seen at eleven, with a break from twelve to one (UTC). */
function makeClock(values = {}) {
    return {
        id: 1,
        name: "First Answer",
        round: 1,
        current: true,
        run: "running",
        situation: "today",
        outcome: "none",
        outcome_label: "Open",
        source: false,
        granted: "2 Working Hours",
        working: true,
        blocker: false,
        started_at: "2026-06-01 10:00:00",
        deadline: "2026-06-01 13:00:00",
        risk_at: "2026-06-01 11:30:00",
        reached_at: false,
        budget_s: 7200,
        used_s: 3600,
        overrun_s: 0,
        spans: [
            ["2026-06-01 11:00:00", "2026-06-01 12:00:00"],
            ["2026-06-01 13:00:00", "2026-06-01 17:00:00"],
        ],
        events: [],
        alarms: [],
        ...values,
    };
}

function makePanel(clocks, values = {}) {
    const labels = LABELS;
    return {
        now: "2026-06-01 11:00:00",
        policy: "Standard",
        version: 2,
        why: "It fits.",
        labels,
        buttons: [],
        clocks,
        ...values,
    };
}

async function mountPanel(panel, resId = 1) {
    mockDate("2026-06-01 11:00:00", 0);
    onRpc("cs.task", "sla_panel", () => {
        expect.step("sla_panel");
        return panel;
    });
    await mountView({
        type: "form",
        resModel: "cs.task",
        resId,
        arch: `<form><widget name="cs_sla_panel"/><field name="name"/></form>`,
    });
    expect.verifySteps(["sla_panel"]);
}

test("an open clock shows what is left in working time and on the wall", async () => {
    await mountPanel(makePanel([makeClock()]));
    expect(".o_cs_sla_clock").toHaveCount(1);
    expect(".o_cs_sla_clock .badge").toHaveText("Due Today");
    expect(".o_cs_sla_left").toHaveText("1 h of working time left");
    expect(".o_cs_sla_due").toHaveText(/in 2 h$/);
    expect(".progress-bar").toHaveClass("bg-info");
    expect(".progress").toHaveAttribute("aria-valuenow", "50");
});

test("the clock goes on each minute, stands still in the break and turns late, without asking the server", async () => {
    await mountPanel(makePanel([makeClock()]));
    await advanceTime(45 * 60000);
    await animationFrame();
    expect(".o_cs_sla_left").toHaveText("15 min of working time left");
    expect(".o_cs_sla_clock .badge").toHaveText("At Risk");
    expect(".progress-bar").toHaveClass("bg-warning");

    await advanceTime(60 * 60000);
    await animationFrame();
    expect(".o_cs_sla_left").toHaveText("0 min of working time left");
    expect(".o_cs_sla_due").toHaveText(/in 15 min$/);

    await advanceTime(45 * 60000);
    await animationFrame();
    expect(".o_cs_sla_clock .badge").toHaveText("Late");
    expect(".progress-bar").toHaveClass("bg-danger");
    expect(".o_cs_sla_left").toHaveText("30 min of working time over");
    expect(".o_cs_sla_due").toHaveText(/30 min ago$/);
    expect.verifySteps([]);
});

test("on hold nothing moves, and the panel says how much is left then", async () => {
    const paused = { run: "paused", situation: "hold", deadline: false, risk_at: false, spans: [] };
    await mountPanel(makePanel([makeClock(paused)]));
    expect(".o_cs_sla_left").toHaveText("1 h of working time left then");
    expect(".o_cs_sla_due").toHaveText("Stands still while on hold");
    await advanceTime(5 * 3600000);
    await animationFrame();
    expect(".o_cs_sla_left").toHaveText("1 h of working time left then");
    expect(".progress-bar").toHaveClass("bg-dark");
});

test("what was missed before it was put on hold says so", async () => {
    const missed = { run: "paused", situation: "hold", outcome: "missed", used_s: 7200, spans: [] };
    await mountPanel(makePanel([makeClock({ ...missed, deadline: "2026-06-01 10:00:00" })]));
    expect(".o_cs_sla_left").toHaveText("Missed before it was put on hold");
});

test("time on the wall is shown with days", async () => {
    const wall = {
        working: false,
        budget_s: 10 * 86400,
        used_s: 86400,
        deadline: "2026-06-10 11:00:00",
        risk_at: false,
        spans: [["2026-06-01 11:00:00", "2026-06-05 11:00:00"]],
    };
    await mountPanel(makePanel([makeClock(wall)]));
    expect(".o_cs_sla_left").toHaveText("9 d left");
    await advanceTime(3 * 3600000);
    await animationFrame();
    expect(".o_cs_sla_left").toHaveText("8 d 21 h left");
});

test("buttons of the record are pressed from the panel, and the panel is loaded again", async () => {
    const buttons = [{ name: "action_hold", label: "Wait", icon: "fa-pause" }];
    await mountPanel(makePanel([makeClock()], { buttons }));
    onRpc("cs.task", "action_hold", ({ args }) => {
        expect.step(`hold ${args[0]}`);
        return false;
    });
    await contains(".o_cs_sla_button").click();
    await animationFrame();
    expect.verifySteps(["hold 1", "sla_panel"]);
});

test("what a generic record cannot do has no button", async () => {
    await mountPanel(makePanel([makeClock()]));
    expect(".o_cs_sla_button").toHaveCount(0);
});

test("an alarm is acknowledged by whom it may be", async () => {
    const alarm = { id: 7, what: "75 % used: Owner", at: "2026-06-01 10:50:00", told: "Anna", error: false };
    const alarms = [
        { ...alarm, can_acknowledge: true },
        { ...alarm, id: 8, can_acknowledge: false },
    ];
    await mountPanel(makePanel([makeClock({ alarms })]));
    onRpc("cs.sla.alarm", "action_acknowledge", ({ args }) => {
        expect.step(`acknowledge ${args[0]}`);
        return true;
    });
    expect(".o_cs_sla_alarm").toHaveCount(1);
    await contains(".o_cs_sla_acknowledge").click();
    await animationFrame();
    expect.verifySteps(["acknowledge 7", "sla_panel"]);
});

test("former rounds and events are a click away", async () => {
    const events = [
        { id: 1, what: "Started", at: "2026-06-01 10:00:00", who: "Anna", reason: false, note: false },
        { id: 2, what: "Put on Hold", at: "2026-06-01 10:30:00", who: "Anna", reason: "Parts", note: "Monday" },
    ];
    const former = makeClock({ id: 2, current: false, run: "ended", outcome: "missed", outcome_label: "Missed" });
    Object.assign(former, { reached_at: "2026-05-20 10:00:00", overrun_s: 5400, spans: [] });
    await mountPanel(makePanel([makeClock({ round: 2, events }), former]));
    expect(".o_cs_sla_clock").toHaveCount(1);
    expect(".o_cs_sla_table").toHaveCount(0);
    await contains(".o_cs_sla_details").click();
    expect(".o_cs_sla_table tbody").toHaveCount(2);
    expect(".o_cs_sla_table tbody:eq(1)").toHaveText(/1 h 30 min of working time late/);
    await contains(".o_cs_sla_events:first").click();
    expect(".o_cs_sla_history > td > div").toHaveCount(2);
    expect(".o_cs_sla_history").toHaveText(/Parts/);
});

test("no policy, no panel", async () => {
    await mountPanel(false, 2);
    expect(".o_form_view").toHaveCount(1);
    expect(".o_cs_sla_panel").toHaveCount(0);
});
