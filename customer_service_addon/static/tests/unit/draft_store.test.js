import { describe, expect, test } from "@odoo/hoot";
import { DraftStore } from "@customer_service_addon/technician/draft_store";

/** A storage like that of the browser; `room` false: it is full. */
function makeStorage(room = true) {
    const items = {};
    return {
        items,
        getItem: (key) => items[key] ?? null,
        setItem(key, value) {
            if (!room) {
                throw new Error("QuotaExceededError");
            }
            items[key] = value;
        },
        removeItem(key) {
            delete items[key];
        },
    };
}

const accepted = async (entries) => Object.fromEntries(entries.map((entry) => [entry.key, true]));
const lost = async () => {
    throw new Error("ConnectionLost");
};

describe.current.tags("headless");

test("what is typed is there again after a reload", () => {
    const storage = makeStorage();
    const store = new DraftStore(storage, "db/7");
    store.type(1, "note", "New pipe");
    store.type(1, "name", "Elbow");
    store.add(1, { kind: "material", name: "Tape", quantity: "2" });
    const again = new DraftStore(storage, "db/7");
    expect(again.load(1).note).toBe("New pipe");
    expect(again.load(1).name).toBe("Elbow");
    expect(again.pending(1).map((entry) => entry.kind)).toEqual(["material", "note"]);
    expect(new DraftStore(storage, "db/8").pending(1)).toEqual([]);
});

test("without connection everything stays and keeps its key", async () => {
    const store = new DraftStore(makeStorage(), "db/7");
    const key = store.add(1, { kind: "material", name: "Tape", quantity: "2" });
    expect(await store.flush(1, lost)).toBe("waiting");
    const sent = [];
    expect(await store.flush(1, (entries) => accepted(entries).finally(() => sent.push(...entries)))).toBe("sent");
    expect(sent.map((entry) => entry.key)).toEqual([key]);
    expect(store.pending(1)).toEqual([]);
});

test("what is typed while it is sent is not taken for sent", async () => {
    const store = new DraftStore(makeStorage(), "db/7");
    store.type(1, "note", "New");
    const result = await store.flush(1, async (entries) => {
        store.type(1, "note", "New pipe");
        return accepted(entries);
    });
    expect(result).toBe("waiting");
    expect(store.load(1).note).toBe("New pipe");
    expect(await store.flush(1, accepted)).toBe("sent");
    expect(store.load(1).note).toBe(false);
});

test("what the server refuses is shown with its reason and not sent for ever", async () => {
    const store = new DraftStore(makeStorage(), "db/7");
    const key = store.add(1, { kind: "material", name: "Tape", quantity: "many" });
    expect(await store.flush(1, async () => ({ [key]: "No quantity" }))).toBe("refused");
    expect(store.refused(1)).toEqual([{ key, reason: "No quantity" }]);
    expect(store.pending(1)).toEqual([]);
    store.drop(1, key);
    expect(store.refused(1)).toEqual([]);
});

test("nothing typed leaves nothing behind, a full or broken storage breaks nothing", async () => {
    const storage = makeStorage();
    const store = new DraftStore(storage, "db/7");
    store.type(1, "name", "Elbow");
    store.type(1, "name", "");
    expect(Object.keys(storage.items)).toEqual([]);
    storage.items["cs_repair/db/7/2"] = "{broken";
    expect(store.load(2).queue).toEqual([]);
    const full = new DraftStore(makeStorage(false), "db/7");
    expect(full.type(1, "note", "New pipe")).toBe(false);
    expect(full.pending(1).length).toBe(1);
});
