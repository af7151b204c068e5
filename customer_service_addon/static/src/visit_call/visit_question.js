import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { CHOICES, stepsOf } from "./script_flow";

const INPUTS = { char_box: "text", numerical_box: "text", date: "date", datetime: "datetime-local" };

/** One question of a script with its answer; what is clicked and typed goes to `onAnswer(question, {answer, comment})`. */
export class VisitQuestion extends Component {
    static template = "customer_service_addon.VisitQuestion";
    static props = {
        question: Object,
        given: { type: Object, optional: true },
        number: Number,
        isCurrent: Boolean,
        isLocked: Boolean,
        isMissing: Boolean,
        onAnswer: Function,
        onFocus: Function,
    };

    get isChoice() {
        return CHOICES.includes(this.props.question.type);
    }

    get isSingle() {
        return this.props.question.type === "simple_choice";
    }

    get steps() {
        return stepsOf(this.props.question);
    }

    get inputType() {
        return INPUTS[this.props.question.type];
    }

    get defaultComment() {
        return _t("What he says about it");
    }

    get words() {
        return this.props.question.wording || this.props.question.title;
    }

    get isUnhappy() {
        return this.props.question.choices.some((choice) => choice.score === "not" && this.isChosen(choice));
    }

    isChosen(choice) {
        return Boolean(this.props.given?.answer?.includes(choice.id));
    }

    choose(choice) {
        const chosen = this.props.given?.answer || [];
        const others = this.isSingle ? [] : chosen.filter((id) => id !== choice.id);
        // Clicked again it is taken back.
        const answer = this.isChosen(choice) ? others : [...others, choice.id];
        this.props.onAnswer(this.props.question, { answer }, this.isSingle && answer.length > 0);
    }

    rate(step) {
        const answer = this.props.given?.answer === step ? "" : step;
        this.props.onAnswer(this.props.question, { answer }, Boolean(answer));
    }

    type(field, value) {
        this.props.onAnswer(this.props.question, { [field]: value }, false);
    }
}
