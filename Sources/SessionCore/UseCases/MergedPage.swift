import SessionModel

/// One page out of two lists in the order of ``Place``: what the hot tier answers for, and what SQLite does.
struct MergedPage<Kind, Cold> {
    /// `cold` is nil where the hot tier answers.
    let shown: ArraySlice<(place: Place<Kind>, cold: Cold?)>
    let hasMore: Bool

    /// - Parameters:
    ///   - hot: in order.
    ///   - cold: in order, behind the page's start, one more than ``PageRequest/reach`` says where there are so many.
    init(hot: [Place<Kind>], cold: [Cold], page: PageRequest<Kind>, place: (Cold) -> Place<Kind>) {
        let (after, skip, limit) = page.window
        let upcoming = hot.filter { $0.isBehind(after) }
        var merged: [(place: Place<Kind>, cold: Cold?)] = []
        var (hotIndex, coldIndex) = (0, 0)
        while merged.count < page.reach {
            let nextHot = hotIndex < upcoming.count ? upcoming[hotIndex] : nil
            let nextCold = coldIndex < cold.count ? cold[coldIndex] : nil
            if let nextHot, nextCold.map({ nextHot.comesBefore(place($0)) }) ?? true {
                merged.append((nextHot, nil))
                hotIndex += 1
            } else if let nextCold {
                merged.append((place(nextCold), nextCold))
                coldIndex += 1
            } else {
                break
            }
        }
        shown = merged.dropFirst(skip).prefix(limit)
        hasMore = merged.count > skip + limit
    }

    /// Where the next page begins.
    var next: Place<Kind>? { hasMore ? shown.last?.place : nil }
    /// Hot when all of it is.
    var source: AnswerSource { shown.allSatisfy { $0.cold == nil } ? .hot : .loaded }
}

extension PageRequest {
    /// Behind which place, how many to skip, how many to show.
    var window: (after: Place<Kind>?, skip: Int, limit: Int) {
        switch self {
        case .numbered(let page, let size): (nil, (page - 1) * size, size)
        case .following(let place, let limit): (place, 0, limit)
        }
    }

    /// Rows to read: the page's, those skipped before it, and one that tells whether there are more.
    var reach: Int { window.skip + window.limit + 1 }
}
