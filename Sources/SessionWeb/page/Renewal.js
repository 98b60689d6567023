/**
 * Asks for a new token when the service no longer takes the present one. Nothing of the workspace is lost or hidden meanwhile:
 * what is written goes into the outbox and waits. Who puts it off is not asked again until they want to be.
 *
 *   ask ─► dialog ─► a new token of the same user (here, or in another tab) ─► everybody who waits goes on
 *             └────► "Later": everybody gets null; `again` asks anew
 */
import { SessionApiClient } from "../index.js";
import { byId, setText } from "./dom.js";
import { pasted } from "./Entrance.js";
import { developmentToken, isDevelopment, tokens } from "./tokens.js";
import { sentence } from "./words.js";

export class Renewal {
    /** A new token is there. */
    onGiven = () => {};
    #user;
    #dialog = byId("renewal", HTMLDialogElement);
    #development = false;
    #putOff = false;
    /**
     * The token that was refused.
     * @type {string | null}
     */
    #refused = null;
    /** @type {{promise: Promise<string | null>, settle: (token: string | null) => void} | null} */
    #asking = null;

    /** @param {{user: () => string | null}} options whose token it must be */
    constructor({ user }) {
        this.#user = user;
        this.#dialog.addEventListener("submit", (event) => {
            event.preventDefault();
            void this.#submit();
        });
        this.#dialog.addEventListener("cancel", (event) => {
            event.preventDefault();
            this.#later();
        });
        byId("renewal-later").addEventListener("click", () => this.#later());
        tokens.watch(() => {
            const token = tokens.present();
            if (token !== null && token !== this.#refused) this.#give(token);
        });
    }

    /**
     * A new token, or null. Everybody who asks meanwhile gets the same.
     * @returns {Promise<string | null>}
     */
    ask() {
        if (this.#putOff) return Promise.resolve(null);
        if (this.#asking === null) {
            this.#refused = tokens.present();
            const { promise, resolve } = deferred();
            this.#asking = { promise, settle: resolve };
            void this.#open();
        }
        return this.#asking.promise;
    }

    /** The person wants to, after all. */
    again() {
        this.#putOff = false;
        void this.ask();
    }

    /** Nobody is asked any more: they have logged out. */
    end() {
        this.#putOff = false;
        this.#close(null);
    }

    async #open() {
        // Where the server can't be asked, the person may still have a token.
        this.#development = await isDevelopment().catch(() => false);
        if (this.#asking === null || this.#dialog.open) return;
        const kept = "Nothing is lost: what you write is kept in this browser, and sent as soon as you are back.";
        setText(byId("renewal-about"), this.#development ? `User ${this.#user()}: ${kept}` : kept);
        setText(byId("renewal-error"), "");
        byId("renewal-token").hidden = this.#development;
        this.#dialog.showModal();
    }

    async #submit() {
        const user = this.#user();
        setText(byId("renewal-error"), "");
        try {
            const token = this.#development && user !== null ? await developmentToken(user) : await pasted(byId("new-token", HTMLInputElement).value);
            if (user !== null && (await new SessionApiClient({ getToken: () => token }).tokenUser()) !== user) {
                throw new Error("This is the token of somebody else. Log out first.");
            }
            // Logged out, or renewed by another tab, while it was fetched.
            if (this.#asking === null) return;
            tokens.keep(token, { development: this.#development });
            this.#give(token);
        } catch (error) {
            setText(byId("renewal-error"), sentence(error));
        }
    }

    /** @param {string} token */
    #give(token) {
        this.#putOff = false;
        if (this.#asking === null) return;
        this.#close(token);
        this.onGiven();
    }

    #later() {
        this.#putOff = true;
        this.#close(null);
    }

    /** @param {string | null} token */
    #close(token) {
        const asking = this.#asking;
        this.#asking = null;
        byId("new-token", HTMLInputElement).value = "";
        if (this.#dialog.open) this.#dialog.close();
        asking?.settle(token);
    }
}

/** @returns {{promise: Promise<string | null>, resolve: (token: string | null) => void}} */
function deferred() {
    /** @type {(token: string | null) => void} */
    let resolve = () => {};
    const promise = new Promise((/** @type {(token: string | null) => void} */ settle) => { resolve = settle; });
    return { promise, resolve };
}
