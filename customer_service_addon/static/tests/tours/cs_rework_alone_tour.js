import { addTour, pick } from "./cs_tour_steps";

/*
 * A repair order without a case: the dialog of the list makes the case and its order (I-02).
 */

const MODAL = ".modal";

function type(field, text) {
    return { content: `Type ${field}`, trigger: `${MODAL} div[name='${field}'] input`, run: `edit ${text}` };
}

addTour("cs_rework_alone_tour", {
    steps: () => [
        {
            content: "New order",
            trigger: ".o_control_panel button[name='action_new']",
            run: "click",
        },
        ...pick(MODAL, "partner_id", "Blue Fleet"),
        type("subject", "Gutter hangs down"),
        type("place", "North side"),
        ...pick(MODAL, "trade_ids", "Plumbing"),
        { content: "The trade is taken", trigger: `${MODAL} div[name='trade_ids'] .o_tag:contains('Plumbing')` },
        { content: "Open it", trigger: `${MODAL} button[name='action_open']`, run: "click" },
        {
            content: "The order is there",
            trigger: "body:not(:has(.modal)) .o_form_view button[name='action_dispatch']",
        },
    ],
});
