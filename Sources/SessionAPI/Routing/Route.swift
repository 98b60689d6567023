/// What a request can ask for.
public enum Endpoint: String, Sendable, CaseIterable {
    case createSession, initializeSession, listSessions, activeSession, loadSession, replaceSession, mergeSession
    case deleteSession, linkMission, touchSession, completeSession, archiveSession, resumeSession
    case appendMessages, listMessages, chatWindow, followSession
    case createMission, listMissions, loadMission, replaceMission, moveMission, deleteMission
    case createHop, listHops, loadHop, replaceHop, moveHop, deleteHop
    case createToolStep, listToolSteps, loadToolStep, replaceToolStep, moveToolStep, deleteToolStep
    case createAsset, listAssets, loadAsset, replaceAsset, deleteAsset
    case live, ready, metrics, writeStatus, description, development, developmentToken
}

extension Endpoint {
    var createsSession: Bool { self == .createSession || self == .initializeSession }

    /// Whether what its body says is stored, and not only a status.
    var stores: Bool {
        switch self {
        case .createSession, .initializeSession, .replaceSession, .mergeSession, .appendMessages, .createMission,
            .replaceMission, .createHop, .replaceHop, .createToolStep, .replaceToolStep, .createAsset, .replaceAsset:
            true
        case .listSessions, .activeSession, .loadSession, .followSession, .deleteSession, .linkMission, .touchSession,
            .completeSession, .archiveSession, .resumeSession, .listMessages, .chatWindow, .listMissions,
            .loadMission, .moveMission, .deleteMission, .listHops, .loadHop, .moveHop, .deleteHop, .listToolSteps,
            .loadToolStep, .moveToolStep, .deleteToolStep, .listAssets, .loadAsset, .deleteAsset, .live, .ready,
            .metrics, .writeStatus, .description, .development, .developmentToken:
            false
        }
    }
}

/// The methods that routes have. HEAD is answered as GET.
public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}

/// One row of the table of routes. In a pattern `{…}` stands for one segment of the path.
public struct Route: Sendable {
    public let method: Method
    public let pattern: String
    public let endpoint: Endpoint
    public let needsToken: Bool

    init(_ method: Method, _ pattern: String, _ endpoint: Endpoint, needsToken: Bool = true) {
        self.method = method
        self.pattern = pattern
        self.endpoint = endpoint
        self.needsToken = needsToken
    }
}
