/// `key=value` from a command line.
public enum SettingsOverrides {
    public static func parse(_ texts: [String]) throws(SettingsError) -> [String: String] {
        var overrides: [String: String] = [:]
        for text in texts {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw SettingsError("--set \(text): not of the form key=value")
            }
            overrides[String(text[..<sign])] = String(text[text.index(after: sign)...])
        }
        return overrides
    }
}
