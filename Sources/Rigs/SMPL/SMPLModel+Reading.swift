import Foundation
import Media
import Spatial

extension SMPLModel {
    /// Reads a model: an official `.npz` or `.pkl`, old pickles with chumpy's arrays included.
    ///
    /// Landmarks of FLAME are read from `flame_static_embedding.pkl` and
    /// `flame_dynamic_embedding.npy` beside it, its eyelids from `l_eyelid.npy` and `r_eyelid.npy`,
    /// and a map of ARKit's units from the file that `ExpressionMap.url(beside:)` names, where they
    /// are.
    ///
    /// - Throws: `MediaError` where a file cannot be read; `RigError.model` where it holds something
    ///   else than a model of the family.
    public init(contentsOf url: URL) throws {
        let file = url.relativePath
        var arrays: any SMPLArrays
        if url.pathExtension.lowercased() == "npz" {
            arrays = try SMPLNPZ(contentsOf: url)
        } else {
            arrays = try SMPLPickle(contentsOf: url)
        }
        try self.init(arrays, file: file)
        let folder = url.deletingLastPathComponent()
        if kind == .flame, staticLandmarks == nil {
            let fixed = folder.appending(path: "flame_static_embedding.pkl")
            let contour = folder.appending(path: "flame_dynamic_embedding.npy")
            if FileManager.default.fileExists(atPath: fixed.path) {
                self = try SMPLModel(
                    FLAMEEmbedding(arrays, fixed: fixed, contour: contour), file: file)
            }
        }
        if kind == .flame { eyelidDirections = try Self.eyelids(folder, vertexCount: vertexCount) }
        let map = ExpressionMap.url(beside: url)
        if FileManager.default.fileExists(atPath: map.path) {
            expressionMap = try ExpressionMap(contentsOf: map, expressionCount: expressionCount)
        }
    }

    /// The offsets of closed lids from arrays [V, 3], one a side; nothing where a file is missing.
    private static func eyelids(_ folder: URL, vertexCount: Int) throws -> [Float] {
        var lids: [Float] = []
        for name in ["l_eyelid.npy", "r_eyelid.npy"] {
            let url = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: url.path) else { return [] }
            guard case .numbers(let array) = try NumPyArray.read(contentsOf: url),
                array.shape == [vertexCount, 3] || array.shape == [1, vertexCount, 3],
                array.floats().allSatisfy(\.isFinite)
            else {
                throw RigError.model(
                    file: url.relativePath, found: "another array",
                    expected: "finite offsets [\(vertexCount), 3] of a closed lid")
            }
            lids += array.floats()
        }
        return lids
    }

    init(_ arrays: any SMPLArrays, file: String) throws {
        let reader = SMPLReader(arrays: arrays, file: file)
        let v = try reader.numbers("v_template", [nil, 3])
        let vertexCount = v.shape[0]
        let weights = try reader.numbers("weights", [vertexCount, nil])
        let jointCount = weights.shape[1]
        guard let kind = Kind.allCases.first(where: { $0.jointCount == jointCount }) else {
            throw reader.wrong(
                "\(jointCount) joints", "24 of SMPL, 52 of SMPL+H, 55 of SMPL-X or 5 of FLAME")
        }
        self.kind = kind
        template = Self.vectors(v.floats())
        faces = try reader.triples("f", below: vertexCount)
        parents = try reader.parents(jointCount)
        skin = try reader.skin(weights)
        regressor = try reader.regressor(joints: jointCount, vertices: vertexCount)

        let shapes = try reader.numbers("shapedirs", [vertexCount, 3, nil])
        let total = shapes.shape[2]
        // Both shape and expression: 300 and 100, or 10 and 10 of files with fewer.
        let split = kind == .smplx || kind == .flame ? (total >= 400 ? 300 : 10) : total
        shapeCount = min(total, split)
        expressionCount = total - shapeCount
        let rows = Self.transposed(shapes.floats(), rows: 3 * vertexCount, columns: total)
        shapeDirections = Array(rows.prefix(3 * vertexCount * shapeCount))
        expressionDirections = Array(rows.dropFirst(3 * vertexCount * shapeCount))
        let features = 9 * (jointCount - 1)
        poseDirections = Self.transposed(
            try reader.numbers("posedirs", [vertexCount, 3, features]).floats(),
            rows: 3 * vertexCount, columns: features)

        leftHand = try reader.hand("l")
        rightHand = try reader.hand("r")
        staticLandmarks = try reader.landmarks("lmk", faceCount: faces.count)?.first
        let contours = try reader.landmarks("dynamic_lmk", faceCount: faces.count) ?? []
        contourLandmarks = contours.count == Self.contourTurns ? contours : []
        if try reader.optional("vt", [nil, 2]) != nil, try reader.optional("ft", [nil, 3]) != nil {
            let values = try reader.numbers("vt", [nil, 2]).floats()
            uvs = (0..<values.count / 2).map { Vector2(values[2 * $0], values[2 * $0 + 1]) }
            uvFaces = try reader.triples("ft", below: uvs.count)
        } else {
            (uvs, uvFaces) = ([], [])
        }
    }

    static func vectors(_ values: [Float]) -> [Vector3] {
        (0..<values.count / 3).map {
            Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
        }
    }

    private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { target, count in
            for row in 0..<rows {
                for column in 0..<columns {
                    target[column * rows + row] = values[row * columns + column]
                }
            }
            count = rows * columns
        }
    }
}

/// The arrays of a model's file, by name.
protocol SMPLArrays {
    /// The array of that name; nil where there is none. A sparse one is given as its full matrix.
    func array(_ name: String) throws -> TensorData?
}

/// Those of an `.npz`. Python objects in it are never looked at.
struct SMPLNPZ: SMPLArrays {
    private let archive: NPZFile

    init(contentsOf url: URL) throws { archive = try NPZFile(contentsOf: url) }

    func array(_ name: String) throws -> TensorData? {
        archive.contains(name) ? try archive.tensor(name) : nil
    }
}

/// A model's arrays with the landmarks of FLAME, which have files of their own.
struct FLAMEEmbedding: SMPLArrays {
    private let model: any SMPLArrays
    private let fixed: SMPLPickle
    private let contour: SMPLPickle?

    init(_ model: any SMPLArrays, fixed: URL, contour: URL) throws {
        self.model = model
        self.fixed = try SMPLPickle(contentsOf: fixed)
        self.contour =
            FileManager.default.fileExists(atPath: contour.path)
            ? try SMPLPickle(arrayContentsOf: contour) : nil
    }

    func array(_ name: String) throws -> TensorData? {
        switch name {
        case "lmk_faces_idx": try fixed.array("lmk_face_idx")
        case "lmk_bary_coords": try fixed.array("lmk_b_coords")
        case "dynamic_lmk_faces_idx": try contour?.array("lmk_face_idx")
        case "dynamic_lmk_bary_coords": try contour?.array("lmk_b_coords")
        default: try model.array(name)
        }
    }
}
