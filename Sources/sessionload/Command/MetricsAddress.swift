import LoadTesting

/// `http://127.0.0.1:8080/metrics`: a target and a path.
struct MetricsAddress {
    let target: LoadTarget
    let path: String

    init?(_ url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let target = LoadTarget(scheme + rest[..<slash]), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return nil
        }
        self.target = target
        path = slash == rest.endIndex ? "/metrics" : String(rest[slash...])
    }
}
