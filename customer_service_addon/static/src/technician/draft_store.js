/*
 * What a technician has typed, kept in the browser until the server has confirmed it: a reload or a dead spot loses
 * nothing. One draft per order: the text of the note, the material being typed, and a queue of entries to send. Each
 * entry has a key; the server keeps an entry that arrives twice only once.
 */

const PREFIX = "cs_repair";
let counter = 0;

function makeKey() {
    counter += 1;
    return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}-${counter}`;
}

function emptyDraft() {
    return { note: false, noteKey: false, name: "", quantity: "", photoName: "", queue: [], refused: {} };
}

export class DraftStore {
    /**
     * @param {Storage} storage such as localStorage
     * @param {string} owner database and user, so that nobody sends what somebody else typed
     */
    constructor(storage, owner) {
        this.storage = storage;
        this.owner = owner;
        this.memory = {};
    }

    keyOf(orderId) {
        return `${PREFIX}/${this.owner}/${orderId}`;
    }

    /** The draft of an order. A draft that cannot be read is none. */
    load(orderId) {
        if (this.memory[orderId]) {
            return this.memory[orderId];
        }
        let draft = emptyDraft();
        try {
            draft = { ...draft, ...JSON.parse(this.storage.getItem(this.keyOf(orderId)) || "{}") };
        } catch {
            this.storage.removeItem(this.keyOf(orderId));
        }
        this.memory[orderId] = draft;
        return draft;
    }

    /** Keep the draft; returns false when the browser has no room for it (it is then kept until the page is left). */
    save(orderId) {
        const draft = this.load(orderId);
        const typed = draft.note !== false || draft.name || draft.quantity || draft.photoName || draft.queue.length;
        try {
            if (typed) {
                this.storage.setItem(this.keyOf(orderId), JSON.stringify(draft));
            } else {
                this.storage.removeItem(this.keyOf(orderId));
            }
            return true;
        } catch {
            return false;
        }
    }

    /** Keep what is typed into `field`: "note", "name", "quantity" or "photoName". */
    type(orderId, field, value) {
        const draft = this.load(orderId);
        draft[field] = value;
        if (field === "note") {
            draft.noteKey = makeKey();
        }
        return this.save(orderId);
    }

    /** Put an entry into the queue; returns its key. */
    add(orderId, entry) {
        const key = makeKey();
        this.load(orderId).queue.push({ ...entry, key });
        this.save(orderId);
        return key;
    }

    /** Drop an entry the server refused. */
    drop(orderId, key) {
        const draft = this.load(orderId);
        draft.queue = draft.queue.filter((entry) => entry.key !== key);
        delete draft.refused[key];
        this.save(orderId);
    }

    /** The entries that are still to be sent, the note last. */
    pending(orderId) {
        const draft = this.load(orderId);
        const entries = draft.queue.filter((entry) => !draft.refused[entry.key]);
        if (draft.note !== false && !draft.refused[draft.noteKey]) {
            entries.push({ kind: "note", text: draft.note, key: draft.noteKey });
        }
        return entries;
    }

    /** What the server answered: `{key: true or what is wrong}`. What was typed meanwhile stays to be sent. */
    confirm(orderId, results) {
        const draft = this.load(orderId);
        draft.queue = draft.queue.filter((entry) => results[entry.key] !== true);
        if (draft.note !== false && results[draft.noteKey] === true) {
            draft.note = false;
        }
        for (const [key, result] of Object.entries(results)) {
            if (result !== true) {
                draft.refused[key] = result;
            }
        }
        this.save(orderId);
    }

    /** The entries the server refused, with the reason. */
    refused(orderId) {
        const draft = this.load(orderId);
        return Object.entries(draft.refused).map(([key, reason]) => ({ key, reason }));
    }

    /**
     * Send what is to be sent with `send(entries)`, which resolves to the server's answer.
     * Returns "sent", "refused" or "waiting" (no connection: everything stays).
     */
    async flush(orderId, send) {
        const entries = this.pending(orderId);
        if (entries.length) {
            let results;
            try {
                results = await send(entries);
            } catch {
                return "waiting";
            }
            this.confirm(orderId, results);
        }
        return this.refused(orderId).length ? "refused" : this.pending(orderId).length ? "waiting" : "sent";
    }
}
