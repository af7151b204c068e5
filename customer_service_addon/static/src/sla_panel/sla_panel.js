import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { ViewButton } from "@web/views/view_button/view_button";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { endText, formatMoment, formatSpan, readClock } from "./clock_reading";

const TICK = 60000;

/**
 * The deadlines of a record: what is due when, how much time is left, what happened so far.
 *
 * The server is asked when the record is loaded, never to count on: a clock knows when it uses up its time.
 */
export class SlaPanel extends Component {
    static template = "customer_service_addon.SlaPanel";
    static components = { ViewButton };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ panel: false, now: 0, open: false, events: {} });
        this.formatMoment = formatMoment;
        this.endText = endText;
        useRecordObserver((record) => this.load(record));
        onMounted(() => (this.timer = browser.setInterval(() => this.tick(), TICK)));
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    /** Ask the server, whenever `record` has new data. A panel that cannot be had leaves the form usable. */
    async load(record) {
        const { data, resId, resModel } = record;
        if (!resId || !data) {
            this.state.panel = false;
            return;
        }
        try {
            const panel = await this.keepLast.add(this.orm.call(resModel, "sla_panel", [[resId]]));
            // Browsers' clocks go wrong; the server's counts.
            this.skew = panel ? deserializeDateTime(panel.now).toMillis() - Date.now() : 0;
            this.state.panel = panel;
            this.tick();
        } catch (error) {
            this.state.panel = false;
            Promise.reject(error);
        }
    }

    tick() {
        this.state.now = Date.now() + this.skew;
    }

    get clocks() {
        const { panel, now } = this.state;
        return panel.clocks.map((clock) => readClock(clock, now, panel.labels));
    }

    get openClocks() {
        return this.clocks.filter((clock) => clock.current && !clock.ended);
    }

    get endedClocks() {
        return this.clocks.filter((clock) => clock.current && clock.ended);
    }

    /** Alarms that wait for somebody to take care. */
    get alarms() {
        return this.state.panel.clocks.flatMap((clock) =>
            clock.alarms
                .filter((alarm) => alarm.can_acknowledge || (alarm.error && clock.run !== "ended"))
                .map((alarm) => ({ ...alarm, clock: clock.name }))
        );
    }

    get policyText() {
        const { policy, version } = this.state.panel;
        return policy ? _t("%(policy)s, version %(version)s.", { policy, version }) : "";
    }

    /** Everything that happened to an alarm, after its name. */
    alarmText({ told, acknowledged_by, acknowledged_at }) {
        const moment = formatMoment(acknowledged_at);
        const parts = [told && _t("told %s", told)];
        parts.push(acknowledged_by && _t("acknowledged by %(name)s, %(moment)s", { name: acknowledged_by, moment }));
        return parts.filter(Boolean).join(" · ");
    }

    roundText(clock) {
        return clock.round > 1 || !clock.current ? _t("(round %s)", clock.round) : "";
    }

    usedText(clock) {
        return formatSpan(clock.used, !clock.working);
    }

    toggleEvents(clock) {
        this.state.events[clock.id] = !this.state.events[clock.id];
    }

    async acknowledge(alarm) {
        await this.orm.call("cs.sla.alarm", "action_acknowledge", [[alarm.id]]);
        await this.props.record.load();
    }
}

registry.category("view_widgets").add("cs_sla_panel", { component: SlaPanel });
