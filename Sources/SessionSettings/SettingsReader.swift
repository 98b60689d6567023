import Configuration
import FoundationEssentials
import SystemPackage

/// Reads settings by key from, in this order: what a command line sets, the environment (`SESSIOND_REDIS_SOCKET` for
/// `redis.socket`), the configuration file, the default.
struct SettingsReader {
    private let reader: ConfigReader

    init(file: String?, overrides: [String: String]) async throws(SettingsError) {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in overrides {
            values[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = ConfigValue(
                .string(value), isSecret: false)
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: values), EnvironmentVariablesProvider().prefixKeys(with: "sessiond"),
        ]
        if let file {
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
            } catch { throw SettingsError("\(file): \(error)") }
        }
        reader = ConfigReader(providers: providers)
    }

    func text(_ key: String) -> String? {
        let text = reader.string(forKey: ConfigKey(key))
        return text?.isEmpty == false ? text : nil
    }

    /// Nil also for `off`.
    func optional(_ key: String) -> String? { text(key).flatMap { $0 == "off" ? nil : $0 } }

    func text(_ key: String, default value: String) -> String { text(key) ?? value }

    func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) throws(SettingsError) -> Int {
        guard let text = text(key) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError("\(key): \(text) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number from 1; nil for `off`, which is the default.
    func bound(_ key: String, upTo most: Int) throws(SettingsError) -> Int? {
        optional(key) == nil ? nil : try integer(key, in: 1...most, default: most)
    }

    func flag(_ key: String, default value: Bool) throws(SettingsError) -> Bool {
        switch text(key) {
        case nil: return value
        case "true", "on", "yes": return true
        case "false", "off", "no": return false
        case let text?: throw SettingsError("\(key): \(text) is neither true nor false")
        }
    }

    /// Milliseconds of `250ms`, `30s`, `15m`, `24h`, `7d`; nil for `off`.
    func duration(
        _ key: String, in range: ClosedRange<Int64>, default value: Int64?
    ) throws(SettingsError) -> Int64? {
        guard let text = text(key) else { return value }
        if text == "off" { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let number = Int64(digits), let unit = units[text[digits.endIndex...]],
            case let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit), !overflow
        else { throw SettingsError("\(key): \(text) is not a duration such as 250ms, 30s, 15m, 24h or 7d") }
        guard range.contains(milliseconds) else {
            throw SettingsError("\(key): \(text) is not from \(range.lowerBound) to \(range.upperBound) ms")
        }
        return milliseconds
    }

    func duration(_ key: String, in range: ClosedRange<Int64>, always value: Int64) throws(SettingsError) -> Int64 {
        guard let milliseconds = try duration(key, in: range, default: value) else {
            throw SettingsError("\(key) can't be off")
        }
        return milliseconds
    }

    /// Bytes of `512`, `64KiB`, `1MiB`, `2GiB`.
    func size(_ key: String, in range: ClosedRange<Int>, default value: Int) throws(SettingsError) -> Int {
        guard let text = text(key) else { return value }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int] = ["": 1, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824]
        guard let number = Int(digits), let unit = units[text[digits.endIndex...]],
            case let (bytes, overflow) = number.multipliedReportingOverflow(by: unit), !overflow, range.contains(bytes)
        else {
            throw SettingsError(
                "\(key): \(text) is not a size such as 64KiB or 1MiB from \(range.lowerBound) to \(range.upperBound) bytes"
            )
        }
        return bytes
    }

    /// 0 to 1 of `50%`.
    func share(_ key: String, default value: Double) throws(SettingsError) -> Double {
        guard let text = text(key) else { return value }
        guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (1...95).contains(percent) else {
            throw SettingsError("\(key): \(text) is not a share from 1% to 95%")
        }
        return Double(percent) / 100
    }

    /// A file's mode in octal.
    func mode(_ key: String, default value: UInt16) throws(SettingsError) -> UInt16 {
        guard let text = text(key) else { return value }
        guard let mode = UInt16(text, radix: 8), mode <= 0o777 else {
            throw SettingsError("\(key): \(text) is not a file's mode such as 0660")
        }
        return mode
    }
}

/// What is wrong with the configuration, and where.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
