import { addTour, choose, openMenu } from "./cs_tour_steps";

const SUBJECT = "The driver was rude";
const FORM = ".o_form_view";

function press(name, then) {
    return [
        { content: `Press ${name}`, trigger: `.o_statusbar_buttons button[name='${name}']`, run: "click" },
        { content: `${name} is done`, trigger: then },
    ];
}

// The simplest way: customer service settles the complaint itself.
addTour("cs_complaint_desk_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_complaint_mine"),
        { content: "Open the complaint", trigger: `.o_data_row td:contains('${SUBJECT}')`, run: "click" },
        ...press("action_take", "button[name='action_triage']"),
        ...choose(FORM, "is_valid", 1),
        ...choose(FORM, "company_responsible", 1),
        ...choose(FORM, "scope", 1),
        ...press("action_triage", "button[name='action_reply']"),
        ...press("action_reply", "button[name='action_close']"),
        ...press("action_close", "button[name='action_reopen']"),
    ],
});

// Somebody else decides, from the queue.
function approve(text) {
    return [
        ...openMenu("menu_cs_my", "menu_cs_approval"),
        { content: "Open what waits", trigger: ".o_data_row td[name='name']", run: "click" },
        { content: "Read what is approved", trigger: `${FORM} div[name='snapshot']:contains('${text}')` },
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "It is decided", trigger: `${FORM}:not(:has(button[name='action_approve']))` },
    ];
}

addTour("cs_approval_tour", { steps: () => approve("We replace the brakes") });
addTour("cs_report_approval_tour", { steps: () => approve("The brakes are new") });

addTour("cs_approval_reject_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_approval"),
        { content: "Open what waits", trigger: ".o_data_row td[name='name']", run: "click" },
        { content: "Reject", trigger: "button[name='action_reject']", run: "click" },
        { content: "Say why", trigger: ".modal div[name='reason'] textarea", run: "edit Too expensive" },
        { content: "Confirm", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "It is decided",
            trigger: `body:not(:has(.modal)) ${FORM}:not(:has(button[name='action_approve']))`,
        },
    ],
});

// The customer on his page, on a small screen.
addTour("cs_plan_reject_tour", {
    steps: () => [
        { content: "Read the proposal", trigger: ".o_cs_plan:contains('We replace the brakes')" },
        { content: "Not content", trigger: ".o_cs_plan a[href='#cs_plan_reject']", run: "click" },
        { content: "Say why", trigger: "#cs_plan_reason", run: "edit I want a new car" },
        { content: "Send", trigger: "#cs_plan_reject button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "The proposal is gone", trigger: "body:not(:has(.o_cs_plan)) h5" },
    ],
});
