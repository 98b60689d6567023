import SessionModel
import Testing

@testable import SessionCore

@Suite struct MissionPartTests {
    private static let id = "0196f3c2-aaaa-7bbb-8ccc-000000000001"

    @Test func aNameReadsAsItWas() {
        let parts: [MissionPart] = [
            .mission, .hop(FakePlan.id(1)), .step(FakePlan.id(1)), .asset(FakePlan.id(1)), .content(FakePlan.id(1)),
        ]
        for part in parts { #expect(MissionPart(part.name) == part) }
        #expect(Set(parts.map(\.name)).count == parts.count)
        #expect(MissionPart("content:\(Self.id)")?.name == "content:\(Self.id)")
    }

    @Test(arguments: [
        "", ":", "::", "Mission", "mission:", "mission:\(id)", "missions", "hop", "hop:", "hop::\(id)", ":hop:\(id)",
        "::hop:\(id)", "hop:\(id):", "hop:\(id) ", " hop:\(id)", "HOP:\(id)", "hop:\(id.uppercased())", "hops:\(id)",
        "step:x", "asset:\(id)\(id)", "tool_step:\(id)", "content", "content: \(id)", ":\(id)", id, "m", "mid",
        "mission\0", "hop:\(id)\0",
    ])
    func anotherNameIsNone(_ name: String) { #expect(MissionPart(name) == nil) }
}
