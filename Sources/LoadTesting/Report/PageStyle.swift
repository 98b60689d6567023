/// How the page looks: light or dark as its reader's system is. Nothing is loaded from anywhere.
enum PageStyle {
    private static let light = ["#2a78d6", "#eb6834", "#1baf7a", "#c98500", "#4a3aa7", "#e34948", "#0f8a9d", "#d6569a"]
    private static let dark = ["#3987e5", "#d95926", "#199e70", "#c98500", "#9085e9", "#e66767", "#2fa9bd", "#d55181"]
    static let colors = 8

    static var css: String {
        func variables(_ colors: [String]) -> String {
            zip(1..., colors).map { "--c\($0): \($1);" }.joined(separator: " ")
        }
        var css = """
            :root { color-scheme: light dark; --page: #f6f6f3; --card: #fff; --ink: #16181d; --faint: #5d6470; --grid: #e4e4df; \(variables(light)) }
            @media (prefers-color-scheme: dark) {
              :root { --page: #131416; --card: #1c1e21; --ink: #ececea; --faint: #a0a5ad; --grid: #303338; \(variables(dark)) }
            }
            * { box-sizing: border-box; }
            body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
            main { max-width: 1060px; margin: 0 auto; padding: 32px 20px 64px; }
            h1 { font-size: 24px; margin: 0 0 4px; }
            h2 { font-size: 17px; margin: 0 0 2px; }
            p { margin: 0 0 10px; }
            .note, .faint, .legend { color: var(--faint); }
            .note { font-size: 13.5px; }
            section { background: var(--card); border: 1px solid var(--grid); border-radius: 10px; padding: 18px 20px 12px; margin: 18px 0; }
            .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin: 20px 0 0; }
            .tile { background: var(--card); border: 1px solid var(--grid); border-radius: 10px; padding: 12px 16px; }
            .tile b { display: block; font-size: 24px; font-weight: 600; line-height: 1.25; }
            .tile span { color: var(--faint); font-size: 13.5px; }
            .bad b { color: var(--c6); }
            .legend { font-size: 13.5px; margin: 6px 0 4px; }
            .legend span { margin-right: 16px; white-space: nowrap; }
            .legend i { display: inline-block; width: 14px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 6px; }
            .legend i.dotted { border-top-style: dashed; }
            svg { width: 100%; height: auto; display: block; }
            svg text { fill: var(--faint); font-size: 13px; }
            svg text.value { fill: var(--ink); }
            svg tspan.faint { fill: var(--faint); }
            .grid { stroke: var(--grid); stroke-width: 1; }
            .axis, .tick { stroke: var(--faint); stroke-width: 1; }
            .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
            .line.dotted { stroke-dasharray: 5 5; }
            circle.hover { opacity: 0; }
            circle.hover:hover { opacity: 1; }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--grid); white-space: nowrap; }
            th { color: var(--faint); font-weight: 500; font-size: 13.5px; }
            th:first-child, td:first-child { text-align: left; padding-left: 0; }
            tr:last-child td { border-bottom: 0; }
            tr.sum td { font-weight: 600; }
            .settings td { text-align: left; white-space: normal; }
            .settings td:first-child { color: var(--faint); width: 200px; }
            .violations li { margin: 4px 0; overflow-wrap: anywhere; }

            """
        for color in 1...colors {
            css +=
                ".s\(color) { stroke: var(--c\(color)); } .f\(color) { fill: var(--c\(color)); } .legend i.b\(color) { border-color: var(--c\(color)); }\n"
        }
        return css
    }
}
