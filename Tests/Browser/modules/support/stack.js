/** The service at SESSIOND_URL (scripts/stack.sh starts one), through a gate that a test can shut. */
import { SessionApiClient, SessionContext, MemoryStore } from "../../../../Sources/SessionWeb/index.js";
import { Gate } from "./Gate.js";

export const url = process.env.SESSIOND_URL;
/** For tests that need the service. */
export const needsService = { skip: url ? false : "SESSIOND_URL names no service" };

export async function token(user, seconds) {
    const body = JSON.stringify(seconds === undefined ? { user_id: user } : { user_id: user, seconds });
    const response = await fetch(`${url}/api/development/tokens`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!response.ok) throw new Error(`No development token: ${response.status}`);
    return (await response.json()).token;
}

/** A store that outlives contexts, as IndexedDB does, and that several see. */
export function browserStore() {
    const store = new MemoryStore();
    store.shared = true;
    return store;
}

/** A user nobody else is, with a gate, a store and as many contexts as a test opens; all of it ends with the test. */
export async function person(test) {
    const user = String(Math.floor(Math.random() * 2 ** 40));
    const gate = await Gate.before(url);
    const store = browserStore();
    const opened = new Set();
    const self = { user, gate, store, token: await token(user) };
    const client = (options = {}) => new SessionApiClient({ baseUrl: `${gate.url}/api`, getToken: () => self.token, attemptTimeout: 2_000, ...options });
    /** Straight to the service, whatever the gate does. */
    self.direct = new SessionApiClient({ baseUrl: `${url}/api`, getToken: () => self.token });
    self.open = ({ client: clientOptions, ...options } = {}) => {
        const context = new SessionContext({ client: client(clientOptions), store, ...options });
        opened.add(context);
        return context;
    };
    test.after(async () => {
        for (const context of opened) context.close();
        await gate.close();
    });
    return self;
}

/** Waits until it holds. */
export async function until(condition, what, milliseconds = 10_000) {
    const end = Date.now() + milliseconds;
    while (!(await condition())) {
        if (Date.now() > end) throw new Error(`Not within ${milliseconds} ms: ${what ?? condition}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}
