/// What is served: one async function from request to answer.
///
/// It is called on the event loop the request arrived on, and its task prefers that loop: code between two `await`s runs
/// there and must not block. Where the answer is made without suspending, it is sent in the same turn of the loop.
///
/// When the web server goes away or aborts the request the task is cancelled. That cancels *waiting* only; what the
/// responder has already had carried out elsewhere stays so, and an answer given all the same is dropped.
public protocol FastCGIResponder: Sendable {
    func respond(to request: FastCGIRequest) async -> FastCGIResponse
}
