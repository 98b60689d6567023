import assert from "node:assert/strict";
import Module, { createRequire } from "node:module";
import { test } from "node:test";
import { createReact, MemoryStore, SessionApiClient, SessionContext } from "../../../Sources/SessionWeb/index.js";
import { tokenOf } from "./support/ScriptedService.js";

// Where Debian's node-react and node-react-dom are; a node of another origin doesn't look there by itself.
process.env.NODE_PATH ??= "/usr/share/nodejs";
Module._initPaths();
const from = createRequire(import.meta.url);
let React;
let server;
try {
    React = from("react");
    server = from("react-dom/server");
} catch {
    // told by `skip`
}

test("The hook gives the state and the methods of the provider's context", { skip: React ? false : "there is no React here" }, () => {
    const client = new SessionApiClient({ getToken: () => tokenOf("42") });
    const context = new SessionContext({ client, store: new MemoryStore() });
    const { SessionProvider, useSession } = createReact(React);
    const seen = [];
    const Page = () => {
        seen.push(useSession());
        return React.createElement("p", null, `${seen.at(-1).connection} ${seen.at(-1).messages.length}`);
    };
    const page = React.createElement(SessionProvider, { context }, React.createElement(Page), React.createElement(Page));
    assert.equal(server.renderToStaticMarkup(page), "<p>online 0</p><p>online 0</p>");
    assert.equal(seen[0].addMessage, seen[1].addMessage);
    for (const [name, value] of Object.entries(context.state)) assert.equal(seen[0][name], value, name);
    assert.throws(() => server.renderToStaticMarkup(React.createElement(Page)), /outside of a SessionProvider/);
    context.close();
});
