/**
 * For React, 18 and later, which the application passes in: this module imports nothing.
 *
 *     const { SessionProvider, useSession } = createReact(React);
 */

/** The context's methods, which `useSession` gives bound, the same ones at every rendering. */
const METHODS = /** @type {const} */ ([
    "recoverSession", "initializeSession", "loadSession", "switchToSession", "listSessions", "updateSession",
    "linkMissionToSession", "completeSession", "resumeSession", "archiveSession", "deleteSession", "addMessage",
    "loadOlderMessages", "getSessionMetadata", "setSessionMetadata", "saveSessionState", "updateActivity", "dismissResult",
    "leave",
]);

/** @param {any} React */
export function createReact(React) {
    const Context = React.createContext(null);

    /** @param {{context: import("../index.js").SessionContext, children?: any}} props */
    function SessionProvider({ context, children }) {
        const value = React.useMemo(() => {
            const methods = METHODS.map((name) => [name, /** @type {any} */ (context[name]).bind(context)]);
            return {
                methods: Object.fromEntries(methods),
                subscribe: context.subscribe.bind(context),
                snapshot: () => context.state,
            };
        }, [context]);
        return React.createElement(Context.Provider, { value }, children);
    }

    function useSession() {
        const value = React.useContext(Context);
        if (value === null) throw new Error("useSession is used outside of a SessionProvider.");
        const state = React.useSyncExternalStore(value.subscribe, value.snapshot, value.snapshot);
        return { ...state, ...value.methods };
    }

    return { SessionProvider, useSession };
}
