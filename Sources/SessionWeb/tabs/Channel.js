/**
 * What the tabs of one browser tell each other. Its name holds the user, so that nobody hears of another's. Where there is no
 * BroadcastChannel nothing is told, and each tab asks the service.
 */
export class Channel {
    #channel;

    /** @param {string} name @param {(message: any) => void} heard from other tabs */
    constructor(name, heard) {
        this.#channel = globalThis.BroadcastChannel ? new BroadcastChannel(name) : null;
        if (this.#channel) this.#channel.onmessage = ({ data }) => heard(data);
        // Node's would keep the process alive.
        /** @type {any} */ (this.#channel)?.unref?.();
    }

    /** @param {{kind: string, [field: string]: any}} message */
    tell(message) {
        this.#channel?.postMessage(message);
    }

    end() {
        if (this.#channel) this.#channel.onmessage = null;
        this.#channel?.close();
        this.#channel = null;
    }
}
