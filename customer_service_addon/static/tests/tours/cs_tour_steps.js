import { stepUtils } from "@web_tour/tour_utils";

// Steps that several tours share. Only selectors, no texts: the same tours run in English and in Chinese.

export const OPTION = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):not(:has(.fa-spin)) a";

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
    ];
}

/** Wait until the browser has received a printed form; the page says nothing about it. */
export async function printed() {
    while (!performance.getEntriesByType("resource").some(({ name }) => name.includes("/report/download"))) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
