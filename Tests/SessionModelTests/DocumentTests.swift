import SessionModel
import Testing

/// What is written reads as it was. Bytes are compared, for to Unicode's rules some different texts are equal.
@Suite struct DocumentTests {
    private func check(_ mission: Mission) throws {
        let document = mission.document()
        let read = try Mission(document: document)
        #expect(read == mission)
        #expect(read.document() == document)
    }

    private func check(_ hop: Hop) throws {
        let document = hop.document()
        let read = try Hop(document: document)
        #expect(read == hop)
        #expect(read.document() == document)
        let entry = try MissionTree.HopEntry(document: document)
        #expect((entry.id, entry.status, entry.sequence) == (read.id, read.status, read.sequence))
        #expect(entry.document == document)
    }

    private func check(_ step: ToolStep) throws {
        let document = step.document()
        let read = try ToolStep(document: document)
        #expect(read == step)
        #expect(read.document() == document)
        let entry = try MissionTree.StepEntry(document: document)
        #expect((entry.id, entry.hop) == (read.id, read.hopID))
        #expect((entry.status, entry.sequence) == (read.status, read.sequence))
        #expect(entry.document == document)
    }

    private func check(_ asset: Asset) throws {
        let document = asset.document()
        let read = try Asset(document: document, in: asset.missionID)
        #expect(read == asset)
        #expect(read.document() == document)
        let entry = try MissionTree.AssetEntry(document: document)
        #expect((entry.id, entry.status) == (read.id, read.status))
        #expect((entry.role, entry.scope) == (read.role, read.scope))
        #expect(entry.document == document)
    }

    @Test(arguments: Samples.texts) func everyFieldReadsAsItWas(_ text: String) throws {
        try check(try Samples.mission(text))
        try check(Samples.hop(text))
        try check(Samples.step(text))
        try check(try Samples.asset(text))
    }

    @Test func whatIsNotSetStaysSo() throws {
        try check(try Samples.bareMission())
        try check(Samples.bareHop())
        try check(Samples.bareStep())
        try check(try Samples.bareAsset())
        let step = try ToolStep(document: Samples.bareStep().document())
        #expect(step.executionResult == nil && step.startedAt == nil && step.completedAt == nil)
        #expect(try Asset(document: Samples.bareAsset().document(), in: Samples.mission).sealedMetadata == nil)
    }

    @Test(arguments: Samples.users) func everyUserStaysWhoTheyAre(_ name: String) throws {
        try check(try Samples.mission("m", user: name))
        try check(try Samples.asset("a", user: name))
        let user = try Samples.user(name)
        #expect(try Mission(document: Samples.mission("m", user: name).document()).userID == user)
    }

    @Test func everyStatusRoleAndScopeReadsAsItWas() throws {
        for status in MissionStatus.allCases { try check(try Samples.mission("m", status: status)) }
        for status in HopStatus.allCases { try check(Samples.hop("h", status: status)) }
        for status in ToolStepStatus.allCases { try check(Samples.step("s", status: status)) }
        for status in AssetStatus.allCases {
            for role in AssetRole.allCases {
                try check(try Samples.asset("a", scope: .mission, status: status, role: role))
                try check(try Samples.asset("a", status: status, role: role))
            }
        }
    }

    /// Base64 ends in three ways.
    @Test(arguments: 1...70) func anEnvelopeOfAnySizeReadsAsItWas(_ size: Int) throws {
        let envelope = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ size) }
        try check(try Samples.mission("m", sealed: envelope))
        try check(Samples.hop("h", sealed: envelope))
        try check(try Samples.asset("a", sealed: envelope))
    }

    /// As a session's: an empty envelope stands for `{}`.
    @Test func anEmptyEnvelopeIsNone() throws {
        #expect(try Mission(document: Samples.mission("m", sealed: []).document()).sealedMetadata == nil)
        #expect(try Hop(document: Samples.hop("h", sealed: []).document()).sealedMetadata == nil)
    }

    @Test func anAssetOfAnotherMissionIsNotThisOnes() throws {
        let document = try Samples.asset("a", scope: .mission).document()
        let other = MissionID(high: Samples.mission.high, low: Samples.mission.low ^ 1 << 20)
        #expect(throws: DocumentError.self) { try Asset(document: document, in: other) }
    }

    @Test func aScopeSaysWhatItBelongsTo() throws {
        let (ofMission, ofHop) = (try Samples.asset("a", scope: .mission), try Samples.asset("a"))
        #expect((ofMission.scopeType, ofMission.scopeID) == (.mission, Samples.mission.description))
        #expect((ofHop.scopeType, ofHop.scopeID) == (.hop, Samples.hop.description))
    }

    @Test func aTreePutsItsPartsInOrder() throws {
        let hops = try ([3, 1, 2] as [Int64]).map { sequence in
            var hop = Samples.hop("h")
            hop.sequence = sequence
            return try MissionTree.HopEntry(document: hop.document())
        }
        let assets = try ([5, 1, 3] as [UInt64]).map { number in
            var asset = try Samples.asset("a")
            asset.id = AssetID(high: 1, low: number)
            return try MissionTree.AssetEntry(document: asset.document())
        }
        let mission = try Samples.mission("m")
        let tree = MissionTree(
            id: mission.id, userID: mission.userID, version: 1, logID: .zero, mission: mission.document(), hops: hops,
            assets: assets)
        #expect(tree.hops.map(\.sequence) == [1, 2, 3])
        #expect(tree.assets.map(\.id.low) == [1, 3, 5])
        let documents = [mission.document()] + hops.map(\.document) + assets.map(\.document)
        #expect(tree.byteCount == documents.reduce(0) { $0 + $1.count })
    }
}
