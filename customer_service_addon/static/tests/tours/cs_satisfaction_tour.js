import { addTour, openMenu, save } from "./cs_tour_steps";

/*
 * The page with pictures: narrow it down, click a bar for the answers behind it, and tell the department (S-02, S-03).
 */

const PAGE = ".o_cs_satisfaction";

/** Click the middle of the first bar of a picture, as a mouse does. */
function clickFirstBar(canvas) {
    const chart = window.Chart.getChart(canvas);
    const { x, y, base } = chart.getDatasetMeta(0).data[0].getProps(["x", "y", "base"]);
    const { left, top } = canvas.getBoundingClientRect();
    const point = { bubbles: true, clientX: left + (x + base) / 2, clientY: top + y };
    canvas.dispatchEvent(new MouseEvent("click", point));
}

addTour("cs_satisfaction_tour", {
    steps: () => [
        ...openMenu("menu_cs_visit", "menu_cs_satisfaction_visit"),
        { content: "The index of the month", trigger: `${PAGE} [data-card='index']:contains('50.0 %')` },
        { content: "with its denominator", trigger: `${PAGE} [data-card='index']:contains('4')` },
        { content: "Earlier nothing was said", trigger: `${PAGE} .o_cs_period_before`, run: "click" },
        { content: "Nothing there", trigger: `${PAGE} .o_cs_satisfaction_empty` },
        { content: "Look at the whole year", trigger: `${PAGE} button[data-period='year']`, run: "click" },
        { content: "It is there again", trigger: `${PAGE} [data-card='index']:contains('50.0 %')` },
        {
            content: "Click the bar of the department that is worst",
            trigger: `${PAGE} .o_cs_chart_departments`,
            run: ({ anchor }) => clickFirstBar(anchor),
        },
        {
            content: "Its answers",
            trigger: ".o_list_view .o_data_row:contains('How satisfied are you with the work?')",
        },
        { content: "Back to the page", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click" },
        { content: "What customers are not satisfied with", trigger: `${PAGE} .o_cs_worst button:first`, run: "click" },
        { content: "The answers", trigger: ".o_list_view .o_data_row:contains('Still dripping')" },
        { content: "Back to the page", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click" },
        { content: "Tell the department", trigger: `${PAGE} .o_cs_send:first`, run: "click" },
        { content: "Say what is asked", trigger: "div[name='remark'] textarea", run: "edit Train the crew" },
        ...save(),
        { content: "Its figures are there", trigger: "div[name='figures']:contains('Still dripping')" },
        { content: "Send", trigger: "button[name='action_send']", run: "click" },
        { content: "It is sent", trigger: ".o_form_view:not(:has(button[name='action_send']))" },
    ],
});

// Nothing to show yet: the page says what will stand there.
addTour("cs_satisfaction_empty_tour", {
    steps: () => [
        ...openMenu("menu_cs_visit", "menu_cs_satisfaction_visit"),
        { content: "Nobody was asked", trigger: `${PAGE} .o_cs_satisfaction_empty` },
    ],
});
