import { describe, expect, test } from "@odoo/hoot";
import { AnswerStore, makeKey } from "@customer_service_addon/visit_call/answer_store";

/** A storage like that of the browser; `room` false: it is full. */
function makeStorage(room = true) {
    const items = new Map();
    return {
        get length() {
            return items.size;
        },
        key: (place) => [...items.keys()][place] ?? null,
        getItem: (key) => items.get(key) ?? null,
        setItem(key, value) {
            if (!room) {
                throw new Error("QuotaExceededError");
            }
            items.set(key, value);
        },
        removeItem: (key) => items.delete(key),
    };
}

describe.current.tags("headless");

test("each keystroke is there again after a reload, for its user only", () => {
    const storage = makeStorage();
    const store = new AnswerStore(storage, "db/7");
    store.answer(1, 11, { answer: [5] });
    store.answer(1, 11, { comment: "Too" });
    store.answer(1, 11, { comment: "Too late" });
    store.change(1, { note: "Hurry" });
    const again = new AnswerStore(storage, "db/7");
    expect(again.load(1).answers).toEqual({ 11: { answer: [5], comment: "Too late" } });
    expect(again.load(1).note).toBe("Hurry");
    expect(new AnswerStore(storage, "db/70").load(1).answers).toEqual({});
    expect(new AnswerStore(storage, "db/70").ids()).toEqual([]);
});

test("what is to be sent waits with its key until it is cleared", () => {
    const storage = makeStorage();
    const store = new AnswerStore(storage, "db/7");
    const key = makeKey();
    store.change(1, { pending: { method: "save_answers", values: { key } } });
    store.change(2, { note: "Nothing to send" });
    const again = new AnswerStore(storage, "db/7");
    expect(again.pendingIds()).toEqual([1]);
    expect(again.load(1).pending.values.key).toBe(key);
    again.clear(1);
    expect(new AnswerStore(storage, "db/7").ids()).toEqual([2]);
    expect(makeKey()).not.toBe(key);
});

test("a full browser says so and keeps the draft on the page", () => {
    const store = new AnswerStore(makeStorage(false), "db/7");
    expect(store.answer(1, 11, { answer: [5] })).toBe(false);
    expect(store.load(1).answers[11].answer).toEqual([5]);
});

test("a draft that cannot be read is none", () => {
    const storage = makeStorage();
    storage.setItem("cs_visit/db/7/1", "{");
    expect(new AnswerStore(storage, "db/7").load(1).answers).toEqual({});
});

test("old drafts are swept away, what waits to be sent is not", () => {
    const storage = makeStorage();
    const store = new AnswerStore(storage, "db/7");
    store.change(1, { note: "Old" });
    store.change(2, { note: "Old", pending: { method: "log_try", values: {} } });
    store.sweep(Date.now() + 29 * 86400000);
    expect(store.ids()).toEqual([1, 2]);
    store.sweep(Date.now() + 31 * 86400000);
    expect(store.ids()).toEqual([2]);
});
