/// The heart of byte-pair encoding (Sennrich et al., arXiv 1508.07909): which neighbouring symbols
/// become one, and which first.
struct BytePairMerges: Sendable {
    /// Two symbols as one key.
    private struct Pair: Hashable {
        let left, right: Int32
    }

    private struct Merge {
        let rank, result: Int32
    }

    private var merges: [Pair: Merge] = [:]
    /// The symbol of each byte within a word, and at its end.
    private var inner: [Int32]
    private var last: [Int32]

    static let endOfWord = "</w>"

    /// - Parameters:
    ///   - vocabulary: the symbols' numbers; bytes are written in `alphabet`.
    ///   - merges: pairs of symbols, the first to be merged first.
    ///   - unknown: stands for a byte that the vocabulary has not.
    /// - Returns: nil where a symbol of the merges, or what they become, is not in the vocabulary.
    init?(vocabulary: [String: Int], merges pairs: [(String, String)], unknown: Int) {
        func symbols(_ suffix: String) -> [Int32] {
            Self.alphabet.map { Int32(vocabulary["\($0)\(suffix)"] ?? unknown) }
        }
        (inner, last) = (symbols(""), symbols(Self.endOfWord))
        merges.reserveCapacity(pairs.count)
        for (rank, (left, right)) in pairs.enumerated() {
            guard let a = vocabulary[left], let b = vocabulary[right],
                let result = vocabulary[left + right]
            else { return nil }
            // Of equal pairs the last counts, as in the tokenizers library.
            merges[Pair(left: Int32(a), right: Int32(b))] = Merge(
                rank: Int32(rank), result: Int32(result))
        }
    }

    /// How bytes are written in vocabularies: those that print as themselves, the others as the
    /// letters from U+0100 on.
    static let alphabet: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0...255).map { (byte: UInt32) in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)!
            default:
                defer { next += 1 }
                return Unicode.Scalar(next)!
            }
        }
    }()

    /// The numbers of a word's symbols, merged until no pair is left to merge; the pair of lowest
    /// rank first, of equal ones the leftmost. Takes n·log n steps for n bytes.
    func symbols(of word: [UInt8]) -> [Int32] {
        guard word.count > 1 else { return word.map { last[Int($0)] } }
        var symbols = word.map { inner[Int($0)] }
        symbols[word.count - 1] = last[Int(word[word.count - 1])]
        // A chain through the symbols that are left; merged ones are marked by −1.
        var next = Array(1...word.count)
        var previous = Array(-1..<word.count - 1)
        var queue = Queue()
        func offer(_ left: Int, _ right: Int) {
            if let merge = merges[Pair(left: symbols[left], right: symbols[right])] {
                queue.insert(.init(rank: merge.rank, place: Int32(left), result: merge.result))
            }
        }
        for place in 0..<word.count - 1 { offer(place, place + 1) }
        while let candidate = queue.removeLeast() {
            let place = Int(candidate.place)
            guard symbols[place] >= 0, next[place] < word.count else { continue }
            let right = next[place]
            // The neighbours may have been merged with others since.
            let merge = merges[Pair(left: symbols[place], right: symbols[right])]
            guard merge?.result == candidate.result else { continue }
            symbols[place] = candidate.result
            symbols[right] = -1
            next[place] = next[right]
            if next[place] < word.count {
                previous[next[place]] = place
                offer(place, next[place])
            }
            if previous[place] >= 0 { offer(previous[place], place) }
        }
        return symbols.filter { $0 >= 0 }
    }

    /// Candidates for merging, as a binary heap.
    private struct Queue {
        struct Candidate: Comparable {
            let rank, place, result: Int32

            static func < (a: Candidate, b: Candidate) -> Bool {
                (a.rank, a.place) < (b.rank, b.place)
            }
        }

        private var heap: [Candidate] = []

        mutating func insert(_ candidate: Candidate) {
            heap.append(candidate)
            var child = heap.count - 1
            while child > 0 && heap[child] < heap[(child - 1) / 2] {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func removeLeast() -> Candidate? {
            guard let least = heap.first else { return nil }
            let moved = heap.removeLast()
            guard !heap.isEmpty else { return least }
            heap[0] = moved
            var parent = 0
            while true {
                var child = 2 * parent + 1
                guard child < heap.count else { return least }
                if child + 1 < heap.count && heap[child + 1] < heap[child] { child += 1 }
                guard heap[child] < heap[parent] else { return least }
                heap.swapAt(child, parent)
                parent = child
            }
        }
    }
}
