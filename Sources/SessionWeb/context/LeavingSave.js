/**
 * When a page is hidden or closed it may not run again: what is unsaved goes out in one request that survives it. Where that
 * fails, it is in the outbox all the same.
 */
import { isLate } from "../outbox/deliver.js";
import { equal, patchBetween } from "./mergePatch.js";

export class LeavingSave {
    /**
     * Being hidden and being closed come right after each other: the second finds it under way.
     * @type {Record<string, any> | undefined}
     */
    #underWay;

    /**
     * @param {import("./Desk.js").Desk} desk
     * @param {import("./SessionView.js").SessionView} view
     * @param {Record<string, any>} metadata as it is shown
     */
    async save(desk, view, metadata) {
        desk.lastSeen.write();
        const patch = patchBetween(view.copy.session.session_metadata, metadata);
        if (patch === undefined || equal(patch, this.#underWay)) return;
        const unsaved = desk.outbox.operations.filter(({ kind, sessionId }) => kind === "metadata" && sessionId === view.id);
        this.#underWay = patch;
        try {
            // Others may have changed it since: the outbox looks first.
            if (unsaved.some(isLate)) return await desk.outbox.hurry();
            // Nothing is waited for before it: the page has only this turn. Who comes back meanwhile may take it back.
            desk.outbox.seal();
            await desk.saved(unsaved, await desk.client.autoSaveSession(view.id, patch));
        } catch {
            await desk.outbox.hurry().catch(() => undefined);
        } finally {
            this.#underWay = undefined;
        }
    }
}
