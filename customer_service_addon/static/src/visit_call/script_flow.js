import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/*
 * The way through a script: what is asked after what was answered, and what is sent. Questions are those of
 * `call_data`, answers `{question id: {answer, comment}}`. Choices are lists of ids, everything else is text.
 */

export const CHOICES = ["simple_choice", "multiple_choice"];
export const TEXTS = ["text_box", "char_box", "numerical_box", "date", "datetime"];

export function isGiven(question, given) {
    const answered = Boolean(given?.answer?.length);
    return answered || Boolean(question.comment_counts && given?.comment?.trim());
}

/** The questions that are asked, in order: those without a condition, and those of which one is met by an asked one. */
export function askedQuestions(questions, answers) {
    const asked = [];
    for (const question of questions) {
        const met = question.triggers.some(
            (trigger) =>
                asked.some(({ id }) => id === trigger.question) &&
                answers[trigger.question]?.answer?.includes(trigger.choice)
        );
        if (!question.triggers.length || met) {
            asked.push(question);
        }
    }
    return asked;
}

/** The first asked question that has to be answered and is not. */
export function firstMissing(questions, answers) {
    return askedQuestions(questions, answers).find(
        (question) => question.required && !isGiven(question, answers[question.id])
    );
}

/** What the customer is not satisfied with, as questions. */
export function unhappyQuestions(questions, answers) {
    return askedQuestions(questions, answers).filter((question) => {
        const chosen = answers[question.id]?.answer || [];
        return question.choices.some(({ id, score }) => score === "not" && chosen.includes(id));
    });
}

/** The answers as the server takes them: those of asked questions, moments in UTC. */
export function toSend(questions, answers) {
    const sent = {};
    for (const question of askedQuestions(questions, answers)) {
        const { answer, comment } = answers[question.id] || {};
        if (answer?.length || comment?.trim()) {
            const moment = question.type === "datetime" && answer;
            sent[question.id] = {
                answer: moment ? serializeDateTime(DateTime.fromISO(answer)) : answer?.length ? answer : null,
                comment: comment || "",
            };
        }
    }
    return sent;
}

/** What is left of a draft when the script has changed meanwhile. */
export function fitting(questions, answers) {
    const fit = {};
    for (const question of questions) {
        const given = answers[question.id];
        if (given) {
            const ids = question.choices.map(({ id }) => id);
            const isChoice = CHOICES.includes(question.type);
            const answer = isChoice ? (given.answer || []).filter((id) => ids.includes(id)) : given.answer;
            fit[question.id] = { ...given, answer };
        }
    }
    return fit;
}

/** The steps of a scale, from the lowest. */
export function stepsOf(question) {
    return Array.from({ length: question.max - question.min + 1 }, (_, place) => String(question.min + place));
}

/**
 * What the number key `digit` means for a question: `{answer, settled}`, or null for nothing. `settled` is false where
 * a second digit may follow (1, then 0 is ten) and for choices of which there may be several.
 */
export function answerByDigit(question, given, digit) {
    const chosen = given?.answer || [];
    if (CHOICES.includes(question.type)) {
        const choice = question.choices[Number(digit) - 1];
        if (!choice) {
            return null;
        }
        if (question.type === "simple_choice") {
            return { answer: [choice.id], settled: true };
        }
        const without = chosen.filter((id) => id !== choice.id);
        return { answer: without.length < chosen.length ? without : [...chosen, choice.id], settled: false };
    }
    if (question.type === "scale") {
        const steps = stepsOf(question);
        return steps.includes(digit) ? { answer: digit, settled: !(digit === "1" && steps.includes("10")) } : null;
    }
    return null;
}
