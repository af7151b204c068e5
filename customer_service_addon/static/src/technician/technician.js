import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { DraftStore } from "./draft_store";

// How often what could not be sent is tried again, and how long one may type before it is sent.
const RETRY = 15000;
const PAUSE = 1500;
// The longer side of a photo in pixels; larger ones are made smaller before they are sent.
const PHOTO_SIZE = 1600;
const PHOTO_QUALITY = 0.8;

/** Read a picture and make it small enough to be sent; resolves to base64. */
async function readPhoto(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, PHOTO_SIZE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(Math.round(bitmap.width * scale), 1);
    canvas.height = Math.max(Math.round(bitmap.height * scale), 1);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", PHOTO_QUALITY).split(",")[1];
}

export class Technician extends Component {
    static template = "customer_service_addon.Technician";
    static props = { ...standardActionServiceProps };
    static path = "cs-technician";
    static displayName = _t("Repairs on the Phone");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.store = new DraftStore(browser.localStorage, `${session.db || ""}/${user.userId}`);
        this.state = useState({ orders: [], openId: false, sent: {}, drafts: {}, busy: false, now: Date.now() });
        this.typing = {};
        onWillStart(() => this.load());
        const again = () => this.sendAll();
        browser.addEventListener("online", again);
        const retry = browser.setInterval(again, RETRY);
        const tick = browser.setInterval(() => (this.state.now = Date.now()), 30000);
        onWillUnmount(() => {
            browser.removeEventListener("online", again);
            browser.clearInterval(retry);
            browser.clearInterval(tick);
            Object.values(this.typing).forEach((timer) => browser.clearTimeout(timer));
        });
    }

    async load() {
        this.state.orders = await this.orm.call("cs.rework", "phone_orders", []);
        for (const order of this.state.orders) {
            this.show(order.id);
        }
        const running = this.state.orders.find((order) => order.since);
        if (!this.state.openId && running) {
            this.state.openId = running.id;
        }
        this.sendAll();
    }

    get groups() {
        const today = this.state.orders.filter((order) => !order.later);
        const later = this.state.orders.filter((order) => order.later);
        return [
            { key: "today", title: _t("Today"), orders: today },
            { key: "later", title: _t("Later"), orders: later },
        ].filter((group) => group.orders.length);
    }

    /** Take over what the store holds of an order into what is shown. */
    show(orderId) {
        const draft = this.store.load(orderId);
        this.state.drafts[orderId] = {
            note: draft.note,
            name: draft.name,
            quantity: draft.quantity,
            photoName: draft.photoName,
            queue: draft.queue.map(({ key, kind, name, quantity, when }) => ({ key, kind, name, quantity, when })),
            refused: this.store.refused(orderId),
        };
        if (this.store.pending(orderId).length) {
            this.state.sent[orderId] = "waiting";
        }
    }

    noteOf(order) {
        const { note } = this.state.drafts[order.id];
        return note === false ? order.note : note;
    }

    whereText(order) {
        return [order.object, order.place, order.trades].filter(Boolean).join(" · ");
    }

    plannedText(order) {
        return order.planned ? formatDateTime(deserializeDateTime(order.planned), { showSeconds: false }) : "";
    }

    runningText(order) {
        const minutes = Math.max(Math.floor((this.state.now - deserializeDateTime(order.since).toMillis()) / 60000), 0);
        return _t("%(hours)s h %(minutes)s min", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
    }

    hoursText(order) {
        return order.hours.toFixed(2);
    }

    toggle(order) {
        this.state.openId = this.state.openId === order.id ? false : order.id;
    }

    // ------------------------------------------------------------------
    // Typing
    // ------------------------------------------------------------------

    type(order, field, value) {
        const kept = this.store.type(order.id, field, value);
        this.state.drafts[order.id][field] = value;
        if (!kept) {
            this.notification.add(_t("The browser has no room left: send before you leave the page."), {
                type: "warning",
            });
        }
        if (field === "note") {
            this.state.sent[order.id] = "waiting";
            browser.clearTimeout(this.typing[order.id]);
            this.typing[order.id] = browser.setTimeout(() => this.send(order.id), PAUSE);
        }
    }

    async addMaterial(order) {
        const { name, quantity } = this.state.drafts[order.id];
        if (!name.trim()) {
            return;
        }
        this.store.add(order.id, { kind: "material", name: name.trim(), quantity: quantity.trim() || "1" });
        this.store.type(order.id, "name", "");
        this.store.type(order.id, "quantity", "");
        await this.send(order.id);
    }

    async addPhoto(order, when, ev) {
        const files = [...ev.target.files];
        ev.target.value = "";
        for (const file of files) {
            try {
                const data = await readPhoto(file);
                const { photoName } = this.state.drafts[order.id];
                this.store.add(order.id, { kind: "photo", when, name: photoName, data });
            } catch {
                this.notification.add(_t("This is not a photo. Choose a picture."), { type: "warning" });
            }
        }
        this.store.type(order.id, "photoName", "");
        await this.send(order.id);
    }

    drop(order, key) {
        this.store.drop(order.id, key);
        this.show(order.id);
        this.state.sent[order.id] = this.store.pending(order.id).length ? "waiting" : "sent";
    }

    // ------------------------------------------------------------------
    // Sending
    // ------------------------------------------------------------------

    /** Send what was typed for an order; one sending at a time. */
    async send(orderId) {
        if (this.sending) {
            await this.sending;
        }
        this.show(orderId);
        if (!this.store.pending(orderId).length) {
            return;
        }
        this.state.sent[orderId] = "waiting";
        this.sending = this.store.flush(orderId, (entries) =>
            this.orm.silent.call("cs.rework", "phone_send", [[orderId], entries])
        );
        this.state.sent[orderId] = await this.sending;
        this.sending = null;
        if (this.state.sent[orderId] !== "waiting") {
            await this.refresh(orderId);
        }
        this.show(orderId);
    }

    async sendAll() {
        for (const order of this.state.orders) {
            if (this.store.pending(order.id).length) {
                await this.send(order.id);
            }
        }
    }

    async refresh(orderId) {
        try {
            const fresh = await this.orm.silent.call("cs.rework", "phone_order", [[orderId]]);
            const place = this.state.orders.findIndex((order) => order.id === orderId);
            this.state.orders[place] = fresh;
        } catch {
            // Without connection the order stays as it was shown last.
        }
    }

    // ------------------------------------------------------------------
    // Buttons
    // ------------------------------------------------------------------

    async press(order, method) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await this.send(order.id);
            await this.orm.call("cs.rework", method, [[order.id]]);
            await this.refresh(order.id);
        } finally {
            this.state.busy = false;
        }
    }

    async finish(order) {
        await this.send(order.id);
        if (this.store.pending(order.id).length) {
            this.notification.add(_t("Not everything is sent yet. Hand in when there is a connection."), {
                type: "warning",
            });
            return;
        }
        await this.press(order, "action_finish");
    }

    async sign(order) {
        await this.send(order.id);
        const action = await this.orm.call("cs.rework", "action_sign_completion", [[order.id]]);
        await this.action.doAction({ ...action, views: [[false, "form"]] }, { onClose: () => this.refresh(order.id) });
    }
}

registry.category("actions").add("customer_service_addon.technician", Technician);
