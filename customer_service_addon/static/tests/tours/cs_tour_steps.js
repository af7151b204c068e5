import { delay, queryFirst } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// Steps that several tours share. Only selectors, no texts: the same tours run in English and in Chinese.

// A loaded machine answers late; that is no failure.
const PATIENCE = 40000;
const PAUSE = 100;
const OPENS_WITHIN = 3000;
const ATTEMPTS = 6;

export const OPTION = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):not(:has(.fa-spin)) a";

/** Register a tour whose steps wait long enough for a loaded machine. */
export function addTour(name, tour) {
    const patient = (step) => ({ timeout: PATIENCE, ...step });
    registry.category("web_tour.tours").add(name, { ...tour, steps: () => tour.steps().map(patient) });
}

async function appears(selector) {
    for (let waited = 0; waited < OPENS_WITHIN; waited += PAUSE) {
        if (queryFirst(selector, { visible: true })) {
            return true;
        }
        await delay(PAUSE);
    }
    return false;
}

/** Look for a record by its name and take it; typed again when a late answer of the server closed the list. */
export function pick(scope, field, text) {
    const option = `${scope} div[name='${field}'] ${OPTION}:contains('${text}')`;
    return [
        {
            content: `Look for ${text}`,
            trigger: `${scope} div[name='${field}'] input`,
            timeout: PATIENCE,
            async run(helpers) {
                for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
                    await helpers.edit(text);
                    if (await appears(option)) {
                        return;
                    }
                }
            },
        },
        { content: `Take ${text}`, trigger: option, run: "click" },
    ];
}

export function openMenu(section, item) {
    const menu = (id) => `[data-menu-xmlid='customer_service_addon.${id}']`;
    return [
        stepUtils.showAppsMenuItem(),
        { content: "Open Customer Service", trigger: `.o_app${menu("menu_cs_root")}`, run: "click" },
        { content: "Open the section", trigger: `.o_menu_sections ${menu(section)}`, run: "click" },
        ...(item ? [{ content: "Open the list", trigger: `.dropdown-item${menu(item)}`, run: "click" }] : []),
    ];
}

export function chooseFirst(field, scope = ".o_form_view") {
    return [
        { content: `Open the choice of ${field}`, trigger: `${scope} div[name='${field}'] input`, run: "click" },
        { content: "Take the first one", trigger: `${scope} div[name='${field}'] ${OPTION}:first`, run: "click" },
        { content: "It is taken", trigger: `${scope} div[name='${field}'] input:value(/./)` },
    ];
}

export function save() {
    return [
        { content: "Save", trigger: ".o_form_button_save:enabled", run: "click" },
        { content: "It is saved", trigger: ".o_form_saved" },
    ];
}

export function inDialog(button, confirm) {
    return [
        { content: "Open the dialog", trigger: `.o_statusbar_buttons button[name='${button}']`, run: "click" },
        ...confirm,
        { content: "Confirm", trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "The dialog is gone", trigger: "body:not(:has(.modal))" },
    ];
}

/** Choose the value that stands at `place` (from 1) of a selection. */
export function choose(scope, field, place) {
    return [
        { content: `Open the choice of ${field}`, trigger: `${scope} div[name='${field}'] input`, run: "click" },
        { trigger: `.o_select_menu_menu .o_select_menu_item:nth-of-type(${place})`, run: "click" },
        { content: "It is taken", trigger: `body:not(:has(.o_select_menu_menu)) ${scope} div[name='${field}'] input` },
    ];
}

/** Wait until the browser has received a printed form; the page says nothing about it. */
export async function printed() {
    while (!performance.getEntriesByType("resource").some(({ name }) => name.includes("/report/download"))) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
