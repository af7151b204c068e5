import { addTour, pick } from "./cs_tour_steps";

/*
 * A repair order from its case to the inspection, one tour per person.
 */

const FORM = ".o_form_view";

function press(name, then) {
    return [
        { content: `Press ${name}`, trigger: `.o_statusbar_buttons button[name='${name}']`, run: "click" },
        { content: `${name} is done`, trigger: then },
    ];
}

function tag(field, text) {
    return [
        ...pick(FORM, field, text),
        { content: `${text} is taken`, trigger: `${FORM} div[name='${field}'] .o_tag:contains('${text}')` },
    ];
}

// The agent opens the order in the case and dispatches it.
addTour("cs_rework_dispatch_tour", {
    steps: () => [
        ...press("action_open_rework", "button[name='action_dispatch']"),
        ...tag("trade_ids", "Plumbing"),
        ...tag("technician_ids", "Repairer 1"),
        { content: "Open the classes", trigger: `${FORM} div[name='cost_class'] input`, run: "click" },
        {
            content: "At the company's cost",
            trigger: ".o_select_menu_menu .o_select_menu_item:nth-of-type(2)",
            run: "click",
        },
        ...press("action_dispatch", `${FORM}:not(:has(button[name='action_dispatch']))`),
    ],
});

// The technician begins and says what he did.
addTour("cs_rework_technician_tour", {
    steps: () => [
        { content: "Begin", trigger: ".o_kanban_record button[name='action_start']", run: "click" },
        { content: "It has begun", trigger: ".o_kanban_record:not(:has(button[name='action_start'])) .fw-bold" },
        { content: "Open the order", trigger: ".o_kanban_record .fw-bold", run: "click" },
        {
            content: "Say what was done",
            trigger: `${FORM} div[name='work_note'] .odoo-editor-editable`,
            run: "editor The pipe is new.",
        },
        ...press("action_finish", `${FORM}:not(:has(button[name='action_finish']))`),
    ],
});

// The agent inspects it; nothing is missing.
addTour("cs_rework_inspect_tour", {
    steps: () => [
        { content: "Inspect", trigger: ".o_statusbar_buttons button[name='action_inspect']", run: "click" },
        { content: "Accepted", trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "It is recorded", trigger: `body:not(:has(.modal)) ${FORM} div[name='inspection_ids'] .o_data_row` },
    ],
});
