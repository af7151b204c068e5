import { addTour } from "./cs_tour_steps";

/*
 * Liability: the supervisor decides, the contractor contests on his page.
 */

const FORM = ".o_form_view";
const DECIDE = ".o_statusbar_buttons button[name='action_decide']";

addTour("cs_liability_decide_tour", {
    steps: () => [
        { content: "Decide", trigger: DECIDE, run: "click" },
        { content: "It is decided", trigger: `${FORM}:not(:has(${DECIDE})) .o_statusbar_status` },
    ],
});

addTour("cs_liability_contest_tour", {
    steps: () => [
        { content: "Contest it", trigger: ".o_cs_contest", run: "click" },
        { content: "Say why", trigger: "#cs_contest.show #cs_contest_reason", run: "edit The plumber cut it" },
        {
            content: "Send it",
            trigger: "#cs_contest button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It is contested", trigger: ".o_cs_liability:not(:has(.o_cs_accept))" },
    ],
});
