/**
 * A text field whose text is a key of the session's metadata: recorded with every key pressed, sent a little later, and shown
 * wherever the session is open. Two tabs that write into different fields never overwrite each other.
 */

/** Who has typed within this time is not disturbed by what another device types into the same field. */
const TYPING_MS = 2_000;

/**
 * @param {import("../index.js").SessionContext} context
 * @param {HTMLTextAreaElement} field
 * @param {string} key
 */
export function showKept(context, field, key) {
    /**
     * The session whose text is in the field.
     * @type {string | undefined}
     */
    let session;
    /**
     * The kept text that was in the field last. What couldn't be recorded since stays in the field.
     * @type {string | undefined}
     */
    let seen;
    let typedAt = -Infinity;
    /** Recordings that are not done: until then the state may be older than the field. */
    let recording = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    const keptText = () => {
        const text = context.getSessionMetadata(key);
        // Another application may keep something else there.
        return typeof text === "string" ? text : "";
    };

    const follow = () => {
        const { currentSession } = context.state;
        const other = currentSession?.id !== session;
        session = currentSession?.id;
        field.disabled = currentSession === null;
        field.readOnly = currentSession?.status === "completed" || currentSession?.status === "archived";
        if (other) typedAt = -Infinity;
        else if (recording > 0) return;
        const kept = keptText();
        const wait = typedAt + TYPING_MS - performance.now();
        clearTimeout(timer);
        if (kept !== field.value) {
            if (!other && kept === seen) return;
            if (wait > 0) {
                timer = setTimeout(follow, wait);
                return;
            }
            field.value = kept;
        }
        seen = kept;
    };

    /**
     * Writes a text into the field, and keeps it.
     * @param {string} text
     */
    const write = (text) => {
        field.value = text;
        recording += 1;
        // It never rejects: what doesn't work is in the state.
        void context.setSessionMetadata(key, text === "" ? null : text).finally(() => {
            recording -= 1;
            // What was typed behind it may not have been recorded.
            if (keptText() === text) seen = text;
            follow();
        });
    };

    field.addEventListener("input", () => {
        typedAt = performance.now();
        write(field.value);
    });
    context.subscribe(follow);
    follow();
    return { write };
}
