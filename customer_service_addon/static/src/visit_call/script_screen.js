import { Component } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { meaningOf } from "./call_keys";
import { answerByDigit, askedQuestions, isGiven, TEXTS } from "./script_flow";

// So long a second digit is waited for: 1, then 0 is ten.
const SECOND_DIGIT = 700;
const LETTERS = { n: "no_answer", b: "busy", w: "wrong" };

/**
 * The answers and keys of the call screen. `state`, `store`, `root` and the steps that go to the server (`save`, `skip`,
 * `tryInVain`) belong to the screen itself, which extends it.
 */
export class ScriptScreen extends Component {
    // ------------------------------------------------------------------
    // Answers
    // ------------------------------------------------------------------

    get asked() {
        return this.state.visit ? askedQuestions(this.state.visit.script.questions, this.state.answers) : [];
    }

    get answered() {
        return this.asked.filter((question) => isGiven(question, this.state.answers[question.id])).length;
    }

    answer(question, values, isSettled) {
        const { answers, visit } = this.state;
        answers[question.id] = { ...answers[question.id], ...values };
        this.state.full = !this.store.answer(visit.id, question.id, values);
        Object.assign(this.state, { missing: false, error: "" });
        if (isSettled) {
            this.moveOn(question);
        }
    }

    typeNote(note) {
        this.state.note = note;
        this.state.full = !this.store.change(this.state.visit.id, { note });
    }

    focus(question, isTyped = false) {
        this.state.focus = question.id;
        browser.setTimeout(() => {
            const card = this.root.el?.querySelector(`.o_cs_visit_question[data-id='${question.id}']`);
            card?.scrollIntoView({ block: "nearest", behavior: "smooth" });
            if (isTyped && TEXTS.includes(question.type)) {
                card?.querySelector(".o_cs_visit_text")?.focus();
            } else if (isTyped) {
                this.focusScreen();
            }
        });
    }

    moveOn(question, step = 1, isTyped = false) {
        const { asked } = this;
        const following = asked[asked.findIndex(({ id }) => id === question.id) + step];
        if (following) {
            this.focus(following, isTyped);
        }
    }

    focusScreen() {
        this.root.el?.focus({ preventScroll: true });
    }

    // ------------------------------------------------------------------
    // Keys
    // ------------------------------------------------------------------

    onKey(ev) {
        const meaning = this.state.visit && meaningOf(ev);
        if (!meaning || !this.obey(meaning, ev)) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    /** Do what a key means; returns whether it was for the screen. */
    obey(meaning, ev) {
        if (meaning.leave) {
            Object.assign(this.state, { panel: false });
            this.focusScreen();
            return true;
        }
        if (this.isLocked || (!meaning.letter && ev.target.closest?.(".o_cs_visit_panel"))) {
            return false;
        }
        const current = this.asked.find(({ id }) => id === this.state.focus);
        if (meaning.save) {
            this.save();
        } else if (meaning.letter) {
            return this.press(meaning.letter);
        } else if (current && meaning.digit) {
            this.pressDigit(current, meaning.digit);
        } else if (current) {
            this.moveOn(current, meaning.move || 1, true);
        }
        return true;
    }

    press(letter) {
        if (LETTERS[letter]) {
            this.tryInVain(LETTERS[letter]);
        } else if (letter === "s") {
            this.skip();
        } else if (letter === "l" || letter === "d") {
            this.openPanel(letter === "l" ? "later" : "declined");
        } else {
            return false;
        }
        return true;
    }

    openPanel(panel) {
        this.state.panel = this.state.panel === panel ? false : panel;
    }

    pressDigit(question, digit) {
        const given = this.state.answers[question.id];
        const isTen = this.digitTimer && digit === "0" && question.type === "scale" && given?.answer === "1";
        const meant = isTen ? { answer: "10", settled: true } : answerByDigit(question, given, digit);
        browser.clearTimeout(this.digitTimer);
        this.digitTimer = null;
        if (!meant) {
            return;
        }
        this.answer(question, { answer: meant.answer });
        if (meant.settled) {
            this.moveOn(question, 1, true);
        } else if (question.type === "scale") {
            this.digitTimer = browser.setTimeout(() => {
                this.digitTimer = null;
                this.moveOn(question, 1, true);
            }, SECOND_DIGIT);
        }
    }

    // ------------------------------------------------------------------
    // Words
    // ------------------------------------------------------------------

    get buttons() {
        return [
            { key: "n", name: "no_answer", label: _t("Nobody Answers") },
            { key: "b", name: "busy", label: _t("Busy") },
            { key: "l", name: "later", label: _t("Later") },
            { key: "w", name: "wrong", label: _t("Wrong Number") },
            { key: "d", name: "declined", label: _t("Declined") },
            { key: "s", name: "skip", label: _t("Skip") },
        ];
    }

    get doneClass() {
        return this.state.done.cases.length ? "alert-warning" : "alert-success";
    }

    joined(parts, mark) {
        return parts.filter(Boolean).join(mark);
    }

    momentText(text) {
        return text ? toLocaleDateTimeString(deserializeDateTime(text)) : "";
    }

    /** What time it is where the customer lives. */
    get localTime() {
        const { offset } = this.state.visit.customer;
        return luxon.DateTime.fromMillis(this.state.now, { zone: "utc" }).plus({ minutes: offset }).toFormat("HH:mm");
    }

    get progress() {
        const { asked, due } = this.state.counters;
        return Math.round((100 * asked) / Math.max(asked + due, 1));
    }

    doneCase(record) {
        return record.department
            ? _t("%(number)s is opened for %(department)s.", record)
            : _t("%(number)s is opened.", record);
    }
}
