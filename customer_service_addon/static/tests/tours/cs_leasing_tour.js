import { addTour, choose, openMenu, pick, save } from "./cs_tour_steps";

/*
 * Level A of a vehicle lessor, from the call to the report (C-03), one tour per person. The approver rejects the first
 * plan, the customer the second; the third is carried out.
 */

const SUBJECT = "The brakes failed";
const FORM = ".o_form_view";

function tour(name, steps) {
    addTour(name, { steps: () => steps });
}

function press(name, then) {
    return [
        { content: `Press ${name}`, trigger: `.o_statusbar_buttons button[name='${name}']`, run: "click" },
        { content: `${name} is done`, trigger: then },
    ];
}

function page(name) {
    return [{ content: `Turn to ${name}`, trigger: `${FORM} .o_notebook a[name='${name}']`, run: "click" }];
}

function write(field, text) {
    return [
        {
            content: `Write ${field}`,
            trigger: `${FORM} div[name='${field}'] .odoo-editor-editable`,
            run: `editor ${text}`,
        },
    ];
}

function fill(field, text) {
    return [{ content: `Fill in ${field}`, trigger: `${FORM} div[name='${field}'] textarea`, run: `edit ${text}` }];
}

const openMine = [
    ...openMenu("menu_cs_my", "menu_cs_complaint_mine"),
    { content: "Open the complaint", trigger: `.o_data_row td:contains('${SUBJECT}')`, run: "click" },
    { content: "It is open", trigger: `${FORM} .o_notebook` },
];

tour("cs_leasing_call_tour", [
    ...openMenu("menu_cs_registers", "menu_cs_calls"),
    { content: "The phone rings", trigger: ".o_list_button_add", run: "click" },
    ...pick(FORM, "partner_id", "Blue Fleet"),
    { content: "Note the matter", trigger: `${FORM} div[name='subject'] input`, run: `edit ${SUBJECT}` },
    ...pick(FORM, "type_id", "Vehicle Complaint"),
    ...save(),
    { content: "To the file", trigger: "button[name='action_view_complaints']", run: "click" },
    ...press("action_take", "button[name='action_triage']"),
    ...choose(FORM, "is_valid", 1),
    ...choose(FORM, "company_responsible", 1),
    ...choose(FORM, "scope", 2),
    ...pick(FORM, "level_id", "A Injury or Death"),
    {
        content: "Name a department",
        trigger: `${FORM} div[name='department_line_ids'] .o_field_x2many_list_row_add a`,
        run: "click",
    },
    ...pick(".o_selected_row", "department_id", "Workshop"),
    ...press("action_triage", `${FORM}:not(:has(button[name='action_triage']))`),
]);

const verify = [
    ...page("verification"),
    ...choose(FORM, "finding", 1),
    ...write("course", "It failed on the motorway."),
    ...write("result", "The bolt was loose."),
    ...press("action_verify", "button[name='action_analyse']"),
];

const analyse = [
    ...page("analysis"),
    ...pick(FORM, "cause_id", "Worn tool"),
    ...fill("occurrence_cause", "The tool was worn."),
    ...fill("escape_cause", "Nobody checks it."),
    ...press("action_analyse", "button[name='action_new_plan']"),
];

const submit = press("action_submit", `${FORM}:not(:has(button[name='action_submit']))`);

tour("cs_leasing_department_tour", [
    ...openMine,
    { content: "Sign for it", trigger: "button[name='action_sign']", run: "click" },
    { content: "It is signed", trigger: "button[name='action_verify']" },
    ...verify,
    ...analyse,
    ...press("action_new_plan", "button[name='action_submit']"),
    {
        content: "Say what is done",
        trigger: `${FORM} div[name='action_ids'] .o_field_x2many_list_row_add a`,
        run: "click",
    },
    {
        content: "What",
        trigger: ".o_selected_row div[name='name'] input, .o_selected_row div[name='name'] textarea",
        run: "edit Replace the brakes",
    },
    ...pick(".o_selected_row", "employee_id", "Tao"),
    { trigger: ".o_selected_row div[name='due_on'] input, .o_selected_row div[name='due_on'] button", run: "click" },
    { trigger: ".o_selected_row div[name='due_on'] input", run: "edit 12/31/2030 && press Tab" },
    ...write("customer_text", "We replace the brakes."),
    ...submit,
]);

// Not approved: the next version begins with what the first one said.
tour("cs_leasing_plan_again_tour", [
    ...openMine,
    ...press("action_new_plan", "button[name='action_submit']"),
    ...submit,
]);

// Rejected by the customer: from the verification to the plan once more.
tour("cs_leasing_again_tour", [
    ...openMine,
    ...press("action_verify", "button[name='action_analyse']"),
    ...press("action_analyse", "button[name='action_new_plan']"),
    ...press("action_new_plan", "button[name='action_submit']"),
    ...write("customer_text", "We replace the brakes and lend you a car."),
    ...submit,
]);

addTour("cs_plan_accept_tour", {
    steps: () => [
        { content: "Read the proposal", trigger: ".o_cs_plan:contains('lend you a car')" },
        {
            content: "Accept",
            trigger: ".o_cs_plan form[action*='accept'] button",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "The proposal is gone", trigger: "body:not(:has(.o_cs_plan)) h5" },
    ],
});

tour("cs_leasing_action_tour", [
    ...openMenu("menu_cs_my", "menu_cs_complaint_action"),
    { content: "It is done", trigger: ".o_data_row button[name='action_done']", run: "click" },
    { content: "Nothing is left", trigger: "body:not(:has(button[name='action_done'])) .o_list_view" },
]);

tour("cs_leasing_effect_tour", [
    ...openMenu("menu_cs_complaint"),
    { content: "Open the complaint", trigger: `.o_data_row td:contains('${SUBJECT}')`, run: "click" },
    ...page("effect"),
    ...fill("effect_note", "No fault since."),
    ...press("action_effect_proven", `${FORM}:not(:has(button[name='action_effect_proven']))`),
]);

tour("cs_leasing_report_tour", [
    ...openMine,
    ...page("report"),
    ...write("report_customer", "The brakes are new."),
    ...press("action_report", `${FORM}:not(:has(button[name='action_report']))`),
]);

tour("cs_leasing_close_tour", [
    ...openMine,
    ...press("action_reply", "button[name='action_inform']"),
    ...page("crisis"),
    ...fill("warning_text", "A brake failed; nobody was hurt."),
    ...press("action_inform", "button[name='action_close']"),
    ...press("action_close", "button[name='action_reopen']"),
]);

// Verified and found not to be justified: explained, answered, closed without a plan (C-02).
tour("cs_complaint_refuted_tour", [
    ...openMine,
    { content: "The finding is not justified", trigger: `${FORM} .alert div[name='next_step']` },
    ...page("answer"),
    ...write("explanation", "The invoice follows the contract."),
    ...press("action_reply", "button[name='action_close']"),
    ...press("action_close", "button[name='action_reopen']"),
]);
