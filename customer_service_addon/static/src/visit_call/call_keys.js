/*
 * Which key of the call screen was pressed. Keys never fire while somebody types, in a dialog or with a modifier, and
 * work with every keyboard: where a key gives no Latin letter, its place on the keyboard counts.
 */

const FIELDS = "input, textarea, select, [contenteditable='true']";
const ELSEWHERE = ".modal, .o_command_palette, .o-dropdown--menu, .o_popover";
const CHOICE = "[role='radio'], [role='checkbox']";

export function isTyping(target) {
    return Boolean(target.closest?.(FIELDS));
}

function letterOf(ev) {
    if (/^[\x20-\x7e]$/.test(ev.key)) {
        return ev.key.toLowerCase();
    }
    return /^(Key|Digit|Numpad)\w$/.test(ev.code || "") ? ev.code.at(-1).toLowerCase() : ev.key;
}

/**
 * The meaning of a key event: `{save: true}`, `{leave: true}`, `{next: true}` (Enter in a line of text), `{digit}`,
 * `{letter}`, `{move: 1 or -1}`, or null when the key is not for the screen.
 */
export function meaningOf(ev) {
    if (ev.repeat || ev.isComposing || ev.altKey || document.querySelector(ELSEWHERE)) {
        return null;
    }
    if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
        return { save: true };
    }
    if (ev.ctrlKey || ev.metaKey) {
        return null;
    }
    if (ev.key === "Escape") {
        return { leave: true };
    }
    if (isTyping(ev.target)) {
        return ev.key === "Enter" && ev.target.matches("input") ? { next: true } : null;
    }
    if (ev.key === "Enter") {
        // On any other button Enter presses it; a choice is taken with the space bar.
        return ev.target.closest?.("button, a") && !ev.target.closest(CHOICE) ? null : { save: true };
    }
    if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
        return { move: ev.key === "ArrowDown" ? 1 : -1 };
    }
    const letter = letterOf(ev);
    if (/^\d$/.test(letter)) {
        return { digit: letter };
    }
    return /^[a-z]$/.test(letter) && !ev.shiftKey ? { letter } : null;
}
