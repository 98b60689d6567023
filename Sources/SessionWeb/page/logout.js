/** Logging out: with the session completed, or left as it is. */
import { byId, setText } from "./dom.js";
import { counted } from "./words.js";

/**
 * @param {import("../index.js").SessionContext} context
 * @param {{logout: (options: {complete: boolean}) => Promise<unknown>}} options
 */
export function showLogout(context, { logout }) {
    const dialog = byId("logout-dialog", HTMLDialogElement);
    const button = byId("logout", HTMLButtonElement);

    button.addEventListener("click", () => {
        const { unsent } = context.state;
        byId("logout-unsent").hidden = unsent === 0;
        setText(byId("logout-unsent"), `${counted(unsent, "change")} not sent yet. What can’t be sent now stays in this browser, for your next login.`);
        dialog.returnValue = "";
        dialog.showModal();
    });
    dialog.addEventListener("cancel", () => { dialog.returnValue = ""; });
    dialog.addEventListener("close", async () => {
        const { returnValue: answer } = dialog;
        if (answer !== "complete" && answer !== "leave") return;
        button.disabled = true;
        setText(button, "Logging out …");
        await logout({ complete: answer === "complete" });
        setText(button, "Log out");
        button.disabled = false;
    });
}
