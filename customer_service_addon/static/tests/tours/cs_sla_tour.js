import { addTour, choose, openMenu } from "./cs_tour_steps";

const SUBJECT = "Deadline of the brakes";

// Deadlines by role. Only selectors where Odoo speaks, so that the tours run in any language.

addTour("cs_sla_panel_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_my_cases"),
        { content: "Open the case", trigger: `.o_kanban_record:contains('${SUBJECT}')`, run: "click" },
        {
            content: "The next deadline is there at once",
            trigger: ".o_cs_sla_clock:first:contains('First Answer') .o_cs_sla_left:contains(/\\d/)",
        },
        { content: "Put it on hold", trigger: ".o_cs_sla_button:has(.fa-pause)", run: "click" },
        { content: "Say why", trigger: ".modal div[name='reason_id'] input:eq(1)", run: "click" },
        { content: "Confirm", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "The clock stands still",
            trigger: "body:not(:has(.modal)) .o_cs_sla_clock[data-situation='hold']:contains('First Answer')",
        },
        { content: "Look at what happened", trigger: ".o_cs_sla_details", run: "click" },
        { trigger: ".o_cs_sla_events:first", run: "click" },
        { content: "The hold is written down", trigger: ".o_cs_sla_history .small:contains('Agent Anna')" },
        { content: "Go on", trigger: ".o_cs_sla_button:has(.fa-play)", run: "click" },
        {
            content: "The clock runs again",
            trigger: ".o_cs_sla_clock:not([data-situation='hold']):contains('First Answer')",
        },
    ],
});

addTour("cs_sla_alarm_tour", {
    steps: () => [
        { content: "The alarm is on the form", trigger: ".o_cs_sla_alarm:contains('First Answer')" },
        { content: "Take care", trigger: ".o_cs_sla_acknowledge", run: "click" },
        { content: "The alarm is gone", trigger: ".o_cs_sla_panel:not(:has(.o_cs_sla_alarm))" },
    ],
});

addTour("cs_sla_queue_tour", {
    steps: () => [
        ...openMenu("menu_cs_my", "menu_cs_sla_clock"),
        { content: "The deadline stands in the queue", trigger: `.o_data_row:contains('${SUBJECT}') .badge` },
        { content: "On the calendar as well", trigger: ".o_switch_view.o_calendar", run: "click" },
        { trigger: ".o_calendar_renderer .fc-view" },
        { content: "Back to the list", trigger: ".o_switch_view.o_list", run: "click" },
        {
            content: "Look at its history",
            trigger: ".o_data_row:first button[name='get_formview_action']",
            run: "click",
        },
        { content: "Events and alarms", trigger: ".o_form_view div[name='event_ids'] .o_data_row" },
        {
            content: "Nothing to rebuild for an agent",
            trigger: ".o_form_view:not(:has(button[name='action_rebuild']))",
        },
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item:not(.active) a", run: "click" },
        {
            content: "Open the record",
            trigger: `.o_data_row td[name='record_name']:contains('${SUBJECT}')`,
            run: "click",
        },
        { content: "It is the case", trigger: ".o_form_view .o_cs_sla_clock" },
    ],
});

addTour("cs_sla_policy_tour", {
    steps: () => [
        ...openMenu("menu_cs_configuration", "menu_cs_sla_policy"),
        { content: "A new policy", trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_form_view div[name='name'] input", run: "edit Urgent Ones" },
        {
            content: "For some records only",
            trigger: "div[name='domain'] .o_tree_editor_row > a[role='button']",
            run: "click",
        },
        { content: "By which field", trigger: "div[name='domain'] .o_model_field_selector", run: "click" },
        { trigger: ".o_model_field_selector_popover_search input", run: "edit is_urgent" },
        { trigger: ".o_model_field_selector_popover_item[data-name='is_urgent'] button", run: "click" },
        { content: "The filter is readable", trigger: "div[name='domain'] .o_model_field_selector:contains(Urgent)" },
        { content: "It says what it fits", trigger: "div[name='change_note']:contains(/\\d/)" },
        { content: "A target", trigger: "div[name='target_ids'] .o_field_x2many_list_row_add a", run: "click" },
        { trigger: ".modal div[name='name'] input", run: "edit Answer" },
        ...choose(".modal", "to_milestone", 3),
        { trigger: ".modal div[name='amount'] input", run: "edit 3" },
        {
            content: "With an alarm",
            trigger: ".modal div[name='escalation_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: ".modal:has(div[name='whom']) div[name='amount'] input", run: "edit 60" },
        {
            content: "The alarm is noted",
            trigger: ".modal:has(div[name='whom']) .o_form_button_save",
            run: "click",
        },
        { trigger: ".modal div[name='escalation_ids'] .o_data_row" },
        { content: "The target is noted", trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) div[name='target_ids'] .o_data_row" },
        { content: "Save", trigger: ".o_form_button_save:enabled", run: "click" },
        { trigger: ".o_form_saved" },
        { content: "What it moves", trigger: "button[name='action_preview']", run: "click" },
        { content: "One line per target", trigger: ".modal div[name='line_ids'] .o_data_row" },
        { content: "Apply", trigger: ".modal button[name='action_apply']", run: "click" },
        {
            content: "It asks",
            trigger: ".modal:not(:has(div[name='line_ids'])) .modal-footer .btn-primary",
            run: "click",
        },
        { content: "It is being applied", trigger: "body:not(:has(.modal))" },
    ],
});

addTour("cs_sla_correction_tour", {
    steps: () => [
        { content: "Correct a date", trigger: ".o_cs_sla_button:has(.fa-pencil)", run: "click" },
        ...choose(".modal", "code", 4),
        {
            content: "The date is filled in",
            trigger: ".modal div[name='moment']:has(input:value(/./), button:contains(/./))",
        },
        { trigger: ".modal div[name='reason'] input", run: "edit By phone" },
        { trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "Done", trigger: "body:not(:has(.modal)) .o_cs_sla_panel" },
    ],
});

addTour("cs_sla_report_tour", {
    steps: () => [
        { content: "The share kept by month", trigger: ".o_graph_view canvas" },
        { content: "As a table", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "In percent", trigger: ".o_pivot_view td:contains('%')" },
        { content: "As a list", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "Row by row", trigger: ".o_data_row" },
    ],
});
