/// Finds a route: a tree of path segments, made once from the table. Literals come before captures.
struct Router: Sendable {
    enum Match: Equatable {
        /// The route's place in ``Routes/all``, and what stands in the path for its `{…}`, in order.
        case found(route: Int, captures: [Substring])
        /// The path is known, the method is not: what belongs into `Allow`.
        case notAllowed(allow: String)
        case unknown
    }

    private struct Node {
        var literals: [(segment: String, node: Int)] = []
        var capture: Int?
        var routes: [(method: Method, route: Int)] = []
        var allow: String = ""
    }

    private let nodes: [Node]

    init(_ routes: [Route] = Routes.all) {
        var nodes = [Node()]
        for (number, route) in routes.enumerated() {
            var current = 0
            for segment in route.pattern.split(separator: "/") {
                let isCapture = segment.hasPrefix("{")
                let known =
                    isCapture
                    ? nodes[current].capture
                    : nodes[current].literals.first { $0.segment == segment }?.node
                if let known {
                    current = known
                    continue
                }
                nodes.append(Node())
                let new = nodes.count - 1
                if isCapture {
                    nodes[current].capture = new
                } else {
                    nodes[current].literals.append((String(segment), new))
                }
                current = new
            }
            nodes[current].routes.append((route.method, number))
        }
        for index in nodes.indices {
            let methods = nodes[index].routes.map(\.method)
            nodes[index].allow = Method.allCases.filter(methods.contains)
                .map { $0 == .get ? "GET, HEAD" : $0.rawValue }.joined(separator: ", ")
        }
        self.nodes = nodes
    }

    func match(method: String, path: String) -> Match {
        guard let segments = RoutePath.segments(of: path) else { return .unknown }
        var current = 0
        var captures: [Substring] = []
        for segment in segments {
            // Most are told apart by their lengths.
            let length = segment.utf8.count
            let literal = nodes[current].literals.first { $0.segment.utf8.count == length && $0.segment == segment }
            if let literal {
                current = literal.node
            } else if let capture = nodes[current].capture {
                captures.append(segment)
                current = capture
            } else {
                return .unknown
            }
        }
        let node = nodes[current]
        guard !node.routes.isEmpty else { return .unknown }
        let wanted = method == "HEAD" ? Method.get.rawValue : method
        guard let route = node.routes.first(where: { $0.method.rawValue == wanted }) else {
            return .notAllowed(allow: node.allow)
        }
        return .found(route: route.route, captures: captures)
    }
}
