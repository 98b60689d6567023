/// JSON Merge Patch (RFC 7396): members of `patch` replace those of the target, `null` removes, objects merge.
///
/// Works on texts: what the patch doesn't name keeps its own bytes, numbers with every digit included.
public enum MergePatch {
    /// The text of `target` with `patch` applied. A target or a patch that is no object is replaced as a whole.
    public static func apply(_ patch: JSONValue, to target: JSONValue) -> [UInt8] {
        var output: [UInt8] = []
        merge(patch, into: target, &output)
        return output
    }

    private static func merge(_ patch: JSONValue, into target: JSONValue?, _ output: inout [UInt8]) {
        guard patch.kind == .object else {
            output += patch.raw
            return
        }
        // By bytes: two keys that only look alike to Unicode's rules are two keys to JSON's.
        var patches: [[UInt8]: JSONValue] = [:]
        for (key, value) in patch.members { patches[Array(key.utf8)] = value }
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        func begin(_ key: String, _ output: inout [UInt8]) {
            if isFirst { isFirst = false } else { output.append(UInt8(ascii: ",")) }
            JSONText.write(key, into: &output)
            output.append(UInt8(ascii: ":"))
        }
        if let target {
            for (key, value) in target.members {
                guard let change = patches.removeValue(forKey: Array(key.utf8)) else {
                    begin(key, &output)
                    output += value.raw
                    continue
                }
                guard change.kind != .null else { continue }
                begin(key, &output)
                merge(change, into: value, &output)
            }
        }
        for (key, value) in patch.members where patches[Array(key.utf8)] != nil && value.kind != .null {
            begin(key, &output)
            merge(value, into: nil, &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
