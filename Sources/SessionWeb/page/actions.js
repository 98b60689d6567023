/** What can be done with the session: rename, complete, archive, resume, delete. */
import { byId, complain, setHidden, setText } from "./dom.js";
import { sentence, showStatus } from "./words.js";

/** @param {import("../index.js").SessionContext} context */
export function showActions(context) {
    const ended = byId("ended");

    /**
     * Why an action did not work; until another does.
     * @param {() => Promise<unknown>} action
     */
    const act = async (action) => {
        try {
            await action();
            complain("");
        } catch (error) {
            complain(sentence(error));
        }
    };
    byId("complete").addEventListener("click", () => void act(() => context.completeSession()));
    byId("archive").addEventListener("click", () => void act(() => context.archiveSession()));
    byId("resume").addEventListener("click", () => void act(() => context.resumeSession()));

    const name = byId("new-name", HTMLInputElement);
    const rename = dialog("rename", "rename-dialog", () => {
        const wanted = name.value.trim();
        if (wanted !== "" && wanted !== context.state.currentSession?.name) void act(() => context.updateSession({ name: wanted }));
    });
    byId("rename").addEventListener("click", () => {
        name.value = context.state.currentSession?.name ?? "";
        rename.showModal();
        name.select();
    });
    let doomed = "";
    const remove = dialog("delete", "delete-dialog", () => void act(() => context.deleteSession(doomed)));
    byId("delete").addEventListener("click", () => {
        doomed = context.state.currentSession?.id ?? "";
        if (doomed !== "") remove.showModal();
    });

    /** @type {string | undefined} */
    let shown;
    context.subscribe(({ currentSession }) => {
        const status = currentSession?.status;
        setText(byId("session-name"), currentSession?.name ?? "…");
        byId("session-actions").hidden = status === undefined;
        byId("session-status").hidden = status === undefined;
        if (currentSession?.id !== shown) complain("");
        shown = currentSession?.id;
        if (status === undefined) return;
        showStatus(byId("session-status"), status);
        const open = status === "active" || status === "abandoned";
        ended.hidden = open;
        byId("composer").hidden = !open;
        setText(ended, `This session is ${status}. Resume it to go on.`);
        setHidden(byId("complete"), !open);
        setHidden(byId("archive"), status === "archived");
        setHidden(byId("resume"), open);
    });
}

/**
 * A dialog whose submit button bears the value `done`.
 * @param {string} done
 * @param {string} id
 * @param {() => void} act
 */
function dialog(done, id, act) {
    const found = byId(id, HTMLDialogElement);
    found.addEventListener("close", () => { if (found.returnValue === done) act(); });
    // A dialog keeps its last answer; Escape must not give it again.
    found.addEventListener("cancel", () => { found.returnValue = ""; });
    return { showModal() { found.returnValue = ""; found.showModal(); } };
}
