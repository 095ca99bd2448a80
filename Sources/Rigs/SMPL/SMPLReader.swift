import Media
import Spatial

/// Checks the arrays of a model's file before anything is made of them.
struct SMPLReader {
    let arrays: any SMPLArrays
    let file: String

    func wrong(_ found: String, _ expected: String) -> RigError {
        .model(file: file, found: found, expected: expected)
    }

    /// An array of finite numbers; the dimensions that are not nil must be those.
    func optional(_ name: String, _ shape: [Int?]) throws -> TensorData? {
        guard let array = try arrays.array(name) else { return nil }
        let fits =
            array.shape.count == shape.count
            && zip(array.shape, shape).allSatisfy { $1 ?? $0 == $0 }
            && array.count > 0
        guard fits else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: " × ")
            throw wrong("\"\(name)\" of the shape \(array.shape)", expected)
        }
        if array.elementType.isFloatingPoint, !array.floats().allSatisfy(\.isFinite) {
            throw wrong("\"\(name)\" with numbers that are not finite", "finite ones")
        }
        return array
    }

    func numbers(_ name: String, _ shape: [Int?]) throws -> TensorData {
        guard let array = try optional(name, shape) else {
            throw wrong("no \"\(name)\"", "the arrays of a body model")
        }
        return array
    }

    /// Indices in 0..<`limit`, three a row.
    func triples(_ name: String, below limit: Int) throws -> [SIMD3<Int32>] {
        guard let values = try numbers(name, [nil, 3]).integers(),
            values.allSatisfy({ (0..<limit).contains($0) })
        else { throw wrong("\"\(name)\" with indices that are out of range", "0…\(limit - 1)") }
        let narrow = values.map { Int32(truncatingIfNeeded: $0) }
        return (0..<narrow.count / 3).map { row in
            SIMD3(narrow[3 * row], narrow[3 * row + 1], narrow[3 * row + 2])
        }
    }

    /// Parents that come before their children; the root's is written as 2³² − 1, or −1.
    func parents(_ count: Int) throws -> [Int] {
        guard let table = try numbers("kintree_table", [2, count]).integers() else {
            throw wrong("a \"kintree_table\" that is none of whole numbers", "parents of joints")
        }
        var parents = Array(table.prefix(count))
        parents[0] = -1
        for joint in 1..<count where !(0..<joint).contains(parents[joint]) {
            throw wrong(
                "a parent \(parents[joint]) of joint \(joint)",
                "parents that come before their children, without a cycle")
        }
        return parents
    }

    func skin(_ weights: TensorData) throws -> SkinWeights {
        let (values, joints) = (weights.floats(), weights.shape[1])
        guard values.allSatisfy({ $0 >= -1e-6 }) else {
            throw wrong("\"weights\" below 0", "weights of 0…1")
        }
        return SkinWeights(
            rows: (0..<weights.shape[0]).map { vertex in
                (0..<joints).compactMap { joint in
                    let weight = values[vertex * joints + joint]
                    return weight > 0 ? (UInt16(joint), weight) : nil
                }
            })
    }

    func regressor(joints: Int, vertices: Int) throws -> [[(vertex: Int32, weight: Double)]] {
        let values = try numbers("J_regressor", [joints, vertices]).doubles()
        return (0..<joints).map { joint in
            (0..<vertices).compactMap { vertex in
                let weight = values[joint * vertices + vertex]
                return weight != 0 ? (Int32(vertex), weight) : nil
            }
        }
    }

    func hand(_ side: String) throws -> SMPLModel.Hand? {
        guard let mean = try optional("hands_mean\(side)", [45]) else { return nil }
        return SMPLModel.Hand(
            mean: mean.floats(),
            components: try numbers("hands_components\(side)", [45, 45]).floats())
    }

    /// Sets of landmarks; one set where the arrays have no dimension for them.
    func landmarks(_ prefix: String, faceCount: Int) throws -> [SMPLModel.Landmarks]? {
        guard let faces = try arrays.array("\(prefix)_faces_idx"),
            let weights = try arrays.array("\(prefix)_bary_coords")
        else { return nil }
        guard let indices = faces.integers(), weights.shape == faces.shape + [3], faces.count > 0,
            indices.allSatisfy({ (0..<faceCount).contains($0) }),
            weights.floats().allSatisfy(\.isFinite)
        else { throw wrong("landmarks \"\(prefix)\" that lie on no face", "faces and weights") }
        let points = SMPLModel.vectors(weights.floats())
        let size = faces.shape.last ?? 1
        return stride(from: 0, to: indices.count, by: size).map { first in
            SMPLModel.Landmarks(
                faces: indices[first..<first + size].map { Int32($0) },
                barycentrics: Array(points[first..<first + size]))
        }
    }
}
