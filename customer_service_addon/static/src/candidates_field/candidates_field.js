import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The people known under a phone number, mail address or object: one click makes one the customer. */
export class CandidatesField extends Component {
    static template = "customer_service_addon.CandidatesField";
    static props = { ...standardFieldProps };

    get candidates() {
        return this.props.record.data[this.props.name].records.map((partner) => ({
            id: partner.resId,
            display_name: partner.data.display_name,
        }));
    }

    choose(partner) {
        return this.props.record.update({ partner_id: partner });
    }
}

registry.category("fields").add("cs_candidates", {
    component: CandidatesField,
    supportedTypes: ["many2many"],
    relatedFields: [{ name: "display_name", type: "char" }],
});
