import { addTour } from "./cs_tour_steps";

addTour("cs_portal_request", {
    url: "/my/cases",
    steps: () => [
        {
            content: "Begin a request",
            trigger: ".o_cs_new_request",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Choose the kind", trigger: "#cs_type", run: "selectByIndex 1" },
        { content: "Subject", trigger: "#cs_subject", run: "edit Rattling door" },
        { content: "What happened", trigger: "#cs_description", run: "edit The rear door rattles." },
        {
            content: "Send",
            trigger: ".o_cs_request_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "The steps are shown", trigger: ".o_cs_timeline li[aria-current=step]" },
        {
            content: "Write a message",
            trigger: "#chatterRoot:shadow .o-mail-Composer-input",
            run: "edit Any news?",
        },
        { content: "Send it", trigger: "#chatterRoot:shadow .o-mail-Composer-send:not(:disabled)", run: "click" },
        { content: "It is there", trigger: "#chatterRoot:shadow .o-mail-Message-content:contains(Any news?)" },
    ],
});

addTour("cs_portal_confirm", {
    url: "/my/cases",
    steps: () => [
        {
            content: "Open the solved request",
            trigger: "a:contains(Rattling door)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Confirm the result",
            trigger: ".o_cs_confirm button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Closed", trigger: ".o_cs_timeline li[aria-current=step]:last-child" },
    ],
});
