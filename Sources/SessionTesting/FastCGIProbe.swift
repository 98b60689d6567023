/// Asks a FastCGI server for one path, without nginx: for waiting until it is ready.
public enum FastCGIProbe {
    /// The answer's status.
    public static func get(_ path: String, socket: String) throws -> Int {
        var client = try FastCGIClient(socket: socket)
        return try client.request("GET", path)
    }
}
