import { addTour } from "./cs_tour_steps";

// A phone: the customer opens the link of his mail, marks both items with the first choice but one, and sends.
addTour("cs_visit_link_answer_tour", {
    steps: () => [
        { content: "Start", trigger: "button[type=submit][value=start]:not(.disabled)", run: "click" },
        {
            content: "Mark the first item",
            trigger: ".js_question-wrapper:eq(0) .o_survey_choice_btn:eq(1)",
            run: "click",
        },
        {
            content: "Mark the second item",
            trigger: ".js_question-wrapper:eq(1) .o_survey_choice_btn:eq(3)",
            run: "click",
        },
        { content: "Nothing is wider than the screen", trigger: "body", run: fits },
        { content: "Send", trigger: "button[type=submit][value=finish]", run: "click" },
        { content: "Yes, send", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "Thanks", trigger: ".o_survey_finished" },
    ],
});

addTour("cs_visit_appointment_propose_tour", {
    steps: () => [
        { content: "Our proposal", trigger: ".o_cs_appointment .o_cs_accept" },
        { content: "Nothing is wider than the screen", trigger: "body", run: fits },
        { content: "Another time", trigger: "#cs_wish", run: choose },
        {
            content: "Propose",
            trigger: ".o_cs_propose button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Waits for us", trigger: ".badge.text-bg-info" },
    ],
});

addTour("cs_visit_appointment_accept_tour", {
    url: "/my/visits",
    steps: () => [
        { content: "Open", trigger: ".o_cs_visits li a", run: "click", expectUnloadPage: true },
        { content: "Accept", trigger: ".o_cs_accept", run: "click", expectUnloadPage: true },
        { content: "Agreed", trigger: ".badge.text-bg-success" },
    ],
});

addTour("cs_case_rating_tour", {
    steps: () => [
        { content: "Nothing is wider than the screen", trigger: ".o_cs_rating", run: fits },
        { content: "Two stars", trigger: "label[for=cs_star_2]", run: "click" },
        { content: "Why", trigger: "#cs_feedback", run: "edit Took too long" },
        {
            content: "Send",
            trigger: ".o_cs_rating button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Kept", trigger: ".o_cs_rated" },
    ],
});

/** Choose day and time as the picker of a phone does. */
function choose() {
    this.anchor.value = "2031-03-04T10:30";
    this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Fail when the page scrolls sideways. */
function fits() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
        throw new Error(`The page is ${scrollWidth} px wide on a screen of ${clientWidth} px`);
    }
}
