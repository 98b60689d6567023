/// What is wrong with a workload, and where in its file.
package struct WorkloadError: Error, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1; nil where the file as a whole is meant.
    package var line: Int?
    package var column: Int?
    /// The field, as the path to it: `operations.append`. Empty for the whole.
    package var field: String
    package var reason: String

    /// `mix.yaml:12:11: operations.append: …`, as compilers write it.
    package var description: String {
        let place = line.map { ":\($0)" + (column.map { ":\($0)" } ?? "") } ?? ""
        return "\(file)\(place): " + (field.isEmpty ? reason : "\(field): \(reason)")
    }
}
