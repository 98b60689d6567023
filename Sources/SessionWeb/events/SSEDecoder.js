/**
 * Server-sent events out of text that was cut anywhere (WHATWG HTML, section 9.2.6). A line ends with CR LF, LF or CR; a CR
 * ends it at once, and an LF that comes after it, even in the next piece, belongs to it.
 */

/** Characters of one event at most. The service's have less than 200; something else is not it. */
const EVENT_MAX = 64 * 1024;

/** @typedef {{type: string, data: string}} SSEvent */

export class SSEDecoder {
    /**
     * What the stream last said about when to come back, in milliseconds.
     * @type {number | undefined}
     */
    retry;
    #rest = "";
    #endedByCR = false;
    #type = "";
    #data = "";

    /**
     * The events that this text completes.
     * @param {string} text
     * @returns {SSEvent[]}
     */
    push(text) {
        if (text === "") return [];
        if (this.#endedByCR && text[0] === "\n") text = text.slice(1);
        this.#endedByCR = text.endsWith("\r");
        const lines = (this.#rest + text).split(/\r\n|\n|\r/);
        this.#rest = lines.pop() ?? "";
        /** @type {SSEvent[]} */
        const events = [];
        for (const line of lines) {
            if (line !== "") {
                this.#field(line);
                continue;
            }
            if (this.#data !== "") events.push({ type: this.#type || "message", data: this.#data.slice(0, -1) });
            this.#type = "";
            this.#data = "";
        }
        if (this.#rest.length + this.#data.length > EVENT_MAX) throw new RangeError("An event is too long.");
        return events;
    }

    /** @param {string} line */
    #field(line) {
        const colon = line.indexOf(":");
        if (colon === 0) return; // a comment
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") this.#data += `${value}\n`;
        else if (name === "event") this.#type = value;
        else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    }
}
