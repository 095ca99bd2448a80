import Torch

/// How well a picture is known again among others: the rank of its true partner by the cosine of
/// features, as HiFi3DFace's table has it.
public enum IdentityRank {
    /// The rank of each query's partner, 1 being the nearest; equal distances count against it.
    ///
    /// - Parameters:
    ///   - queries: features [N, D].
    ///   - gallery: features [M, D], M ≥ N: the partner of query i is row i, further rows are distractors.
    public static func evaluate(_ queries: Tensor, _ gallery: Tensor) -> [Int] {
        precondition(queries.size(0) <= gallery.size(0) && queries.size(1) == gallery.size(1))
        let similarity = noGrad {
            queries.normalized(1).matmul(gallery.normalized(1).transposed()).array()
        }
        let columns = gallery.size(0)
        return (0..<queries.size(0)).map { row in
            let own = similarity[row * columns + row]
            return (0..<columns).reduce(1) {
                $0 + ($1 != row && similarity[row * columns + $1] >= own ? 1 : 0)
            }
        }
    }
}
