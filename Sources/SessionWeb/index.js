/** The public door of the browser's half of sessiond. Types and what everything does: index.d.ts. */
export { SessionApiClient } from "./client/SessionApiClient.js";
export {
    SessionError, NetworkError, TimeoutError, UnauthorizedError, UserChangedError, NotFoundError, ConflictError,
    PreconditionFailedError, InvalidError, QuotaError, UnavailableError, OutcomeUnknownError, OutboxFullError, NoSessionError,
} from "./client/errors.js";
export { SessionContext } from "./context/SessionContext.js";
export { attach } from "./context/attach.js";
export { MemoryStore } from "./outbox/MemoryStore.js";
export { IndexedDBStore } from "./outbox/IndexedDBStore.js";
export { createReact } from "./react/index.js";
