/** The application's tokens: the present one, and a new one instead of one that the service has refused. */
import { NetworkError, UnauthorizedError } from "./errors.js";
import { linked } from "./linked.js";
import { pause } from "./pause.js";

/** An application that had no new token is not asked again for so long: it may ask a person. A token it has by then is taken. */
const RENEWAL_PAUSE_MS = 30_000;
/** While it is asked, it may have got one by another way, such as a login in another tab. It is looked for so often. */
const LOOK_MS = 2_000;

/** @typedef {string | null | undefined} Token */
/** @typedef {(renewal: Promise<Token>) => Promise<Token>} Untimed waits as long as a person may take */

export class Tokens {
    /**
     * The last one that there was: for a page that may not run again after this turn, when the application's has to be fetched.
     * @type {Token}
     */
    last;
    #get;
    #renew;
    /**
     * Requests that are refused together ask together.
     * @type {Promise<Token> | null}
     */
    #renewal = null;
    /** When there was no new one. */
    #failedAt = -Infinity;

    /** @param {import("../index.js").ClientOptions} options */
    constructor({ getToken, onTokenExpired }) {
        this.#get = getToken;
        this.#renew = onTokenExpired;
    }

    /**
     * @param {AbortSignal} [signal] of whoever waits for it
     * @param {Untimed} [untimed]
     * @returns {Promise<string>}
     */
    async present(signal, untimed) {
        const token = (await this.#asked(this.#get)) || (await this.#renewed(null, signal, untimed));
        if (!token) throw new UnauthorizedError({ status: 401, title: "Nobody is logged in." });
        return (this.last = token);
    }

    /**
     * Where the application has another by now, another request was refused before this one: then that.
     * @param {string} refused @param {AbortSignal} [signal] @param {Untimed} [untimed]
     * @returns {Promise<Token>}
     */
    async instead(refused, signal, untimed) {
        const present = await this.#asked(this.#get);
        return present && present !== refused ? present : this.#renewed(refused, signal, untimed);
    }

    /**
     * @param {Token} refused @param {AbortSignal} [signal] @param {Untimed} [untimed]
     * @returns {Promise<Token>}
     */
    async #renewed(refused, signal, untimed = (renewal) => renewal) {
        if (!this.#renew || Date.now() - this.#failedAt < RENEWAL_PAUSE_MS) return null;
        this.#renewal ??= this.#asked(this.#renew).finally(() => { this.#renewal = null; });
        const token = await untimed(this.#first(this.#renewal, refused, signal));
        if (!token) this.#failedAt = Date.now();
        return token;
    }

    /**
     * The new one, or another that the application has before.
     * @param {Promise<Token>} renewal @param {Token} refused @param {AbortSignal} [signal]
     * @returns {Promise<Token>}
     */
    async #first(renewal, refused, signal) {
        const { controller: over, release } = linked(signal);
        const another = async () => {
            while (true) {
                await pause(LOOK_MS, over.signal);
                const token = await this.#asked(this.#get).catch(() => null);
                if (token && token !== refused) return token;
            }
        };
        const found = another();
        found.catch(() => undefined); // it is over
        try {
            return await Promise.race([renewal, found]);
        } finally {
            release();
            over.abort();
        }
    }

    /**
     * It rejects most often because it can't reach whoever gives tokens.
     * @param {() => Token | Promise<Token>} ask
     */
    async #asked(ask) {
        try {
            return await ask();
        } catch (cause) {
            throw new NetworkError({ title: "The application could not get a token." }, { cause });
        }
    }
}
