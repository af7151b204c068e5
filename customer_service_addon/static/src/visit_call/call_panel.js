import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/**
 * What is asked before a try is logged: when to call again ("later"), why the customer declines ("declined"), or
 * whether answers that are there already do not count ("no_answer", "busy", "wrong").
 */
export class CallPanel extends Component {
    static template = "customer_service_addon.CallPanel";
    static props = {
        kind: String,
        customer: Object,
        isLocked: Boolean,
        onLater: Function,
        onDecline: Function,
        onConfirm: Function,
        onClose: Function,
    };

    setup() {
        this.root = useRef("root");
        this.state = useState({ moment: "", reason: "", forGood: false });
        onMounted(() => this.root.el.querySelector(".o_cs_visit_first")?.focus());
    }

    /** Moments that are one key away. */
    get moments() {
        const { offset, call_from } = this.props.customer;
        const now = DateTime.local().startOf("minute");
        const there = DateTime.utc().plus({ minutes: offset }).startOf("day");
        const tomorrow = there.plus({ days: 1, minutes: Math.round(call_from * 60) - offset }).toLocal();
        return [
            { label: _t("In 1 hour"), moment: now.plus({ hours: 1 }) },
            { label: _t("In 3 hours"), moment: now.plus({ hours: 3 }) },
            { label: _t("Tomorrow morning"), moment: tomorrow },
        ];
    }

    get chosen() {
        const moment = DateTime.fromISO(this.state.moment);
        return moment.isValid && moment > DateTime.local() ? moment : null;
    }

    momentText(moment) {
        return toLocaleDateTimeString(moment);
    }

    /** The same moment on the customer's clock, where that differs from ours. */
    thereText(moment) {
        const { offset } = this.props.customer;
        const there = moment.toUTC().plus({ minutes: offset }).toFormat("HH:mm");
        return moment.offset === offset ? "" : _t("%s there", there);
    }

    onKeydown(ev) {
        const place = this.props.kind === "later" && !ev.target.matches("input") ? Number(ev.key) : 0;
        if (this.moments[place - 1]) {
            ev.preventDefault();
            this.props.onLater(this.moments[place - 1].moment);
        }
    }

    submit() {
        if (this.props.kind === "later") {
            return this.chosen && this.props.onLater(this.chosen);
        }
        return this.props.onDecline(this.state.reason, this.state.forGood);
    }
}
