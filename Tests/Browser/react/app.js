/** The same flows as the page's, by the React hook. The test puts the token into localStorage. */
import { attach, createReact } from "/index.js";

const { React, ReactDOM } = /** @type {any} */ (globalThis);
const { SessionProvider, useSession } = createReact(React);
const html = React.createElement;

const { context, login, logout } = attach({ getToken: () => localStorage.getItem("token"), autoSaveInterval: 500 });

function App() {
    const { currentSession, messages, connection, unsent, userId, isSessionLoading, addMessage, completeSession, resumeSession,
        getSessionMetadata, setSessionMetadata, initializeSession } = useSession();
    const rendered = React.useRef(0);
    rendered.current += 1;
    if (currentSession === null) return html("p", { id: "status" }, userId === null ? "logged out" : isSessionLoading ? "loading" : "none");
    const draft = getSessionMetadata("draft") ?? "";
    const send = () => {
        void addMessage(draft);
        void setSessionMetadata("draft", null);
    };
    const button = (id, press) => html("button", { id, onClick: press }, id);
    return html("main", {},
        html("p", { id: "status" }, currentSession.status),
        html("p", { id: "session" }, currentSession.id),
        html("p", { id: "connection" }, `${connection}, ${unsent} unsent`),
        html("ol", { id: "messages" }, messages.map(({ id, content }) => html("li", { key: id }, content))),
        html("input", { id: "draft", value: draft, onChange: ({ target }) => void setSessionMetadata("draft", target.value) }),
        button("send", send), button("complete", () => void completeSession()), button("resume", () => void resumeSession()),
        button("new", () => void initializeSession({ name: "By React" })), button("logout", () => void logout()));
}

ReactDOM.createRoot(document.getElementById("root")).render(html(React.StrictMode, {}, html(SessionProvider, { context }, html(App))));
void login();
