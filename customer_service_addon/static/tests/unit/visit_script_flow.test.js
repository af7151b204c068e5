import { describe, expect, test } from "@odoo/hoot";
import {
    answerByDigit,
    askedQuestions,
    firstMissing,
    fitting,
    isGiven,
    stepsOf,
    toSend,
    unhappyQuestions,
} from "@customer_service_addon/visit_call/script_flow";

function make(id, type, values = {}) {
    return { id, type, choices: [], triggers: [], required: false, comment_counts: false, min: 0, max: 10, ...values };
}

const CHOICES = [
    { id: 101, score: "very" },
    { id: 102, score: "not" },
];
const WORK = make(1, "simple_choice", { choices: CHOICES });
const WHY = make(2, "text_box", { triggers: [{ question: 1, choice: 102 }], required: true });
const WHO = make(3, "multiple_choice", {
    choices: [{ id: 301 }, { id: 302 }],
    triggers: [{ question: 1, choice: 102 }],
});
const DEEP = make(4, "char_box", { triggers: [{ question: 3, choice: 301 }] });
const NPS = make(5, "scale");
const SCRIPT = [WORK, WHY, WHO, DEEP, NPS];
const UNHAPPY = { 1: { answer: [102] }, 3: { answer: [301] } };

const ids = (questions) => questions.map(({ id }) => id);

describe.current.tags("headless");

test("only what follows from the answers is asked", () => {
    expect(ids(askedQuestions(SCRIPT, {}))).toEqual([1, 5]);
    expect(ids(askedQuestions(SCRIPT, UNHAPPY))).toEqual([1, 2, 3, 4, 5]);
    // The answer to a question that is not asked any more leads nowhere.
    expect(ids(askedQuestions(SCRIPT, { ...UNHAPPY, 1: { answer: [101] } }))).toEqual([1, 5]);
});

test("the first required question without an answer is found", () => {
    expect(firstMissing(SCRIPT, {})).toBe(undefined);
    expect(firstMissing(SCRIPT, UNHAPPY)).toBe(WHY);
    expect(firstMissing(SCRIPT, { ...UNHAPPY, 2: { answer: "Water" } })).toBe(undefined);
    const counts = make(6, "simple_choice", { required: true, comment_counts: true });
    expect(isGiven(counts, { comment: "  " })).toBe(false);
    expect(isGiven(counts, { comment: "Well" })).toBe(true);
});

test("answers to what is not asked are not sent, zero is", () => {
    expect(toSend(SCRIPT, { 1: { answer: [101] }, 2: { answer: "Water" }, 5: { answer: "0" } })).toEqual({
        1: { answer: [101], comment: "" },
        5: { answer: "0", comment: "" },
    });
    expect(toSend(SCRIPT, { 1: { answer: [], comment: "Hm" }, 5: { answer: "" } })).toEqual({
        1: { answer: null, comment: "Hm" },
    });
});

test("moments are sent in UTC", () => {
    const local = "2026-06-05T10:30";
    const { answer } = toSend([make(7, "datetime")], { 7: { answer: local } })[7];
    expect(answer).toBe(luxon.DateTime.fromISO(local).toUTC().toFormat("yyyy-MM-dd HH:mm:ss"));
});

test("what is not satisfied is known", () => {
    expect(ids(unhappyQuestions(SCRIPT, UNHAPPY))).toEqual([1]);
    expect(ids(unhappyQuestions(SCRIPT, { 1: { answer: [101] } }))).toEqual([]);
});

test("a draft of a changed script loses what is gone only", () => {
    expect(
        fitting([WORK, NPS], { 1: { answer: [999], comment: "Well" }, 2: { answer: "x" }, 5: { answer: "7" } })
    ).toEqual({
        1: { answer: [], comment: "Well" },
        5: { answer: "7" },
    });
});

test("number keys choose", () => {
    expect(answerByDigit(WORK, undefined, "2")).toEqual({ answer: [102], settled: true });
    expect(answerByDigit(WORK, undefined, "3")).toBe(null);
    expect(answerByDigit(WORK, undefined, "0")).toBe(null);
    expect(answerByDigit(WHO, { answer: [301] }, "2")).toEqual({ answer: [301, 302], settled: false });
    expect(answerByDigit(WHO, { answer: [301, 302] }, "1")).toEqual({ answer: [302], settled: false });
    expect(answerByDigit(WHY, undefined, "1")).toBe(null);
});

test("on a scale one may become ten", () => {
    expect(stepsOf(NPS)).toHaveLength(11);
    expect(answerByDigit(NPS, undefined, "1")).toEqual({ answer: "1", settled: false });
    expect(answerByDigit(NPS, undefined, "0")).toEqual({ answer: "0", settled: true });
    const short = make(8, "scale", { min: 1, max: 5 });
    expect(answerByDigit(short, undefined, "1")).toEqual({ answer: "1", settled: true });
    expect(answerByDigit(short, undefined, "6")).toBe(null);
});
