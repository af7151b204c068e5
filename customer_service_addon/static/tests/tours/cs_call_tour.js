import { formatDateTime } from "@web/core/l10n/dates";
import { OPTION, addTour, chooseFirst, inDialog, openMenu, printed, save } from "./cs_tour_steps";

const { DateTime } = luxon;
const SUBJECT = "Brakes grind in every bend";

/*
 * A call at 09:05, followed from the first ring to the closed case, one tour per person (Must show 2).
 * Only selectors, no texts: the same tours run in English and in Chinese.
 */

addTour("cs_call_register_tour", {
    steps: () => [
        ...openMenu("menu_cs_registers", "menu_cs_calls"),
        { content: "The phone rings", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Type the number as the caller says it",
            trigger: ".o_form_view div[name='phone'] input",
            run: "edit 0138 0909-0905 && press Tab",
        },
        {
            content: "The caller is recognised",
            trigger: ".o_form_view div[name='partner_id'] input:value(/Caller At Nine/)",
        },
        {
            content: "Note the matter",
            trigger: ".o_form_view div[name='subject'] input",
            run: `edit ${SUBJECT}`,
        },
        ...chooseFirst("type_id"),
        {
            content: "The call came in at five past nine",
            trigger: ".o_form_view div[name='received_at'] input, .o_form_view div[name='received_at'] button",
            run: "click",
        },
        {
            trigger: ".o_form_view div[name='received_at'] input",
            async run({ edit }) {
                const moment = DateTime.now().minus({ days: 1 }).set({ hour: 9, minute: 5, second: 0 });
                await edit(formatDateTime(moment));
            },
        },
        {
            content: "Say what would make the customer content",
            trigger: ".o_form_view div[name='expectation'] textarea",
            run: "edit A replacement car today",
        },
        ...save(),
        { content: "The case has its number", trigger: ".o_form_view h2 div[name='name']:contains(/^CS-\\d{6}$/)" },
    ],
});

addTour("cs_call_hand_over_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_my_cases"),
        { content: "Open the case", trigger: `.o_kanban_record:contains('${SUBJECT}')`, run: "click" },
        ...inDialog("action_hand_over", [
            {
                content: "Not to a person but to a department",
                trigger: ".modal div[name='target'] input[data-value='department']",
                run: "click",
            },
            {
                content: "Name the department",
                trigger: ".modal div[name='department_id'] input",
                run: "edit Brake Workshop",
            },
            { trigger: `.modal div[name='department_id'] ${OPTION}:contains('Brake Workshop')`, run: "click" },
            {
                content: "Tell them what matters",
                trigger: ".modal div[name='note'] input",
                run: "edit He knows brakes",
            },
        ]),
        { content: "The hand-over waits to be accepted", trigger: ".o_form_view .alert div[name='pending_user_id']" },
    ],
});

addTour("cs_call_accept_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_waiting"),
        { content: "Open the case", trigger: `.o_data_row td:contains('${SUBJECT}')`, run: "click" },
        {
            content: "Accept it",
            trigger: ".o_statusbar_buttons button[name='action_accept_handover']",
            run: "click",
        },
        { content: "Nobody waits any more", trigger: ".o_form_view:not(:has(.alert div[name='pending_user_id']))" },
        ...inDialog("action_forward", [
            {
                content: "Ask another department",
                trigger: ".modal div[name='department_id'] input",
                run: "edit Engineering",
            },
            { trigger: `.modal div[name='department_id'] ${OPTION}:contains('Engineering')`, run: "click" },
            {
                content: "Say what you need to know",
                trigger: ".modal div[name='question'] textarea",
                run: "edit Is a lift free today?",
            },
        ]),
    ],
});

addTour("cs_call_question_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_forward"),
        { content: "Open the question", trigger: ".o_data_row td:contains('Is a lift free today?')", run: "click" },
        {
            content: "Write the answer",
            trigger: ".o_form_view div[name='answer'] textarea",
            run: "edit Yes, from two o'clock on",
        },
        { content: "Send it", trigger: ".o_statusbar_buttons button[name='action_answer']", run: "click" },
        {
            content: "It is answered",
            trigger: ".o_form_view:not(:has(.o_statusbar_buttons button[name='action_answer']))",
        },
    ],
});

addTour("cs_call_answer_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_my_cases"),
        { content: "Open the case", trigger: `.o_kanban_record:contains('${SUBJECT}')`, run: "click" },
        ...inDialog("action_answer", [
            { content: "By phone", trigger: ".modal div[name='how'] input[data-value='phone']", run: "click" },
            ...chooseFirst("answer_id", ".modal"),
            {
                content: "The text is filled in",
                trigger: ".modal div[name='body'] .odoo-editor-editable:contains('Brakes')",
            },
        ]),
        {
            content: "It is solved",
            trigger: ".o_statusbar_buttons button.btn-primary[name='action_close_wizard']",
        },
        ...inDialog("action_close_wizard", []),
        { content: "It is closed and can be reopened", trigger: ".o_statusbar_buttons button[name='action_reopen']" },
        { content: "Open the menu of the form", trigger: ".o_cp_action_menus button:has(.fa-cog)", run: "click" },
        { content: "What can be printed", trigger: ".o-dropdown--menu .dropdown-toggle:has(.fa-print)", run: "hover" },
        { content: "Print the first form", trigger: ".o-dropdown--menu-submenu .o-dropdown-item:first", run: "click" },
        { content: "It is printed", trigger: "body", run: printed, timeout: 60000 },
    ],
});

addTour("cs_call_candidates_tour", {
    steps: () => [
        ...openMenu("menu_cs_registers", "menu_cs_calls"),
        { content: "The phone rings", trigger: ".o_list_button_add", run: "click" },
        {
            content: "A number that two people share",
            trigger: ".o_form_view div[name='phone'] input",
            run: "edit 138 0909 0905 && press Tab",
        },
        { content: "Both are offered", trigger: ".o_cs_candidate:contains('Caller At Nine')" },
        { content: "One is chosen", trigger: ".o_cs_candidate:contains('Wife of the Caller')", run: "click" },
        {
            content: "It is the customer",
            trigger: ".o_form_view div[name='partner_id'] input:value(/Wife of the Caller/)",
        },
        { content: "Nobody else is offered any more", trigger: ".o_form_view:not(:has(.o_cs_candidate))" },
        { content: "Give it up", trigger: ".o_form_button_cancel", run: "click" },
        { content: "Back in the register", trigger: ".o_list_view" },
    ],
});
