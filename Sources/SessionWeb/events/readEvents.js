/**
 * One connection's events. Read by `fetch`, since an EventSource can't send a token.
 *
 * The service sends a comment every 15 s, so silence means that the connection is dead: of a laptop that slept, or that has
 * another network now, nobody else would tell.
 */
import { NetworkError, TimeoutError } from "../client/errors.js";
import { linked } from "../client/linked.js";
import { SSEDecoder } from "./SSEDecoder.js";

/** Three comments missed. */
const SILENCE_MS = 45_000;

/**
 * @param {import("../client/Transport.js").Transport} transport @param {string} path
 * @param {{signal?: AbortSignal, silence?: number}} options
 * @returns {AsyncGenerator<import("../index.js").SessionEvent, void>}
 */
export async function* readEvents(transport, path, { signal, silence = SILENCE_MS } = {}) {
    const { controller, release } = linked(signal);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(() => controller.abort(new TimeoutError({ title: `No event within ${silence} ms.` })), silence);
    };
    try {
        heard();
        const url = transport.url({ method: "GET", path });
        const response = await transport.send(url, { headers: { Accept: "text/event-stream" } }, controller.signal);
        if (!response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
            throw new NetworkError({ title: "Something other than the service answered." });
        }
        const reader = response.body.getReader();
        const text = new TextDecoder();
        const decoder = new SSEDecoder();
        while (true) {
            const { done, value } = await reader.read();
            if (done) return;
            heard();
            for (const { type, data } of decoder.push(text.decode(value, { stream: true }))) {
                const parsed = object(data);
                if (parsed) yield { type, data: parsed, retry: decoder.retry };
            }
        }
    } catch (cause) {
        if (controller.signal.aborted) throw controller.signal.reason;
        if (cause instanceof TypeError) throw new NetworkError({ title: "The connection broke." }, { cause });
        throw cause;
    } finally {
        clearTimeout(timer);
        release();
        controller.abort(); // whoever stops reading in the midst closes the connection
    }
}

/**
 * Null: not an object; it is none of the service's events.
 * @param {string} data
 */
function object(data) {
    try {
        const value = JSON.parse(data);
        return typeof value === "object" && value !== null ? value : null;
    } catch {
        return null;
    }
}
