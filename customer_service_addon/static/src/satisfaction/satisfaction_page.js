import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { departmentChart, itemChart, optimismChart, percent, trendChart } from "./satisfaction_charts";

const CHARTS = ["departments", "trend", "items", "optimism"];

/**
 * Satisfaction with pictures: the index against the goal, its trend, items, causes, response and desk optimism.
 *
 * One question to the server per choice; it counts what the reader may see.
 */
export class SatisfactionPage extends Component {
    static template = "customer_service_addon.SatisfactionPage";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Satisfaction");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.percent = percent;
        this.charts = {};
        this.canvas = Object.fromEntries(CHARTS.map((name) => [name, useRef(name)]));
        const filters = { period: "month", date_from: false, date_to: false };
        Object.assign(filters, { department_id: 0, team_id: 0, purpose_id: 0, class_id: 0 });
        this.state = useState({ filters: this.props.state?.filters || filters, figures: false });
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
        useEffect(
            () => this.draw(),
            () => [this.state.figures]
        );
        onWillUnmount(() => this.erase());
    }

    // ------------------------------------------------------------------
    // What is looked at
    // ------------------------------------------------------------------

    async load() {
        const figures = await this.keepLast.add(
            this.orm.call("cs.satisfaction.report", "page_figures", [], { filters: { ...this.state.filters } })
        );
        this.state.figures = figures;
    }

    choose(name, value) {
        this.state.filters[name] = name.endsWith("_id") ? Number(value) : value;
        return this.load();
    }

    choosePeriod(period) {
        const { date_from, date_to } = this.state.figures.period;
        Object.assign(this.state.filters, { period, date_from, date_to });
        return this.load();
    }

    /** Look at the period before (-1) or after (1). */
    move(direction) {
        const { before, after } = this.state.figures.period;
        return this.choose("date_from", direction < 0 ? before : after);
    }

    get periods() {
        return [
            ["month", _t("Month")],
            ["quarter", _t("Quarter")],
            ["year", _t("Year")],
            ["custom", _t("From – To")],
        ];
    }

    get selects() {
        const labels = {
            department_id: _t("All Departments"),
            team_id: _t("All Teams"),
            purpose_id: _t("All Purposes"),
            class_id: _t("All Classes"),
        };
        const { options } = this.state.figures;
        return Object.entries(labels)
            .filter(([name]) => options[name].length)
            .map(([name, label]) => ({ name, label, options: options[name], value: this.state.filters[name] }));
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get isEmpty() {
        const { now, trend } = this.state.figures;
        return !now.collected && !now.asked && !now.nps_collected && !trend.some((row) => row.collected);
    }

    get cards() {
        const { now, former, goal, cases } = this.state.figures;
        const reached = now.rate !== null && now.rate >= goal;
        return [
            {
                key: "index",
                title: _t("Index of Satisfaction"),
                value: percent(now.rate),
                colour: now.rate === null ? "muted" : reached ? "success" : "danger",
                change: this.change(now.rate, former.rate),
                note: this.satisfiedText(now),
                extra: this.goalText(now, goal),
            },
            {
                key: "forms",
                title: _t("Forms Collected"),
                value: now.forms,
                change: former.forms ? this.change(now.forms, former.forms, 0) : false,
                note: _t("n = %s answers", now.collected),
                extra: _t("%(na)s not applicable, %(none)s no answer", {
                    na: now.not_applicable,
                    none: now.no_answer,
                }),
            },
            {
                key: "response",
                title: _t("Response Rate"),
                value: percent(now.response),
                change: this.change(now.response, former.response),
                note: _t("%(reached)s reached, n = %(asked)s visits due", now),
                extra: now.links_sent ? _t("%(links_answered)s of %(links_sent)s questionnaires answered", now) : "",
            },
            {
                key: "nps",
                title: _t("NPS"),
                value: now.nps === null ? "–" : now.nps.toFixed(0),
                change: this.change(now.nps, former.nps, 0),
                note: `n = ${now.nps_collected}`,
                extra: now.ces_collected
                    ? _t("CES %(ces)s (n = %(n)s)", { ces: now.ces.toFixed(1), n: now.ces_collected })
                    : "",
            },
            {
                key: "cases",
                title: _t("Not Satisfied"),
                value: now.not_count,
                colour: now.not_count ? "danger" : "success",
                note: `n = ${now.collected}`,
                extra: cases.domain ? _t("Unfinished cases of it: %s", cases.count) : "",
                open: cases.count ? () => this.openCases() : false,
            },
        ];
    }

    change(now, former, digits = 1) {
        if (now === null || former === null) {
            return false;
        }
        const difference = Number((now - former).toFixed(digits));
        const mark = difference > 0 ? "▲" : difference < 0 ? "▼" : "＝";
        return {
            text: `${mark} ${Math.abs(difference).toFixed(digits)}`,
            colour: difference > 0 ? "success" : difference < 0 ? "danger" : "muted",
        };
    }

    satisfiedText({ satisfied, collected }) {
        return _t("%(satisfied)s at least basically satisfied, n = %(collected)s", { satisfied, collected });
    }

    goalText(now, goal) {
        const text = _t("Goal %s", percent(goal));
        return now.rate !== null && now.rate >= goal ? _t("%s – reached: commendation", text) : text;
    }

    get worst() {
        return this.state.figures.items.filter((item) => item.not_count);
    }

    /** Departments of which something was answered both ways, and all of them together. */
    get both() {
        const { departments, now } = this.state.figures;
        const rows = departments.filter((row) => row.both_collected);
        return rows.length > 1 ? [{ ...now, id: 0, name: _t("All Departments"), all: true }, ...rows] : rows;
    }

    gapText({ both_staff_rate, both_own_rate }) {
        const gap = both_staff_rate - both_own_rate;
        return _t("gap %s", `${gap > 0 ? "+" : ""}${gap.toFixed(1)}`);
    }

    // ------------------------------------------------------------------
    // Pictures
    // ------------------------------------------------------------------

    draw() {
        this.erase();
        const { departments, trend, goal, items } = this.state.figures;
        const text = {
            index: _t("Index of Satisfaction"),
            goal: _t("Goal"),
            marks: [_t("Very Satisfied"), _t("Fairly Satisfied"), _t("Basically Satisfied"), _t("Not Satisfied")],
            recorded: _t("Recorded in the Talk"),
            own: _t("Given by the Customer"),
            gap: (row) => this.gapText(row),
        };
        const rated = departments.filter((row) => row.rate !== null);
        const configs = {
            departments: () => departmentChart(rated, (place) => this.openDepartment(rated[place])),
            trend: () => trendChart(trend, goal, text, (place) => this.openMonth(trend[place])),
            items: () => itemChart(items, text, (place, mark) => this.openItem(items[place], mark)),
            optimism: () => optimismChart(this.both, text, (place) => this.openBoth(this.both[place])),
        };
        for (const [name, config] of Object.entries(configs)) {
            const canvas = this.canvas[name].el;
            if (canvas) {
                this.charts[name] = new window.Chart(canvas, config());
            }
        }
    }

    erase() {
        Object.values(this.charts).forEach((chart) => chart.destroy());
        this.charts = {};
    }

    /** The height a picture with `count` bars needs, in pixels. */
    height(count, each) {
        return `height: ${Math.max(count * each + 90, 220)}px`;
    }

    // ------------------------------------------------------------------
    // What is behind a figure
    // ------------------------------------------------------------------

    openAnswers(title, extra, domain = this.state.figures.domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: title,
            res_model: "cs.satisfaction.report",
            views: [
                [false, "list"],
                [false, "pivot"],
                [false, "graph"],
                [false, "form"],
            ],
            domain: [...domain, ...extra],
        });
    }

    openDepartment(row) {
        const domain = [
            ["department_id", "=", row.id],
            ["collected", "=", 1],
        ];
        return this.openAnswers(row.name, domain);
    }

    openMonth(row) {
        const kept = this.state.figures.domain.filter(([name]) => !name.startsWith("answered_"));
        const domain = [
            ["answered_on", ">=", row.date_from],
            ["answered_on", "<=", row.date_to],
            ["collected", "=", 1],
        ];
        return this.openAnswers(row.label, domain, kept);
    }

    openItem(item, mark) {
        const score = ["very", "fairly", "basically", "not"][mark];
        const domain = [
            ["item", "=", item.item],
            ["collected", "=", 1],
            ["score", "=", score],
        ];
        return this.openAnswers(item.name, domain);
    }

    openBoth(row) {
        const domain = [["both_collected", "=", 1]];
        return this.openAnswers(row.name, row.all ? domain : [...domain, ["department_id", "=", row.id]]);
    }

    openCases() {
        return this.openList(_t("Not Satisfied"), "cs.case", this.state.figures.cases.domain);
    }

    openCause(cause) {
        const ids = cause.domain[0][2];
        const domain = [
            ["case_id", "in", ids],
            ["cause_id", "=", cause.id],
        ];
        return this.openList(cause.name, "cs.complaint", domain);
    }

    openList(name, model, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    openVisits(purpose) {
        const { date_from, date_to } = this.state.figures.period;
        const domain = [
            ["purpose_id", "=", purpose.id],
            ["due_on", ">=", date_from],
            ["due_on", "<=", date_to],
            ["asked", "=", 1],
        ];
        return this.openList(purpose.name, "cs.visit.report", domain);
    }

    openFigures() {
        return this.action.doAction("customer_service_addon.cs_satisfaction_report_action");
    }

    /** Draw up the liaison note to a department, with its figures of the period (S-03). */
    sendTo(row) {
        const { date_from, date_to } = this.state.figures.period;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Liaison Note"),
            res_model: "cs.liaison.note",
            views: [[false, "form"]],
            context: {
                default_department_id: row.id,
                default_date_from: date_from,
                default_date_to: date_to,
            },
        });
    }
}

registry.category("actions").add("cs_satisfaction_page", SatisfactionPage);
