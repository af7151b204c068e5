import { addTour, openMenu } from "./cs_tour_steps";

/*
 * The money of repairs, one tour per person: class A to the deduction, class C from the quote to the invoice.
 */

const FORM = ".o_form_view";

function press(name, then) {
    return [
        { content: `Press ${name}`, trigger: `.o_statusbar_buttons button[name='${name}']`, run: "click" },
        { content: `${name} is done`, trigger: then },
    ];
}

// The agent settles the month: one account for whoever is paid, and hands it in.
addTour("cs_settlement_draw_up_tour", {
    steps: () => [
        ...openMenu("menu_cs_rework", "menu_cs_settlement_wizard"),
        { content: "The finished orders are there", trigger: ".modal div[name='rework_ids'] .o_data_row" },
        { content: "Draw up", trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "It is drawn up", trigger: `${FORM} div[name='line_ids'] .o_data_row` },
        ...press("action_submit", `${FORM}:not(:has(button[name='action_submit']))`),
    ],
});

// Somebody else decides: first the check, later the certificate.
addTour("cs_settlement_approval_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_approval"),
        { content: "Open what waits", trigger: ".o_data_row td[name='name']:contains('ST-')", run: "click" },
        { content: "Read who bears it", trigger: `${FORM} div[name='snapshot']:contains('Builder Ltd')` },
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "It is decided", trigger: `${FORM}:not(:has(button[name='action_approve']))` },
    ],
});

// The contractor objects, or confirms, on the screen of a phone.
addTour("cs_settlement_object_tour", {
    steps: () => [
        { content: "Read the part", trigger: ".o_cs_settlement .card-title:contains('300.00')" },
        { content: "Not content", trigger: ".o_cs_object", run: "click" },
        { content: "Say why", trigger: "#cs_settlement_reason", run: "edit Too many hours" },
        {
            content: "Send",
            trigger: "#cs_settlement_object button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It counts no more", trigger: ".alert-info" },
    ],
});
addTour("cs_settlement_confirm_tour", {
    steps: () => [
        { content: "Confirm", trigger: ".o_cs_accept", run: "click", expectUnloadPage: true },
        { content: "It is confirmed", trigger: ".o_cs_settlement:not(:has(.o_cs_accept))" },
    ],
});

// Class C: the agent sends the price, the customer signs it, the agent dispatches.
addTour("cs_quote_send_tour", {
    steps: () => [
        { content: "The price is not quoted", trigger: `${FORM} div[name='price_state']` },
        ...press("action_quote", `${FORM} div[name='price_state'] .text-bg-info`),
    ],
});
addTour("cs_quote_sign_tour", {
    steps: () => [
        { content: "Type the name", trigger: ".o_cs_quote input[name='signer_name']", run: "edit Ann Owner" },
        { content: "Sign", trigger: ".o_cs_quote_sign", run: "click", expectUnloadPage: true },
        { content: "It is signed", trigger: "body:not(:has(.o_cs_quote)) .o_portal_wrap" },
    ],
});
addTour("cs_quote_dispatch_tour", {
    steps: () => [
        { content: "The customer has signed", trigger: `${FORM} div[name='price_state'] .text-bg-success` },
        ...press("action_dispatch", `${FORM}:not(:has(button[name='action_dispatch']))`),
    ],
});
addTour("cs_quote_invoice_tour", {
    steps: () => [...press("action_invoice", `${FORM} div[name='invoice_note']`)],
});

// At the desk: the customer types the name in the dialog.
addTour("cs_quote_desk_tour", {
    steps: () => [
        { content: "Sign here", trigger: ".o_statusbar_buttons button[name='action_sign']", run: "click" },
        { content: "Type the name", trigger: ".modal div[name='signer_name'] input", run: "edit Ann Owner" },
        { content: "By name", trigger: ".modal div[name='how'] input[data-value='typed']", run: "click" },
        { content: "Confirm", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "It is signed",
            trigger: `body:not(:has(.modal)) ${FORM} div[name='price_state'] .text-bg-success`,
        },
    ],
});
