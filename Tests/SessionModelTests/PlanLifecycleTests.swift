import SessionModel
import Testing

/// The moves of domain.md, as it writes them: what is not here is refused.
@Suite struct PlanLifecycleTests {
    private static let missions = """
        awaiting_approval → in_progress
        awaiting_approval, in_progress → cancelled
        in_progress → completed, failed
        """
    private static let hops = """
        hop_plan_started → hop_plan_proposed → hop_plan_ready → hop_impl_started → hop_impl_proposed
        hop_impl_proposed → hop_impl_ready → executing → completed
        hop_plan_ready → hop_impl_proposed
        hop_plan_proposed → hop_plan_started
        hop_impl_proposed → hop_impl_started
        any open status → failed, cancelled
        """
    private static let steps = """
        proposed → ready_to_configure, ready_to_execute
        ready_to_configure → ready_to_execute
        ready_to_execute → executing
        proposed, ready_to_execute, executing → completed
        any open status → failed, cancelled
        """
    private static let assets = """
        proposed → pending → in_progress → ready
        any → error, expired
        error → pending
        """
    private static let closed: Set<String> = ["completed", "failed", "cancelled"]

    /// All pairs of words that the text allows.
    private static func moves(_ text: String, among words: [String]) throws -> Set<[String]> {
        var moves: Set<[String]> = []
        for line in text.split(separator: "\n") {
            let places = line.split(separator: "→").map { place -> [String] in
                switch place.trimming(" ") {
                case "any": words
                case "any open status": words.filter { !closed.contains($0) }
                default: place.split(separator: ",").map { $0.trimming(" ") }
                }
            }
            for (from, to) in zip(places, places.dropFirst()) {
                for from in from { for to in to where to != from { moves.insert([from, to]) } }
            }
        }
        for word in moves.joined() { try #require(words.contains(word), "\(word) is no status") }
        return moves
    }

    private func check<Status: PlanStatus>(_ type: Status.Type, _ text: String) throws {
        let allowed = try Self.moves(text, among: Status.allCases.map(\.rawValue))
        #expect(!allowed.isEmpty)
        for from in Status.allCases {
            #expect(Set(from.next).count == from.next.count)
            for to in Status.allCases {
                #expect(from.next.contains(to) == allowed.contains([from.rawValue, to.rawValue]), "\(from) → \(to)")
            }
            #expect(!from.next.contains(from), "staying is no move")
        }
    }

    @Test func everyMoveOfAMissionIsAsTheDomainSays() throws { try check(MissionStatus.self, Self.missions) }
    @Test func everyMoveOfAHopIsAsTheDomainSays() throws { try check(HopStatus.self, Self.hops) }
    @Test func everyMoveOfAToolStepIsAsTheDomainSays() throws { try check(ToolStepStatus.self, Self.steps) }
    @Test func everyMoveOfAnAssetIsAsTheDomainSays() throws { try check(AssetStatus.self, Self.assets) }

    @Test func whatIsCompletedFailedOrCancelledIsNotOpen() {
        for status in MissionStatus.allCases { #expect(status.isOpen != Self.closed.contains(status.rawValue)) }
        for status in HopStatus.allCases { #expect(status.isOpen != Self.closed.contains(status.rawValue)) }
        for status in ToolStepStatus.allCases { #expect(status.isOpen != Self.closed.contains(status.rawValue)) }
    }

    @Test func onlyAnApprovalAPlanAndAnImplementationTakeOthersAlong() {
        for status in MissionStatus.allCases {
            let approves = status == .inProgress
            #expect(status.assetCascade?.from == (approves ? .proposed : nil))
            #expect(status.assetCascade?.to == (approves ? .pending : nil))
        }
        for status in HopStatus.allCases {
            #expect(status.assetCascade?.from == (status == .planReady ? .proposed : nil))
            #expect(status.assetCascade?.to == (status == .planReady ? .pending : nil))
            #expect(status.stepCascade?.from == (status == .implReady ? .proposed : nil))
            #expect(status.stepCascade?.to == (status == .implReady ? .readyToExecute : nil))
        }
    }

    @Test func everyCascadeIsAMoveOfItsOwn() {
        let assets = MissionStatus.allCases.map(\.assetCascade) + HopStatus.allCases.map(\.assetCascade)
        for cascade in assets.compactMap({ $0 }) { #expect(cascade.from.next.contains(cascade.to)) }
        for cascade in HopStatus.allCases.compactMap(\.stepCascade) {
            #expect(cascade.from.next.contains(cascade.to))
        }
    }

    @Test func aStepsTimesGoWithItsStatus() {
        for status in ToolStepStatus.allCases {
            #expect(status.starts == [.executing, .completed].contains(status))
            #expect(status.completes == (status == .completed))
        }
    }

    @Test func aHopBeginsWithoutOrWithItsPlan() {
        #expect(HopStatus.first.map(\.rawValue) == ["hop_plan_started", "hop_plan_proposed"])
    }

    @Test func theWordsAreTheWiresOwn() {
        func words<Word: CaseIterable & RawRepresentable>(_ type: Word.Type) -> String where Word.RawValue == String {
            type.allCases.map(\.rawValue).joined(separator: ", ")
        }
        #expect(words(MissionStatus.self) == "awaiting_approval, in_progress, completed, failed, cancelled")
        #expect(
            words(HopStatus.self)
                == "hop_plan_started, hop_plan_proposed, hop_plan_ready, hop_impl_started, hop_impl_proposed, "
                + "hop_impl_ready, executing, completed, failed, cancelled")
        #expect(
            words(ToolStepStatus.self)
                == "proposed, ready_to_configure, ready_to_execute, executing, completed, failed, cancelled")
        #expect(words(AssetStatus.self) == "proposed, pending, in_progress, ready, error, expired")
        #expect(words(AssetRole.self) == "input, output, intermediate")
        #expect(words(AssetScopeType.self) == "mission, hop")
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> String {
        var rest = self
        while rest.first == character { rest = rest.dropFirst() }
        while rest.last == character { rest = rest.dropLast() }
        return String(rest)
    }
}
