/// Texts as they may stand in HTML and SVG, between tags and in quoted attributes.
enum HTMLText {
    static func escape(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            // Controls are in no HTML text.
            case _ where scalar.value < 0x20 && scalar != "\n" || scalar.value == 0x7f: output += "\u{fffd}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
