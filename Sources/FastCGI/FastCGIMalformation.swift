/// Why a request's parameters cannot be served: a 400.
public enum FastCGIMalformation: Error, Sendable, Equatable {
    /// PARAMS ended inside a pair.
    case truncatedPair
    /// PARAMS is longer than ``FastCGILimits/parametersBytes``.
    case tooLong
    /// More pairs than ``FastCGILimits/parameters``.
    case tooManyParameters
    /// A parameter that decides what is done came twice.
    case duplicate(FastCGIParameters.Critical)
    /// CONTENT_LENGTH that is no number of 1 to 19 digits.
    case contentLength

    /// One sentence for the client; holds nothing the client sent.
    public var detail: String {
        switch self {
        case .truncatedPair: "The request's parameters end inside a pair."
        case .tooLong: "The request's header fields are too long."
        case .tooManyParameters: "The request has too many header fields."
        case .duplicate(let name): "\(name.rawValue) is given more than once."
        case .contentLength: "Content-Length is not a number."
        }
    }
}
