import SessionModel

extension Missions {
    /// A page of the user's missions, most recently changed first (ties: higher id first). Made as ``Sessions`` makes its
    /// lists: the hot tier answers for what is not flushed, SQLite for the rest.
    public func list(
        user: UserID, status: MissionStatus?, page: PageRequest<MissionKind>
    ) async throws(SessionError) -> MissionPage {
        try await reading { (missions) throws(SessionError) in try await missions.merged(user, status, page) }
    }

    private func merged(
        _ user: UserID, _ status: MissionStatus?, _ page: PageRequest<MissionKind>
    ) async throws(SessionError) -> MissionPage {
        let unsettled: [Place<MissionKind>]
        do { unsettled = try await hot.unsettledMissions(of: user) } catch { throw SessionError(error, logger) }
        let excluded = unsettled.map(\.id)
        let cold: DurableMissionList
        do {
            cold = try await durable.missions(
                MissionListQuery(
                    userID: user, status: status, excluding: excluded, after: page.window.after, limit: page.reach))
        } catch { throw SessionError(error, logger) }

        // Deleted ones are not among them.
        var hotOnes: [MissionID: MissionSummary] = [:]
        for start in stride(from: 0, to: excluded.count, by: Self.handful) {
            let part = Array(excluded[start..<min(start + Self.handful, excluded.count)])
            do {
                for case let summary? in try await hot.missions(part, of: user) { hotOnes[summary.id] = summary }
            } catch { throw SessionError(error, logger) }
        }
        let places = hotOnes.values.filter { status == nil || $0.mission.status == status }.map(\.place)
            .sorted { $0.comesBefore($1) }
        let merged = MergedPage(hot: places, cold: cold.missions, page: page, place: \.place)
        var missions: [OpenMissionSummary] = []
        for one in merged.shown {
            guard let summary = one.cold ?? hotOnes[one.place.id] else { continue }
            missions.append(
                OpenMissionSummary(
                    version: summary.version,
                    mission: try opened(summary.mission.document(), of: summary.id, Mission.metadataField)))
        }
        return MissionPage(
            missions: missions, total: cold.total + places.count, next: merged.next,
            source: tier == .bypass ? tier : merged.source)
    }

    /// Missions read in one round trip.
    private static let handful = 250
}
