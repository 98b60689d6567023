import SessionCore
import SessionModel

/// Missions and their parts as answers hold them: the stored documents, with their metadata opened, and what is derived of
/// them behind it.
enum MissionJSON {
    static func document(_ mission: OpenMission) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(estimate(of: mission))
        write(mission, into: &output)
        return output
    }

    /// Bytes, about.
    static func estimate(of mission: OpenMission) -> Int {
        let hops = mission.hops.reduce(0) { total, hop in
            total + size(hop.hop) + 256 + hop.steps.reduce(0) { $0 + $1.document.count + 1 } + hop.assets.count * 56
        }
        return size(mission.mission) + 256 + hops + mission.assets.reduce(0) { $0 + size($1.asset) + 64 }
    }

    private static func size(_ document: OpenDocument) -> Int { document.head.count + document.metadata.count }

    /// The whole tree.
    static func write(_ mission: OpenMission, into output: inout [UInt8]) {
        open(mission.mission, Mission.metadataField, into: &output)
        output += #","hops":"#.utf8
        output.appendArray(mission.hops) { write($0, into: &$1) }
        output += #","assets":"#.utf8
        output.appendArray(mission.assets) { write($0, into: &$1) }
        output += #","mission_asset_map":"#.utf8
        map(mission.assets.lazy.map(\.entry).filter { $0.scope == .mission }, into: &output)
        close(version: mission.version, into: &output)
    }

    static func hop(_ hop: OpenHop) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(size(hop.hop) + 256)
        write(hop, into: &output)
        return output
    }

    private static func write(_ hop: OpenHop, into output: inout [UInt8]) {
        open(hop.hop, Hop.metadataField, into: &output)
        output += #","tool_steps":"#.utf8
        output.appendArray(hop.steps) { $1 += $0.document }
        output += #","hop_asset_map":"#.utf8
        map(hop.assets, into: &output)
        output.append(UInt8(ascii: "}"))
    }

    private static func write(_ asset: OpenAsset, into output: inout [UInt8]) {
        open(asset.asset, Asset.metadataField, into: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// With its content.
    static func asset(_ whole: WholeAsset) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(size(whole.asset.asset) + ((whole.content ?? nil)?.count ?? 4) + 64)
        open(whole.asset.asset, Asset.metadataField, into: &output)
        // Left out where it isn't known: who writes the answer back must not delete it.
        if let content = whole.content {
            output += #","content":"#.utf8
            if let content { output += content } else { output += "null".utf8 }
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    /// {hops}, {tool_steps} or {assets}
    static func list<Item>(
        _ key: StaticString, _ items: [Item], _ write: (Item, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member(key) { $0.appendArray(items, write) }
        return writer.finish()
    }

    static func hops(_ hops: [OpenHop]) -> [UInt8] { list("hops", hops) { write($0, into: &$1) } }

    static func assets(_ assets: [OpenAsset]) -> [UInt8] { list("assets", assets) { write($0, into: &$1) } }

    static func page(_ page: MissionPage, number: Int?, size: Int) -> [UInt8] {
        PageJSON.document("missions", page.missions, page.total, page.next, number: number, size: size) {
            mission, output in
            open(mission.mission, Mission.metadataField, into: &output)
            close(version: mission.version, into: &output)
        }
    }

    /// All but the closing bracket.
    private static func open(_ document: OpenDocument, _ field: StaticString, into output: inout [UInt8]) {
        output += document.head
        output += #",""#.utf8
        field.withUTF8Buffer { output += $0 }
        output += #"":"#.utf8
        output += document.metadata
    }

    private static func close(version: Int64, into output: inout [UInt8]) {
        output += #","version":"#.utf8
        output += String(version).utf8
        output.append(UInt8(ascii: "}"))
    }

    /// {asset id: role}
    private static func map(_ assets: some Sequence<MissionTree.AssetEntry>, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for asset in assets {
            if isFirst { isFirst = false } else { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            asset.id.write(into: &output)
            output += #"":""#.utf8
            output += asset.role.rawValue.utf8
            output.append(UInt8(ascii: "\""))
        }
        output.append(UInt8(ascii: "}"))
    }
}
