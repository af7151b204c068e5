/*
 * What a caller has clicked and typed, kept in the browser per database, user and visit until the server has confirmed
 * it: a reload or a dead connection loses nothing. What is to be sent waits in the draft with its key; the server
 * keeps what arrives twice only once.
 */

const PREFIX = "cs_visit";
// Drafts of visits that somebody else finished are swept away after so many days.
const KEPT_DAYS = 30;
const DAY = 86400000;
let counter = 0;

export function makeKey() {
    counter += 1;
    return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}-${counter}`;
}

function emptyDraft() {
    return { answers: {}, note: "", pending: false, customer: "", at: 0 };
}

export class AnswerStore {
    /**
     * @param {Storage} storage such as localStorage
     * @param {string} owner database and user, so that nobody sends what somebody else typed
     */
    constructor(storage, owner) {
        this.storage = storage;
        this.prefix = `${PREFIX}/${owner}/`;
        this.memory = {};
    }

    /** The draft of a visit. A draft that cannot be read is none. */
    load(visitId) {
        if (!this.memory[visitId]) {
            let draft = emptyDraft();
            try {
                draft = { ...draft, ...JSON.parse(this.storage.getItem(this.prefix + visitId) || "{}") };
            } catch {
                this.clear(visitId);
            }
            this.memory[visitId] = draft;
        }
        return this.memory[visitId];
    }

    /** Change the draft; returns false when the browser has no room for it (it is then kept until the page is left). */
    change(visitId, values) {
        Object.assign(this.load(visitId), values, { at: Date.now() });
        try {
            this.storage.setItem(this.prefix + visitId, JSON.stringify(this.memory[visitId]));
            return true;
        } catch {
            return false;
        }
    }

    /** Keep `answer` and `comment`, or one of them, of a question. */
    answer(visitId, questionId, values) {
        const { answers } = this.load(visitId);
        return this.change(visitId, {
            answers: { ...answers, [questionId]: { ...answers[questionId], ...values } },
        });
    }

    /** Forget the draft: the server has it. */
    clear(visitId) {
        delete this.memory[visitId];
        this.storage.removeItem(this.prefix + visitId);
    }

    /** The ids of the visits of which something is still to be sent. */
    pendingIds() {
        return this.ids().filter((visitId) => this.load(visitId).pending);
    }

    ids() {
        const keys = Array.from({ length: this.storage.length }, (_, place) => this.storage.key(place));
        const own = keys.filter((key) => key?.startsWith(this.prefix));
        return own.map((key) => Number(key.slice(this.prefix.length))).filter(Boolean);
    }

    /** Forget drafts that nobody has touched for a month and that wait for nothing. */
    sweep(now = Date.now()) {
        for (const visitId of this.ids()) {
            const { at, pending } = this.load(visitId);
            if (!pending && now - at > KEPT_DAYS * DAY) {
                this.clear(visitId);
            }
        }
    }
}
