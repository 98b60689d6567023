/// Numbers as people read them.
public enum Units {
    /// `12,345`.
    public static func count(_ value: some FixedWidthInteger) -> String {
        let digits = String(value.magnitude)
        var output = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { output += "," }
            output.append(digit)
        }
        return output
    }

    /// `512 B`, `1.5 KiB`, `12 MiB`.
    public static func bytes(_ value: Int) -> String {
        let names = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        guard value.magnitude >= 1024 else { return "\(value) B" }
        var (amount, index) = (Double(value) / 1024, 0)
        while amount.magnitude >= 1023.95, index < names.count - 1 {
            amount /= 1024
            index += 1
        }
        return "\(decimal(amount, amount.magnitude < 99.95 ? 1 : 0)) \(names[index])"
    }

    /// `850 ms`, `12.3 s`, `4 m 10 s`, `23 h 59 m`, `6 d 23 h`.
    public static func duration(milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude
        let sign = milliseconds < 0 ? "-" : ""
        let seconds = magnitude / 1000
        switch magnitude {
        case ..<1000: return "\(sign)\(magnitude) ms"
        case ..<60_000: return "\(sign)\(decimal(Double(magnitude) / 1000, 1)) s"
        case ..<3_600_000: return "\(sign)\(seconds / 60) m \(seconds % 60) s"
        case ..<86_400_000: return "\(sign)\(seconds / 3600) h \(seconds / 60 % 60) m"
        default: return "\(sign)\(seconds / 86_400) d \(seconds / 3600 % 24) h"
        }
    }

    /// `12.3 %` of a share from 0 to 1.
    public static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }

    /// With so many digits behind the point; at most 1e15 is told exactly. What is no number stands as `–`.
    public static func decimal(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((value.magnitude * Double(scale)).rounded())
        let whole = count(scaled / Int64(scale))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let rest = String(scaled % Int64(scale))
        return "\(sign)\(whole).\(String(repeating: "0", count: digits - rest.count))\(rest)"
    }
}
