import { onMounted, onWillStart, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { AnswerStore, makeKey } from "./answer_store";
import { CallPanel } from "./call_panel";
import { firstMissing, fitting, isGiven, toSend } from "./script_flow";
import { ScriptScreen } from "./script_screen";
import { VisitQuestion } from "./visit_question";

const MODEL = "cs.return.visit";
// How often what could not be sent is tried again, and how often an empty queue is looked into.
const RETRY = 5000;
const LOOK = 60000;
const TICK = 20000;

/** The call queue and the script screen (V-03): one customer after the other, all by keyboard. */
export class VisitCall extends ScriptScreen {
    static template = "customer_service_addon.VisitCall";
    static components = { VisitQuestion, CallPanel };
    static props = { ...standardActionServiceProps };
    static path = "cs-visit-call";
    static displayName = _t("Call Queue");

    setup() {
        // Not through useService: what is being sent when the screen is left still has to be cleared from the store.
        this.orm = this.env.services.orm.silent;
        this.root = useRef("root");
        this.owner = `${session.db || ""}/${user.userId}`;
        this.store = new AnswerStore(browser.localStorage, this.owner);
        this.skipped = [];
        this.state = useState({
            visit: false,
            counters: false,
            nextAt: false,
            skipped: 0,
            answers: {},
            note: "",
            focus: false,
            missing: false,
            panel: false,
            status: "loading",
            error: "",
            done: false,
            full: false,
            now: Date.now(),
        });
        useExternalListener(window, "keydown", (ev) => this.onKey(ev), { capture: true });
        useExternalListener(window, "online", () => this.again());
        const timers = [
            browser.setInterval(() => this.again(), RETRY),
            browser.setInterval(() => this.look(), LOOK),
            browser.setInterval(() => this.tick(), TICK),
        ];
        onWillStart(() => this.start());
        onMounted(() => this.focusScreen());
        onWillUnmount(() => {
            timers.forEach((timer) => browser.clearInterval(timer));
            browser.clearTimeout(this.digitTimer);
            this.leave();
        });
    }

    // ------------------------------------------------------------------
    // Customers
    // ------------------------------------------------------------------

    async start() {
        this.store.sweep();
        if (await this.sendLeft()) {
            await this.open(this.rememberedId());
        } else {
            this.lose(() => this.start());
        }
    }

    /** The visit the screen was opened with, or, after a reload, the one that was on it. */
    rememberedId() {
        const asked = this.props.action.context?.visit_id || 0;
        try {
            const kept = JSON.parse(browser.sessionStorage.getItem(`cs_visit_call/${this.owner}`));
            if (kept && (!asked || kept.asked === asked)) {
                return kept.id;
            }
        } catch {
            // What cannot be read is not remembered.
        }
        return asked;
    }

    remember(id) {
        const kept = JSON.stringify({ id, asked: this.props.action.context?.visit_id || 0 });
        browser.sessionStorage.setItem(`cs_visit_call/${this.owner}`, kept);
    }

    /** Show the visit `id`, or the next of the queue where there is none or it is not to be asked now. */
    async open(id) {
        if (id) {
            try {
                return this.show(await this.orm.call(MODEL, "call_start", [[id]]));
            } catch (error) {
                if (!(error instanceof RPCError)) {
                    return this.lose(() => this.open(id));
                }
                this.state.error = this.wordsOf(error);
            }
        }
        await this.next();
    }

    async next(method = "call_next", args = []) {
        this.state.status = "loading";
        this.remember(false);
        try {
            this.show(await this.orm.call(MODEL, method, args, { skipped: this.skipped }));
        } catch (error) {
            if (!(error instanceof RPCError)) {
                return this.lose(() => this.next(method, args));
            }
            Object.assign(this.state, { visit: false, status: "idle", error: this.wordsOf(error) });
        }
    }

    show({ visit, counters, next_at, skipped }) {
        const draft = visit ? this.store.load(visit.id) : { answers: {}, note: "" };
        const answers = visit ? fitting(visit.script.questions, draft.answers) : {};
        Object.assign(this.state, { visit, counters, skipped, answers, note: draft.note, nextAt: next_at });
        Object.assign(this.state, { panel: false, missing: false, status: "idle", full: false, now: Date.now() });
        this.repeat = null;
        this.state.focus = this.asked.find((question) => !isGiven(question, answers[question.id]))?.id || false;
        this.heldAt = Date.now();
        if (visit) {
            this.remember(visit.id);
        }
        this.root.el?.querySelector(".o_cs_visit_script")?.scrollTo(0, 0);
        this.focusScreen();
    }

    async skip() {
        const { visit } = this.state;
        this.state.done = false;
        await this.next("call_skip", [visit.id]);
        this.skipped.push(visit.id);
    }

    takeSkipped() {
        this.skipped = [];
        return this.next();
    }

    leave() {
        browser.sessionStorage.removeItem(`cs_visit_call/${this.owner}`);
        if (this.state.visit) {
            this.orm.call(MODEL, "call_release", [[this.state.visit.id]]).catch(() => {});
        }
    }

    // ------------------------------------------------------------------
    // Sending
    // ------------------------------------------------------------------

    get isLocked() {
        return this.state.status !== "idle";
    }

    /** Record what the customer said. What is missing is shown and nothing is sent. */
    save() {
        const { visit, answers, note } = this.state;
        const missing = firstMissing(visit.script.questions, answers);
        if (missing) {
            Object.assign(this.state, { missing: missing.id, error: _t("This question has to be answered.") });
            return this.focus(missing);
        }
        return this.send("save_answers", { answers: toSend(visit.script.questions, answers), note });
    }

    /** Log a try; where there are answers already it has to be confirmed. */
    tryInVain(result) {
        const { visit, answers, panel, note } = this.state;
        const isAnswered = this.asked.some((question) => isGiven(question, answers[question.id]));
        if (isAnswered && panel !== result && visit) {
            this.state.panel = result;
            return;
        }
        return this.send("log_try", { result, note });
    }

    later(moment) {
        const again = serializeDateTime(moment);
        return this.send("log_try", { result: "later", again_at: again, note: this.state.note });
    }

    decline(reason, forGood) {
        return this.send("log_declined", { reason, for_good: forGood });
    }

    async send(method, values) {
        if (this.isLocked) {
            return;
        }
        const { visit } = this.state;
        const pending = { method, values: { ...values, key: makeKey() } };
        this.store.change(visit.id, { pending, customer: visit.customer.name });
        Object.assign(this.state, { status: "saving", error: "", missing: false, done: false });
        const outcome = await this.deliver(visit.id);
        if (outcome === "lost") {
            this.lose(() => this.resend(visit.id));
        } else {
            await this.afterSending(outcome);
        }
    }

    async resend(visitId) {
        const outcome = await this.deliver(visitId);
        if (outcome === "lost") {
            return this.lose(() => this.resend(visitId));
        }
        await this.afterSending(outcome);
    }

    async afterSending(outcome) {
        if (!outcome) {
            Object.assign(this.state, { status: "idle", panel: false });
            return;
        }
        this.state.done = { ...outcome, customer: this.state.visit.customer.name };
        await this.next();
    }

    /** Send what waits of a visit; returns what came out, "lost" without connection, or false when it is refused. */
    async deliver(visitId) {
        const { pending, customer } = this.store.load(visitId);
        let outcome;
        try {
            outcome = await this.orm.call(MODEL, pending.method, [[visitId]], pending.values);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                return "lost";
            }
            this.store.change(visitId, { pending: false });
            this.state.error = `${customer}: ${this.wordsOf(error)}`;
            return false;
        }
        this.store.clear(visitId);
        return outcome;
    }

    /** Send what was left when the page was closed without a connection; returns whether there is one. */
    async sendLeft() {
        for (const visitId of this.store.pendingIds()) {
            const { customer } = this.store.load(visitId);
            const outcome = await this.deliver(visitId);
            if (outcome === "lost") {
                return false;
            }
            this.state.done = outcome && { ...outcome, customer };
        }
        return true;
    }

    /** There is no connection: `repeat` is tried until there is. */
    lose(repeat) {
        this.state.status = "waiting";
        this.repeat = repeat;
    }

    again() {
        const { repeat } = this;
        this.repeat = null;
        return repeat?.();
    }

    look() {
        if (!this.state.visit && this.state.status === "idle") {
            return this.next();
        }
    }

    /** The clock on the wall, and the visit is held while the talk goes on. */
    tick() {
        this.state.now = Date.now();
        const { visit } = this.state;
        if (visit && this.state.now - this.heldAt > (visit.hold_minutes * 60000) / 3) {
            this.heldAt = this.state.now;
            this.orm.call(MODEL, "call_hold", [[visit.id]]).catch(() => {});
        }
    }

    wordsOf(error) {
        return error.data?.message || error.message;
    }
}

registry.category("actions").add("cs_visit_call", VisitCall);
