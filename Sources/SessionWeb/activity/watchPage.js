/**
 * What happens to the page: whether it is looked at, left, and used. Without a document (workers, node) it counts as looked
 * at, and nothing happens to it.
 */

/**
 * What a person does, and no script: `wheel` and `touchmove` stand for scrolling, since a chat that scrolls itself to its
 * newest message fires `scroll` too; a scroll bar is dragged by a pointer, and keys are keys.
 */
const INTERACTIONS = ["pointerdown", "keydown", "wheel", "touchmove", "focus"];

export function isVisible() {
    return globalThis.document?.visibilityState !== "hidden";
}

/**
 * @param {object} listeners
 * @param {() => void} listeners.used by a person, while it is visible
 * @param {() => void} listeners.left it is hidden or being closed, and may not run again
 * @param {() => void} listeners.seen it is visible again
 * @param {() => void} listeners.online the browser has a network again
 * @returns {() => void} ends it
 */
export function watchPage({ used, left, seen, online }) {
    if (!globalThis.document || !globalThis.window) return () => undefined;
    const ended = new AbortController();
    const { signal } = ended;
    const use = (/** @type {Event} */ event) => {
        // `focus` of an element may be a script's doing; the window's is a person's.
        if (event.isTrusted && isVisible() && (event.type !== "focus" || event.target === window)) used();
    };
    for (const type of INTERACTIONS) window.addEventListener(type, use, { signal, capture: true, passive: true });
    document.addEventListener("visibilitychange", () => (isVisible() ? seen() : left()), { signal });
    window.addEventListener("pagehide", left, { signal });
    window.addEventListener("pageshow", (event) => { if (event.persisted) seen(); }, { signal });
    window.addEventListener("online", online, { signal });
    return () => ended.abort();
}
