import Spatial

/// The order in which examples come: a permutation for each epoch, which follows from the seed and the
/// place alone, so that training goes on from any place as if it had never stopped.
struct ShuffledOrder {
    private let count: Int
    private let seed: UInt64
    private var epoch = -1
    private var permutation: [Int] = []

    init(count: Int, seed: UInt64) { (self.count, self.seed) = (count, seed) }

    /// The examples of a step of `batch` examples.
    mutating func batch(_ step: Int, of batch: Int) -> [Int] {
        (step * batch..<(step + 1) * batch).map { place in
            let (epoch, index) = place.quotientAndRemainder(dividingBy: count)
            if epoch != self.epoch { shuffle(epoch) }
            return permutation[index]
        }
    }

    private mutating func shuffle(_ epoch: Int) {
        self.epoch = epoch
        permutation = Array(0..<count)
        var numbers = SplitMix(seed: SplitMix.mix(seed, UInt64(epoch)))
        for i in stride(from: count - 1, to: 0, by: -1) {
            permutation.swapAt(i, numbers.below(i + 1))
        }
    }
}
