import SessionCore
import SessionModel

/// A mission as answers hold it. Its hops and assets have no writer yet, so those members are empty.
enum MissionJSON {
    static func document(_ open: OpenMission) -> [UInt8] {
        let mission = open.mission
        var writer = JSONObjectWriter(reserving: 640 + open.metadata.count)
        writer.member("id", mission.id)
        writer.member("user_id", mission.userID)
        writer.member("name", mission.name)
        optional("description", mission.description, to: &writer)
        optional("goal", mission.goal, to: &writer)
        writer.member("success_criteria") { output in
            output.appendArray(mission.successCriteria) { text, output in JSONText.write(text, into: &output) }
        }
        writer.member("status", mission.status.rawValue)
        writer.member("current_hop_id") { $0 += "null".utf8 }
        writer.member("mission_metadata", json: open.metadata)
        writer.member("created_at", mission.createdAt)
        writer.member("updated_at", mission.updatedAt)
        writer.member("hops") { $0 += "[]".utf8 }
        writer.member("mission_asset_map") { $0 += "{}".utf8 }
        writer.member("version", mission.version)
        return writer.finish()
    }

    private static func optional(_ key: StaticString, _ text: String?, to writer: inout JSONObjectWriter) {
        writer.member(key) { output in
            guard let text else { return output += "null".utf8 }
            JSONText.write(text, into: &output)
        }
    }
}
