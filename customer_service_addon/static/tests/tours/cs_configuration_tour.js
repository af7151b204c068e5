import { stepUtils } from "@web_tour/tour_utils";
import { addTour } from "./cs_tour_steps";

// A manager without any other right arranges the register. Selectors only, so that it runs in any language.
addTour("cs_configuration_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Customer Service",
            trigger: ".o_app[data-menu-xmlid='customer_service_addon.menu_cs_root']",
            run: "click",
        },
        {
            content: "Open the configuration",
            trigger: "[data-menu-xmlid='customer_service_addon.menu_cs_configuration']",
            run: "click",
        },
        {
            content: "Open the settings",
            trigger: ".dropdown-item[data-menu-xmlid='customer_service_addon.menu_cs_settings']",
            run: "click",
        },
        {
            content: "Choose a prefix for case numbers",
            trigger: ".modal div[name='number_prefix'] input",
            run: "edit KF-",
        },
        {
            content: "Save the settings",
            trigger: ".modal button[name='action_save']",
            run: "click",
        },
        {
            content: "Go on with the stages",
            trigger: "body:not(:has(.modal)) [data-menu-xmlid='customer_service_addon.menu_cs_configuration']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='customer_service_addon.menu_cs_case_stage']",
            run: "click",
        },
        {
            content: "Add a stage",
            trigger: ".o_list_view .o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_form_view div[name='name'] input",
            run: "edit Waiting for Parts",
        },
        {
            content: "It means waiting",
            trigger: ".o_form_view div[name='meaning'] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_menu .o_select_menu_item:nth-of-type(3)",
            run: "click",
        },
        {
            content: "Save the stage",
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "The stage is saved",
            trigger: ".o_form_saved",
        },
    ],
});
