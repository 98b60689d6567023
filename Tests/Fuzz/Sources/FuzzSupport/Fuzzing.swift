import CFuzzing

#if canImport(Glibc)
    import Glibc
#endif

/// Runs libFuzzer, by the arguments of the process, on a function that takes one input.
public func fuzz(_ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, input))
}

/// A broken promise is a finding.
public func check(_ condition: Bool, _ claim: @autoclosure () -> String) {
    if !condition { fatalError(claim()) }
}

/// Bytes that are allocated now.
public var heapBytes: Int {
    let info = mallinfo2()
    return Int(info.uordblks) + Int(info.hblkhd)
}
