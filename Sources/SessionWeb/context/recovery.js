/**
 * Finds the session to continue: the stored one, else the active one, else a new one. Only the service's own "none" (200 and
 * `null`) creates. Every failure is thrown: a new session made because of one would hide the good one.
 */
import { NotFoundError } from "../client/errors.js";
import { copyOf, copyOfNew } from "./copy.js";

/**
 * @param {object} options
 * @param {import("../index.js").SessionApiClient} options.client
 * @param {string | null} options.stored
 * @param {number} options.messages
 * @param {number} options.retries of each request
 * @param {AbortSignal} options.signal
 * @param {() => Promise<{user_session: import("../index.js").Session}>} options.create
 */
export async function recover({ client, stored, messages, retries, signal, create }) {
    if (stored !== null) {
        try {
            const whole = await client.getSession(stored, { messages, retries, signal });
            // An abandoned one is its person's as before; the first activity makes it active again.
            if (whole.status === "active" || whole.status === "abandoned") return copyOf(whole);
        } catch (error) {
            if (!(error instanceof NotFoundError)) throw error;
        }
    }
    const active = await client.getActiveSession({ retries, signal });
    return active === null ? copyOfNew(await create()) : copyOf(active);
}
