import { press } from "@odoo/hoot-dom";
import { addTour } from "./cs_tour_steps";

/*
 * The call queue and the script screen (V-03). Customers are told apart by their ids in the page, the names by their
 * first letter: Ann comes before Bea in the queue.
 */

const SCREEN = ".o_cs_visit_call[data-status='idle']";
const BAR = `${SCREEN} .o_cs_visit_bar button`;

function shows(name) {
    return { content: `${name} is on the screen`, trigger: `${SCREEN} .o_cs_visit_name:contains(${name})` };
}

function question(place) {
    return `${SCREEN} .o_cs_visit_question:eq(${place - 1})`;
}

function choose(place, score) {
    return [
        {
            content: `Choose ${score} at question ${place}`,
            trigger: `${question(place)} .o_cs_visit_choice[data-score='${score}']`,
            run: "click",
        },
        { trigger: `${question(place)} .o_cs_chosen[data-score='${score}']` },
    ];
}

/** Press keys one after the other; each one is a step, so that the test counts them. */
function keys(list, after) {
    return [
        {
            content: `Press ${list.join(", ")}`,
            trigger: SCREEN,
            async run() {
                for (const key of list) {
                    await press(key);
                    window.csKeys = (window.csKeys || 0) + 1;
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
            },
        },
        after,
    ];
}

addTour("cs_visit_call_no_answer_tour", {
    steps: () => [
        shows("Ann"),
        { content: "The opening names her", trigger: ".o_cs_visit_opening:contains(Ann)" },
        { content: "Her phone can be clicked", trigger: ".o_cs_visit_phone[href^='tel:']" },
        { content: "No answer", trigger: `${BAR}[data-name='no_answer']`, run: "click" },
        shows("Bea"),
        { content: "What became of Ann is said", trigger: ".o_cs_visit_done.alert-success:contains(Ann)" },
        { content: "Skip her", trigger: `${BAR}[data-name='skip']`, run: "click" },
        { content: "Nobody is left", trigger: `${SCREEN} .o_cs_visit_empty` },
        { content: "Take her again", trigger: ".o_cs_visit_skipped", run: "click" },
        shows("Bea"),
        { content: "She wants to be called later", trigger: `${BAR}[data-name='later']`, run: "click" },
        { content: "In one hour", trigger: ".o_cs_visit_moment:first", run: "click" },
        { content: "Nobody is left", trigger: `${SCREEN} .o_cs_visit_empty` },
    ],
});

addTour("cs_visit_repair_done_tour", {
    steps: () => [
        { content: "Inspect what was repaired", trigger: "button[name='action_inspect']", run: "click" },
        { content: "It is accepted", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "The order is closed",
            trigger: "body:not(:has(.modal)) .o_arrow_button_current[data-value='closed']",
        },
    ],
});

addTour("cs_visit_rang_out_tour", {
    steps: () => [
        shows("Ann"),
        { content: "No answer", trigger: `${BAR}[data-name='no_answer']`, run: "click" },
        { content: "Nobody is left", trigger: `${SCREEN} .o_cs_visit_empty` },
    ],
});

addTour("cs_visit_call_unhappy_tour", {
    steps: () => [
        shows("Ann"),
        { content: "The try is on the screen", trigger: ".o_cs_visit_tries:contains(1)" },
        { content: "Why is not asked yet", trigger: ".o_cs_visit_call:not(:has([data-type='text_box']))" },
        ...choose(1, "not"),
        { content: "It is marked", trigger: `${question(1)}.o_cs_unhappy` },
        ...choose(2, "very"),
        {
            content: "Why is asked now",
            trigger: `${SCREEN} [data-type='text_box'] .o_cs_visit_text`,
            run: "edit Still dripping, no better",
        },
        { content: "Rate", trigger: `${SCREEN} .o_cs_visit_step[data-step='3']`, run: "click" },
        { content: "Save", trigger: `${SCREEN} .o_cs_visit_save`, run: "click" },
        { content: "What it opened is named", trigger: ".o_cs_visit_done.alert-warning .o_cs_visit_case" },
    ],
});

addTour("cs_visit_call_keyboard_tour", {
    steps: () => [
        shows("Ann"),
        ...keys(["ArrowDown", "ArrowUp"], { trigger: `${question(1)}.o_cs_current` }),
        { content: "Count from here", trigger: SCREEN, run: () => (window.csKeys = 0) },
        ...keys(["1"], { trigger: `${question(2)}.o_cs_current` }),
        ...keys(["2"], { trigger: `${question(3)}.o_cs_current` }),
        ...keys(["1", "0"], { trigger: `${question(3)} .o_cs_chosen[data-step='10']` }),
        ...keys(["Enter"], { trigger: ".o_cs_visit_done.alert-success:contains(Ann)" }),
        shows("Bea"),
        {
            content: "Five keys for a satisfied customer",
            trigger: SCREEN,
            run() {
                console.log(`A satisfied customer took ${window.csKeys} keys`);
                if (window.csKeys !== 5) {
                    throw new Error(`${window.csKeys} keys instead of 5`);
                }
            },
        },
        ...keys(["4"], { trigger: `${question(1)}.o_cs_unhappy` }),
        { content: "Type", trigger: `${SCREEN} .o_cs_visit_text`, run: "edit no, b, w and s" },
        {
            content: "Letters are letters there",
            trigger: `${SCREEN} .o_cs_visit_text`,
            async run({ anchor }) {
                anchor.focus();
                for (const key of ["n", "b", "s", "1"]) {
                    await press(key);
                }
            },
        },
        shows("Bea"),
        { trigger: `${SCREEN} .o_cs_visit_text:value(no, b, w and snbs1)` },
        ...keys(["Escape", "n"], { content: "Answers are not dropped by one key", trigger: ".o_cs_visit_confirm" }),
        ...keys(["Escape", "Enter"], { trigger: ".o_cs_visit_done.alert-warning:contains(Bea)" }),
        shows("Cara"),
        ...keys(["d"], { content: "She declines", trigger: ".o_cs_visit_reason:focus" }),
        { content: "Say why", trigger: ".o_cs_visit_reason", run: "edit No time" },
        { content: "Confirm", trigger: ".o_cs_visit_decline_ok", run: "click" },
        { content: "Nobody is left", trigger: `${SCREEN} .o_cs_visit_empty` },
    ],
});

addTour("cs_visit_call_reload_tour", {
    steps: () => [
        shows("Bea"),
        ...choose(1, "not"),
        { trigger: `${SCREEN} .o_cs_visit_text`, run: "edit Water again" },
        { content: "A note", trigger: `${SCREEN} .o_cs_visit_note`, run: "edit Was in a hurry" },
        {
            content: "The page is loaded again",
            trigger: `${SCREEN} .o_cs_visit_note`,
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        shows("Bea"),
        { content: "The choice is there", trigger: `${question(1)} .o_cs_chosen[data-score='not']` },
        { content: "So is the text", trigger: `${SCREEN} .o_cs_visit_text:value(Water again)` },
        { content: "And the note", trigger: `${SCREEN} .o_cs_visit_note:value(Was in a hurry)` },
        ...choose(2, "fairly"),
        { content: "Save", trigger: `${SCREEN} .o_cs_visit_save`, run: "click" },
        { content: "It is recorded", trigger: ".o_cs_visit_done:contains(Bea)" },
        shows("Ann"),
        {
            content: "Nothing is left in the browser",
            trigger: SCREEN,
            run() {
                const left = Object.keys(window.localStorage).filter((key) => key.startsWith("cs_visit/"));
                if (left.length) {
                    throw new Error(`Left: ${left}`);
                }
            },
        },
    ],
});

addTour("cs_visit_call_lost_tour", {
    steps: () => [
        shows("Ann"),
        ...choose(1, "very"),
        ...choose(2, "very"),
        {
            content: "The connection dies",
            trigger: SCREEN,
            run() {
                const { open, send } = XMLHttpRequest.prototype;
                XMLHttpRequest.prototype.open = function (method, url, ...others) {
                    this.csIsDead = url.includes("save_answers");
                    return open.call(this, method, url, ...others);
                };
                XMLHttpRequest.prototype.send = function (body) {
                    return this.csIsDead ? this.dispatchEvent(new Event("error")) : send.call(this, body);
                };
                window.csRestore = () => Object.assign(XMLHttpRequest.prototype, { open, send });
            },
        },
        { content: "Save", trigger: `${SCREEN} .o_cs_visit_save`, run: "click" },
        { content: "The user sees it", trigger: ".o_cs_visit_waiting" },
        {
            content: "It is back",
            trigger: ".o_cs_visit_waiting",
            run() {
                window.csRestore();
                window.dispatchEvent(new Event("online"));
            },
        },
        { content: "It is recorded by itself", trigger: ".o_cs_visit_done:contains(Ann)" },
    ],
});

addTour("cs_visit_call_form_tour", {
    steps: () => [
        { content: "Call from the form", trigger: "button[name='action_call']", run: "click" },
        shows("Cara"),
        {
            content: "The page is loaded again",
            trigger: SCREEN,
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        shows("Cara"),
        { content: "Leave the screen", trigger: SCREEN, run: () => window.history.back() },
        { content: "The form is back", trigger: ".o_form_view button[name='action_call']" },
    ],
});
