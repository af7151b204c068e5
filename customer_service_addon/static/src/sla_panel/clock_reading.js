import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/*
 * What a clock shows at a moment, worked out in the browser: the server said once how much was used and in which spans
 * more is used up. Moments are milliseconds, amounts of time seconds.
 */

const COLOURS = { late: "danger", risk: "warning", today: "info", ok: "success", met: "success", missed: "danger" };

function millis(text) {
    return text ? deserializeDateTime(text).toMillis() : false;
}

/** The moment `text` (UTC) in the reader's language and time zone. */
export function formatMoment(text) {
    return text ? toLocaleDateTimeString(deserializeDateTime(text)) : "";
}

/** An amount of time in two units at most; only time on the wall has days, since working days differ in length. */
export function formatSpan(seconds, withDays) {
    const minutes = Math.round(Math.abs(seconds) / 60);
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60), minutes % 60];
    if (withDays && days) {
        return hours % 24 ? _t("%(days)s d %(hours)s h", { days, hours: hours % 24 }) : _t("%(days)s d", { days });
    }
    if (hours) {
        return rest ? _t("%(hours)s h %(minutes)s min", { hours, minutes: rest }) : _t("%(hours)s h", { hours });
    }
    return _t("%(minutes)s min", { minutes: rest });
}

/** The seconds of its time that `clock` has used at `now`. */
export function usedAt(clock, now) {
    const spent = clock.spans.map(([start, end]) => Math.max(Math.min(now, millis(end)) - millis(start), 0));
    return clock.used_s + spent.reduce((sum, part) => sum + part, 0) / 1000;
}

/** The situation of `clock` at `now`: it becomes risky and late while one looks at it. */
export function situationAt(clock, now) {
    if (clock.run !== "running" || !clock.deadline) {
        return clock.situation;
    }
    if (millis(clock.deadline) < now) {
        return "late";
    }
    return clock.risk_at && millis(clock.risk_at) <= now ? "risk" : clock.situation;
}

/** What the panel shows of `clock` at `now`, with the `labels` of situations. */
export function readClock(clock, now, labels) {
    const used = usedAt(clock, now);
    const left = clock.budget_s - used;
    const situation = situationAt(clock, now);
    const percent = clock.budget_s ? Math.round(Math.min((100 * used) / clock.budget_s, 100)) : 0;
    const colour = COLOURS[clock.run === "ended" ? clock.outcome : situation];
    return {
        ...clock,
        situation,
        percent,
        used,
        left,
        label: labels[situation],
        colour: colour || "secondary",
        bar: colour || "dark opacity-50",
        ended: clock.run === "ended",
        wall: clock.deadline ? (millis(clock.deadline) - now) / 1000 : false,
        leftText: leftText(clock, left),
        dueText: dueText(clock, now),
    };
}

function leftText(clock, left) {
    const span = formatSpan(left, !clock.working);
    if (clock.blocker) {
        return clock.blocker;
    }
    if (clock.run === "waiting") {
        return clock.source ? _t("Begins with “%s”", clock.source) : "";
    }
    if (clock.run === "paused" && left <= 0) {
        return _t("Missed before it was put on hold");
    }
    if (left < 0) {
        return clock.working ? _t("%s of working time over", span) : _t("%s over", span);
    }
    if (clock.run === "paused") {
        return clock.working ? _t("%s of working time left then", span) : _t("%s left then", span);
    }
    return clock.working ? _t("%s of working time left", span) : _t("%s left", span);
}

function dueText(clock, now) {
    if (!clock.deadline) {
        return clock.run === "paused" ? _t("Stands still while on hold") : "";
    }
    const seconds = (millis(clock.deadline) - now) / 1000;
    const [moment, span] = [formatMoment(clock.deadline), formatSpan(seconds, true)];
    return seconds < 0
        ? _t("due %(moment)s, %(span)s ago", { moment, span })
        : _t("due %(moment)s, in %(span)s", { moment, span });
}

/** One line about a clock that has ended. */
export function endText(clock) {
    const moment = formatMoment(clock.reached_at);
    if (clock.outcome === "missed") {
        const span = formatSpan(clock.overrun_s, !clock.working);
        return clock.working
            ? _t("%(moment)s, %(span)s of working time late", { moment, span })
            : _t("%(moment)s, %(span)s late", { moment, span });
    }
    return moment || clock.outcome_label;
}
