/** On a narrow screen one part is shown at a time. On others these buttons are not there. */
import { byId, setAttribute } from "./dom.js";

export function showViews() {
    const workspace = byId("workspace");
    const buttons = [...workspace.querySelectorAll(".views button")].map((each) => /** @type {HTMLElement} */ (each));

    /** @param {string} view */
    const show = (view) => {
        workspace.dataset.view = view;
        for (const each of buttons) setAttribute(each, "aria-current", each.dataset.view === view && "true");
    };
    for (const each of buttons) each.addEventListener("click", () => show(each.dataset.view ?? "chat"));
    return { show };
}
