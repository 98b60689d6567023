/**
 * Follows a session for as long as its signal lets it: by events, and where they can't be had by asking.
 *
 *   connect ──► events … ──► the stream ends, breaks or is silent ──► pause ──► connect
 *      │                      `end` "deleted", or asking says 404: it is gone
 *      └ refused, no route, no place free, or nothing came: ask once ──► pause ──► connect
 *
 * The first event of each connection says where the session is, so whatever was missed in between is seen. Browsers open six
 * connections to a server that speaks HTTP/1.1, for all tabs together; streams take three at most, or tabs with different
 * sessions would leave none to requests. A tab without a place asks.
 */
import { NotFoundError, QuotaError, SessionError, UnavailableError } from "../client/errors.js";
import { backoff } from "../client/retries.js";
import { isVisible } from "../activity/watchPage.js";
import { inPlace } from "../tabs/locks.js";

const PLACES = 3;
/** Pauses after failed connections: from at most a second up to at most 30. */
const PAUSES = { base: 1_000, cap: 30_000 };
/** The pause after a stream that ended by itself, unless the service said otherwise. */
const RETRY_MS = 2_000;

/**
 * @typedef {object} FollowOptions
 * @property {import("../index.js").SessionApiClient} client
 * @property {string} id
 * @property {boolean} events false: only ask
 * @property {number} pollInterval
 * @property {string} placeName
 * @property {AbortSignal} signal
 * @property {(milliseconds: number, signal: AbortSignal) => Promise<void>} pause which somebody else may end early
 * @property {(event: import("../index.js").SessionEvent) => void} heard
 * @property {(whole: import("../index.js").WholeSession) => void} asked
 * @property {(live: boolean) => void} live
 * @property {(error: unknown) => void} failed
 * @property {() => void} gone
 */

/** @param {FollowOptions} options */
export async function follow({ client, id, events, pollInterval, placeName, signal, pause, heard, asked, live, failed, gone }) {
    /** Connections in a row that brought no event. */
    let failures = 0;
    let deleted = false;
    let retry = RETRY_MS;

    const listen = async () => {
        failures += 1;
        for await (const event of client.events(id, { signal })) {
            failures = 0;
            retry = event.retry ?? retry;
            if (event.type === "end") {
                deleted = event.data.reason === "deleted";
                return;
            }
            live(true);
            heard(event);
        }
    };

    /** Whether there was no need to ask, or an answer. */
    const ask = async () => {
        if (!isVisible()) return true;
        try {
            asked(await client.getSession(id, { messages: 0, touch: false, signal }));
            return true;
        } catch (error) {
            if (error instanceof NotFoundError) deleted = true;
            else if (!signal.aborted) failed(error);
            return deleted;
        }
    };

    while (!signal.aborted) {
        let wait = pollInterval;
        try {
            const connected = events && (await inPlace(placeName, PLACES, listen));
            // Something in between may hold events back: then nothing comes, and whoever asks is answered.
            if (!connected || failures > 0) await ask();
            if (connected) wait = failures > 0 ? backoff(failures - 1, null, PAUSES) : retry / 2 + (Math.random() * retry) / 2;
        } catch (error) {
            if (signal.aborted) return;
            // Without the route (an older service) it stays with asking; where the session itself is gone, asking says so.
            const refused = error instanceof NotFoundError || error instanceof UnavailableError || error instanceof QuotaError;
            const isAnswered = (refused || failures > 0) && (await ask());
            if (!refused && !isAnswered) failed(error);
            // Who was refused and answered instead has what there is, and need not come as often as somebody who has nothing.
            if (!refused || !isAnswered) {
                wait = backoff(Math.max(0, failures - 1), error instanceof SessionError ? error.retryAfter : null, PAUSES);
            }
        }
        if (signal.aborted) return;
        live(false);
        if (deleted) return gone();
        await pause(wait, signal).catch(() => undefined);
    }
}
