import SessionCore
import SessionModel

/// Behind `/sessions`.
struct SessionEndpoints: Sendable {
    let sessions: Sessions

    /// `initialize` answers with pointers alone, else it is the same.
    func create(_ exchange: Exchange, pointersOnly: Bool) async throws -> APIResponse {
        let body = try await exchange.body()
        let fields = try SessionCreationBody(body.root, limits: exchange.limits)
        let written = try await sessions.create(
            name: fields.name, metadata: fields.metadata, user: exchange.user,
            idempotency: try exchange.idempotency(body))
        let open = written.value
        return await exchange.answer(
            201, pointersOnly ? SessionJSON.initialized(open) : SessionJSON.created(open), write: written.write,
            isReplay: written.isReplay, source: written.source, version: open.session.version,
            location: "/api/sessions/\(open.session.id)")
    }

    func list(_ exchange: Exchange) async throws -> APIResponse {
        let query = try exchange.query()
        let status = try query.choice("status_filter", of: SessionStatus.self)
        let page = try PageQuery<SessionKind>(query)
        let found = try await sessions.list(user: exchange.user, status: status, page: page.request)
        return try exchange.answer(found.source) { SessionJSON.page(found, number: page.number, size: page.size) }
    }

    /// None is a normal answer: `null`.
    func active(_ exchange: Exchange) async throws -> APIResponse {
        let options = try SessionViewQuery(exchange.query())
        let found = try await sessions.active(
            user: exchange.user, messages: options.messages, touching: options.isTouching)
        guard let view = found else { return try exchange.answer(.hot) { Array("null".utf8) } }
        return try answer(view, exchange)
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let options = try SessionViewQuery(exchange.query())
        let view = try await sessions.load(
            exchange.id(), user: exchange.user, messages: options.messages, touching: options.isTouching)
        return try answer(view, exchange)
    }

    private func answer(_ view: SessionView, _ exchange: Exchange) throws(Problem) -> APIResponse {
        try exchange.answer(
            view.source, version: view.session.session.version, isToldByVersion: view.isToldByVersion
        ) { SessionJSON.whole(view) }
    }

    func replace(_ exchange: Exchange) async throws -> APIResponse {
        let (id, condition) = (try exchange.id() as SessionID, try exchange.condition())
        let replacement = try SessionReplacement(try await exchange.json().root, limits: exchange.limits)
        return await answer(
            try await sessions.replace(id, user: exchange.user, with: replacement, condition: condition), exchange)
    }

    /// `application/json` is taken for a merge patch as well.
    func merge(_ exchange: Exchange) async throws -> APIResponse {
        let (id, condition) = (try exchange.id() as SessionID, try exchange.condition())
        let patch = try SessionPatchBody(
            try await exchange.json([.mergePatch, .json]).root, limits: exchange.limits)
        let written = try await sessions.merge(
            id, user: exchange.user, name: patch.name, metadataPatch: patch.metadataPatch, condition: condition)
        return await answer(written, exchange)
    }

    func delete(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await sessions.delete(
            exchange.id(), user: exchange.user, condition: try exchange.condition())
        return await exchange.answer(
            204, nil, write: written.write, isReplay: written.isReplay, source: written.source)
    }

    func link(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await sessions.link(
            exchange.id(), mission: exchange.id(1), user: exchange.user, condition: try exchange.condition())
        return await answer(written, exchange)
    }

    func touch(_ exchange: Exchange) async throws -> APIResponse {
        let id: SessionID = try exchange.id()
        let (touched, write, source) = try await sessions.touch(id, user: exchange.user)
        return await exchange.answer(
            200, SessionJSON.activity(id, touched), write: write, isReplay: false, source: source)
    }

    func move(_ exchange: Exchange, _ move: SessionMove) async throws -> APIResponse {
        let written = try await sessions.move(
            exchange.id(), user: exchange.user, move, condition: try exchange.condition())
        return await answer(written, exchange)
    }

    private func answer(_ written: Written<OpenSession>, _ exchange: Exchange) async -> APIResponse {
        await exchange.answer(
            200, SessionJSON.document(written.value), write: written.write, isReplay: written.isReplay,
            source: written.source, version: written.value.session.version)
    }
}
