import { describe, expect, getFixture, test } from "@odoo/hoot";
import { meaningOf } from "@customer_service_addon/visit_call/call_keys";

/** The meaning of a key pressed on an element of the page. */
function press(html, key, values = {}) {
    const fixture = getFixture();
    fixture.innerHTML = html;
    const target = fixture.querySelector("[data-target]") || fixture;
    return meaningOf({ key, target, code: "", ...values });
}

describe.current.tags("headless");

test("letters and figures on the screen", () => {
    expect(press("<div/>", "N")).toEqual({ letter: "n" });
    expect(press("<div/>", "4")).toEqual({ digit: "4" });
    expect(press("<div/>", "ArrowUp")).toEqual({ move: -1 });
    expect(press("<div/>", "Enter")).toEqual({ save: true });
    expect(press("<div/>", "F5")).toBe(null);
});

test("with another keyboard the place of the key counts", () => {
    expect(press("<div/>", "т", { code: "KeyN" })).toEqual({ letter: "n" });
    expect(press("<div/>", "Process", { code: "Digit2" })).toEqual({ digit: "2" });
});

test("keys are letters while somebody types", () => {
    expect(press("<input data-target='1'/>", "n")).toBe(null);
    expect(press("<textarea data-target='1'/>", "Enter")).toBe(null);
    expect(press("<input data-target='1'/>", "Enter")).toEqual({ next: true });
    expect(press("<textarea data-target='1'/>", "Enter", { ctrlKey: true })).toEqual({ save: true });
    expect(press("<textarea data-target='1'/>", "Escape")).toEqual({ leave: true });
});

test("Enter presses a button and saves on a choice", () => {
    expect(press("<button data-target='1'/>", "Enter")).toBe(null);
    expect(press("<button role='radio' data-target='1'/>", "Enter")).toEqual({ save: true });
});

test("shortcuts of the browser and dialogs are left alone", () => {
    expect(press("<div/>", "s", { ctrlKey: true })).toBe(null);
    expect(press("<div/>", "n", { altKey: true })).toBe(null);
    expect(press("<div/>", "n", { repeat: true })).toBe(null);
    expect(press("<div/>", "n", { isComposing: true })).toBe(null);
    expect(press("<div class='modal'/>", "n")).toBe(null);
});
