import { registry } from "@web/core/registry";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

/** Milestones stand as "model/code" in one list for all models: offer those of the record's model only. */
export class MilestoneField extends SelectionField {
    get options() {
        const { data, evalContext } = this.props.record;
        const model = data.model || evalContext.parent?.model;
        return super.options.filter(([value]) => value.startsWith(`${model}/`) || value === data[this.props.name]);
    }
}

registry.category("fields").add("cs_milestone", {
    ...selectionField,
    component: MilestoneField,
    supportedTypes: ["selection"],
});
