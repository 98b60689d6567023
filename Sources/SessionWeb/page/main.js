/**
 * The page: a login, the workspace, and what goes from one to the other. Everything it knows of sessions it has from the
 * public modules (../index.js); each part below shows a piece of the context's state and calls its methods.
 */
import { attach } from "../index.js";
import { Agent } from "./Agent.js";
import { byId } from "./dom.js";
import { Entrance } from "./Entrance.js";
import { Renewal } from "./Renewal.js";
import { showActions } from "./actions.js";
import { showChat } from "./chat.js";
import { showComposer } from "./composer.js";
import { showConnection } from "./connection.js";
import { showKept } from "./kept.js";
import { showLive } from "./live.js";
import { showLogout } from "./logout.js";
import { showMission } from "./mission.js";
import { showNotices } from "./notices.js";
import { showSessions } from "./sessions.js";
import { showViews } from "./views.js";
import { tokens } from "./tokens.js";

/** What is written is on the other devices this soon. The library's default, 30 s, is for applications that save more. */
const AUTO_SAVE_MS = 3_000;

const renewal = new Renewal({ user: () => context.state.userId });
const { context, client, login, logout } = attach({
    getToken: () => tokens.present(),
    onTokenExpired: () => renewal.ask(),
    autoSaveInterval: AUTO_SAVE_MS,
    onLogout: ({ unsent, elsewhere }) => {
        renewal.end();
        // What tabs share was forgotten by the tab that has logged out, and may be the next user's by now.
        tokens.forget({ here: elsewhere });
        enter(unsent > 0 ? "What could not be sent stays in this browser, and is sent when the same user logs in again." : "");
    },
});

/**
 * Shows the login.
 * @param {string} [about] why
 */
function enter(about = "") {
    document.body.dataset.place = "entrance";
    document.title = "sessiond";
    entrance.open(about);
}

let works = 0;
/** The session that is shown was found at the service, and not only here. */
let wasLive = false;

/** Shows the workspace, and continues the session. */
async function work() {
    const mine = (works += 1);
    wasLive = false;
    entrance.close();
    document.body.dataset.place = "workspace";
    views.show("chat");
    await login();
    // They have logged out meanwhile, and may be in again.
    if (mine !== works || document.body.dataset.place !== "workspace") return;
    if (context.state.userId === null) {
        // Not even whose it is can be read from it.
        tokens.forget();
        return enter("The token that was kept here is none.");
    }
    composer.focus();
}

const entrance = new Entrance({ entered: () => void work() });
const views = showViews();
const composer = showComposer(context, { sent: (message) => agent.hear(message) });
const agent = new Agent({ context, client });

showConnection(context);
showSessions(context, { chosen: () => views.show("chat"), created: () => { views.show("chat"); composer.focus(); } });
showActions(context);
showChat(context);
showNotices(context, { writeAgain: (text) => composer.write(text), renew: () => renewal.again() });
showLive(context);
showMission(context);
showKept(context, byId("notes", HTMLTextAreaElement), "notes");
showLogout(context, { logout });
renewal.onGiven = () => {
    const { currentSession, isSessionLoading } = context.state;
    const hasEnded = currentSession?.status === "completed" || currentSession?.status === "archived";
    // Who reads a session that has ended reads on; recovery looks for one to continue. Why it failed is in the state.
    if (hasEnded && wasLive && !isSessionLoading) context.loadSession().catch(() => undefined);
    else void context.recoverSession();
};

context.subscribe(({ currentSession, userId, live }) => {
    wasLive ||= live;
    byId("user").textContent = userId === null ? "" : `User ${userId}`;
    if (currentSession) document.title = `${currentSession.name} – sessiond`;
});

// Another tab has logged out, or in as somebody else.
tokens.watch(() => {
    const token = tokens.present();
    if (token === null && context.state.userId === null) enter();
    else if (token !== null && document.body.dataset.place === "entrance") void work();
});

if (tokens.present() === null) enter();
else void work();
