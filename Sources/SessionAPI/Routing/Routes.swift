/// Every route there is. A trailing slash is accepted and its absence too, never a redirect.
public enum Routes {
    public static let all: [Route] = [
        Route(.post, "/api/sessions", .createSession),
        Route(.get, "/api/sessions", .listSessions),
        Route(.post, "/api/sessions/initialize", .initializeSession),
        Route(.get, "/api/sessions/active", .activeSession),
        Route(.get, "/api/sessions/{session}", .loadSession),
        Route(.put, "/api/sessions/{session}", .replaceSession),
        Route(.patch, "/api/sessions/{session}", .mergeSession),
        Route(.delete, "/api/sessions/{session}", .deleteSession),
        Route(.post, "/api/sessions/{session}/link-mission/{mission}", .linkMission),
        Route(.post, "/api/sessions/{session}/activity", .touchSession),
        Route(.post, "/api/sessions/{session}/complete", .completeSession),
        Route(.post, "/api/sessions/{session}/archive", .archiveSession),
        Route(.post, "/api/sessions/{session}/resume", .resumeSession),
        Route(.post, "/api/sessions/{session}/messages", .appendMessages),
        Route(.get, "/api/sessions/{session}/messages", .listMessages),
        Route(.get, "/api/sessions/{session}/events", .followSession),
        Route(.get, "/api/chat/{chat}/messages", .chatWindow),

        Route(.post, "/api/missions", .createMission),
        Route(.get, "/api/missions", .listMissions),
        Route(.get, "/api/missions/{mission}", .loadMission),
        Route(.put, "/api/missions/{mission}", .replaceMission),
        Route(.patch, "/api/missions/{mission}/status", .moveMission),
        Route(.delete, "/api/missions/{mission}", .deleteMission),

        Route(.post, "/api/missions/{mission}/hops", .createHop),
        Route(.get, "/api/missions/{mission}/hops", .listHops),
        Route(.get, "/api/missions/{mission}/hops/{hop}", .loadHop),
        Route(.put, "/api/missions/{mission}/hops/{hop}", .replaceHop),
        Route(.patch, "/api/missions/{mission}/hops/{hop}/status", .moveHop),
        Route(.delete, "/api/missions/{mission}/hops/{hop}", .deleteHop),

        Route(.post, "/api/missions/{mission}/hops/{hop}/tool-steps", .createToolStep),
        Route(.get, "/api/missions/{mission}/hops/{hop}/tool-steps", .listToolSteps),
        Route(.get, "/api/missions/{mission}/hops/{hop}/tool-steps/{step}", .loadToolStep),
        Route(.put, "/api/missions/{mission}/hops/{hop}/tool-steps/{step}", .replaceToolStep),
        Route(.patch, "/api/missions/{mission}/hops/{hop}/tool-steps/{step}/status", .moveToolStep),
        Route(.delete, "/api/missions/{mission}/hops/{hop}/tool-steps/{step}", .deleteToolStep),

        Route(.post, "/api/missions/{mission}/assets", .createAsset),
        Route(.get, "/api/missions/{mission}/assets", .listAssets),
        Route(.get, "/api/missions/{mission}/assets/{asset}", .loadAsset),
        Route(.put, "/api/missions/{mission}/assets/{asset}", .replaceAsset),
        Route(.delete, "/api/missions/{mission}/assets/{asset}", .deleteAsset),

        Route(.get, "/api/writes/{write}", .writeStatus),
        Route(.get, "/api/health/live", .live, needsToken: false),
        Route(.get, "/api/health/ready", .ready, needsToken: false),
        Route(.get, "/api/metrics", .metrics, needsToken: false),
        Route(.get, "/api/openapi.yaml", .description, needsToken: false),
        // On a development server only; elsewhere there is no such thing.
        Route(.get, "/api/development", .development, needsToken: false),
        Route(.post, "/api/development/tokens", .developmentToken, needsToken: false),
        // Without the base path too: for who asks the service and not the site.
        Route(.get, "/health/live", .live, needsToken: false),
        Route(.get, "/health/ready", .ready, needsToken: false),
        Route(.get, "/metrics", .metrics, needsToken: false),
    ]
}
