/** A context with a login: the ten lines that every page would write. */
import { SessionApiClient } from "../client/SessionApiClient.js";
import { isFailed } from "../outbox/results.js";
import { SessionContext } from "./SessionContext.js";

/** @param {import("../index.js").AttachOptions} options */
export function attach({ onLogin, onLogout, ...options }) {
    const client = new SessionApiClient(options);
    const context = new SessionContext({ ...options, client });
    let loggedIn = false;
    let unsent = 0;

    context.subscribe((state) => {
        if (state.userId !== null) unsent = state.unsent + state.results.filter(isFailed).length;
        // Not by `logout` below: another tab has ended it.
        if (!loggedIn || state.userId !== null) return;
        loggedIn = false;
        onLogout?.({ unsent, elsewhere: true });
    });

    return {
        context,
        client,
        async login() {
            const session = await context.recoverSession();
            loggedIn = context.state.userId !== null;
            onLogin?.(session);
            return session;
        },
        /** @param {{complete?: boolean, timeout?: number, discard?: boolean}} how */
        async logout({ complete = true, ...how } = {}) {
            loggedIn = false;
            const left = await context.leave({ complete, ...how });
            onLogout?.({ ...left, elsewhere: false });
            return left;
        },
    };
}
