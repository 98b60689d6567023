/** What is being written, and sending it. The draft is session metadata (kept.js). */
import { byId, complain } from "./dom.js";
import { showKept } from "./kept.js";
import { sentence } from "./words.js";

/**
 * @param {import("../index.js").SessionContext} context
 * @param {{sent: (message: import("../index.js").ShownMessage) => void}} options
 */
export function showComposer(context, { sent }) {
    const text = byId("text", HTMLTextAreaElement);
    const send = byId("send", HTMLButtonElement);
    const draft = showKept(context, text, "draft");

    const submit = async () => {
        const content = text.value;
        if (content.trim() === "" || context.state.currentSession === null) return;
        try {
            // In this order: whatever happens in between, the text is in one or the other.
            const added = context.addMessage(content);
            draft.write("");
            sent(await added);
            complain("");
        } catch (error) {
            writeAgain(content);
            complain(sentence(error));
        }
    };

    /**
     * Puts a text into the field, before what is there.
     * @param {string} given
     */
    const writeAgain = (given) => {
        draft.write(text.value === "" ? given : `${given}\n${text.value}`);
        text.focus();
    };

    text.addEventListener("keydown", (event) => {
        // While an input method composes, Enter chooses a word.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        void submit();
    });
    byId("composer").addEventListener("submit", (event) => {
        event.preventDefault();
        void submit();
        text.focus();
    });
    context.subscribe(({ currentSession }) => { send.disabled = currentSession === null; });

    return { focus: () => text.focus(), write: writeAgain };
}
