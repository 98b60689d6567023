import FoundationEssentials
import FuzzSupport

@testable import SessionModel

/// Hostile JSON for the scanner, merge patch, the readers of bodies and of stored documents.
///
/// The bytes up to the first 0xff are one text, those behind it another. What is accepted must be accepted by Foundation
/// too and say the same; whatever is written of it must be JSON that says the same again.
@main enum Fuzz {
    static func main() {
        fuzz { start, count in
            run(Input(start, count))
            return 0
        }
    }
}

private func run(_ input: Input) {
    var input = input
    let (first, second) = (input.text(), input.text())
    Documents.read(first)
    let tape: JSONTape
    do { tape = try JSONTape(first) } catch {
        return check((0...first.count).contains(error.offset), "an error beyond the end")
    }
    checkAccepted(tape)
    Bodies.read(tape.root)
    guard let other = try? JSONTape(second) else { return }
    checkMerge(tape.root, other.root)
    checkMerge(other.root, tape.root)
}

private func checkAccepted(_ tape: JSONTape) {
    let foundation = Expected.decode(tape)
    check(foundation == nil, "Foundation disagrees: \(foundation ?? "")")
    let tree = Tree(tape.root)
    var written: [UInt8] = []
    tree.write(into: &written)
    check((try? JSONTape(stored: written)).map { Tree($0.root) } == tree, "what is written says something else")
    let own = try? JSONTape(Array(tape.root.raw))
    check(own.map { Tree($0.root) } == tree, "a value's own bytes say something else")
    check(tape.root.holdsNUL == tree.holdsNUL, "NUL overlooked, or seen where there is none")
    check(tree.depth <= JSONLimits.depth && tree.count <= JSONLimits.values, "beyond a limit")
}

private func checkMerge(_ patch: JSONValue, _ target: JSONValue) {
    let merged = MergePatch.apply(patch, to: target)
    guard let tape = try? JSONTape(stored: merged) else { return check(false, "a merge that is not JSON") }
    check(Tree(tape.root) == Tree(target).merged(with: Tree(patch)), "a merge that is not RFC 7396's")
    let again = MergePatch.apply(patch, to: tape.root)
    check((try? JSONTape(stored: again)).map { Tree($0.root) } == Tree(tape.root), "the same patch twice differs")
}
