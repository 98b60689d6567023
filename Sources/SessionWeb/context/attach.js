/** A context with a login: the ten lines that every page would write. */
import { SessionApiClient } from "../client/SessionApiClient.js";
import { isFailed } from "../outbox/results.js";
import { SessionContext } from "./SessionContext.js";

/** @param {import("../index.js").AttachOptions} options */
export function attach({ onLogin, onLogout, ...options }) {
    const client = new SessionApiClient(options);
    const context = new SessionContext({ ...options, client });
    /** Counts logins and logouts. */
    let turn = 0;
    let loggedIn = false;
    /** @type {string | null} */
    let user = null;
    let unsent = 0;

    context.subscribe((state) => {
        const wasThere = user !== null;
        user = state.userId;
        if (user !== null) unsent = state.unsent + state.results.filter(isFailed).length;
        // Not by `logout` below: another tab has ended it.
        if (!loggedIn || !wasThere || user !== null) return;
        turn += 1;
        loggedIn = false;
        onLogout?.({ unsent, elsewhere: true });
    });

    return {
        context,
        client,
        async login() {
            const mine = (turn += 1);
            // Also where the first attempt fails, and a later one works.
            loggedIn = true;
            const session = await context.recoverSession();
            if (mine === turn) onLogin?.(session);
            return session;
        },
        /** @param {{complete?: boolean, timeout?: number, discard?: boolean}} how */
        async logout({ complete = true, ...how } = {}) {
            turn += 1;
            loggedIn = false;
            const left = await context.leave({ complete, ...how });
            onLogout?.({ ...left, elsewhere: false });
            return left;
        },
    };
}
