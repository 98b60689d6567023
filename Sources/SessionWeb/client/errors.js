/**
 * What can go wrong, as types. The fields are RFC 9457's, from the service's problem documents.
 *
 * `temporary` is what everything else asks: may the same request succeed later, as it is? The outbox keeps what failed
 * temporarily, and lets go of what did not.
 */

/**
 * @typedef {object} Problem
 * @property {string} [type]
 * @property {string} [title]
 * @property {number} [status]
 * @property {string} [detail]
 * @property {{pointer: string, detail: string}[]} [errors]
 * @property {string} [current_status]
 * @property {number} [current_version]
 */
/** @typedef {{retryAfter?: number | null, requestId?: string | null, cause?: unknown}} Circumstances */

export class SessionError extends Error {
    /** @param {Problem} [problem] @param {Circumstances} circumstances */
    constructor(problem = {}, { retryAfter = null, requestId = null, cause } = {}) {
        super(problem.detail || problem.title || "The request failed.", cause === undefined ? undefined : { cause });
        this.name = new.target.name;
        this.status = problem.status ?? 0;
        this.type = problem.type ?? "about:blank";
        this.title = problem.title ?? "";
        this.detail = this.message;
        this.errors = problem.errors ?? [];
        this.retryAfter = retryAfter;
        this.requestId = requestId;
    }

    get temporary() {
        return this.status >= 500 || this.status === 408;
    }
}

class TemporaryError extends SessionError {
    get temporary() {
        return true;
    }
}

export class QuotaError extends TemporaryError {}

/** The service can't be asked. */
export class UnreachableError extends TemporaryError {}
export class NetworkError extends UnreachableError {}
export class TimeoutError extends UnreachableError {}
export class UnavailableError extends UnreachableError {}
export class OutcomeUnknownError extends UnreachableError {}

export class UnauthorizedError extends SessionError {}
export class UserChangedError extends UnauthorizedError {}
export class NotFoundError extends SessionError {}
export class InvalidError extends SessionError {}
export class OutboxFullError extends SessionError {}
export class NoSessionError extends SessionError {}

export class ConflictError extends SessionError {
    /** @param {Problem} [problem] @param {Circumstances} [circumstances] */
    constructor(problem = {}, circumstances) {
        super(problem, circumstances);
        this.currentStatus = problem.current_status ?? null;
    }
}

export class PreconditionFailedError extends SessionError {
    /** @param {Problem} [problem] @param {Circumstances} [circumstances] */
    constructor(problem = {}, circumstances) {
        super(problem, circumstances);
        this.currentVersion = problem.current_version ?? null;
    }
}

/** @type {Record<number, typeof SessionError>} */
const byStatus = {
    0: NetworkError,
    400: InvalidError,
    401: UnauthorizedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    429: QuotaError,
    502: OutcomeUnknownError,
    503: UnavailableError,
    504: OutcomeUnknownError,
};

/**
 * The error for an answer that is none of 2xx.
 * @param {number} status
 * @param {Problem} problem
 * @param {Circumstances} circumstances
 */
export function errorOf(status, problem, circumstances) {
    return new (byStatus[status] ?? SessionError)({ ...problem, status }, circumstances);
}
