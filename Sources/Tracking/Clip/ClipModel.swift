import Rigs
import Spatial
import Torch

/// The rig as the fitting of clips sees it: which bones turn, and what stands for each landmark.
final class ClipModel {
    let anny: Anny
    let embedding: FaceLandmarkEmbedding
    let model: DifferentiableAnny
    /// The bones that are posed, P of them, after the root, and the standard deviation of their angles
    /// about rest, radians; fingers bend more.
    let posedBones: [(bone: Int, deviation: Float)]
    let posedIndex: Tensor
    /// What makes the turns of the posed bones standard normal [P, 3, 3].
    let whitening: Tensor
    /// The standard deviation of how far fingers bend towards the palm, radians.
    private static let fingerBend: Float = 1
    /// The group of each local change: the two sides of a symmetric pair share one.
    let groupOfChange: [Int]
    let changeGroups: Tensor
    let changeGroupCount: Int
    /// Bones that bend one way only: their rows among the posed, the axes of that bend [H, 3].
    let hinges: Tensor
    let hingeAxes: Tensor
    /// Where the bones of `RigFitter.joints` are, and the ends of its limbs.
    let bodyBones: Tensor
    let limbStarts: Tensor
    let limbEnds: Tensor
    /// The bones whose motion is smoothed, and those of the feet [2 sides × 2].
    let movingBones: Tensor
    let footBones: Tensor
    /// Where the vertices of the outer skin are among the model's, and which they are.
    let skinRows: Tensor
    let skinVertices: [Int]

    /// The right and the left eye.
    let eyes: [Eye]
    /// What makes the eyes' angles of the face units [52, 4], and which units turn none [52].
    let eyeTurns = EyeTurns.matrix
    let restingUnits = Tensor(FaceUnit.allCases.map { EyeTurns.all.contains($0) ? Float(0) : 1 })

    private let faceCorners: Tensor
    private let faceWeights: Tensor
    private let irisRows: Tensor
    private let tipRows: Tensor
    private let handBones: Tensor
    private let handOrder: Tensor
    /// The bones and, after them, the vertices of the hands' points, and which of them each point is.
    let handPlaces: (bones: [Int], tips: [Int], order: [Int])

    init(anny: Anny, embedding: FaceLandmarkEmbedding) {
        self.anny = anny
        self.embedding = embedding
        let neutral = anny.shaped(AnnyShape())
        let skeleton = anny.skeleton
        let bone = { (name: String) in skeleton.index(of: name)! }

        let corners = embedding.faces.flatMap { face -> [Int] in
            let f = anny.mesh.faces[Int(face)]
            return [Int(f.x), Int(f.y), Int(f.z)]
        }
        let outer = (0..<anny.coreVertexCount).filter { anny.mesh.vertexParts[$0].isSkin }
        skinVertices = stride(from: 0, to: outer.count, by: 14).map { outer[$0] }
        eyes = [BodyPart.rightEye, .leftEye].map {
            Eye(vertices: anny.mesh.vertices(of: [$0]), at: neutral.vertices)
        }
        let irises = eyes.map(\.pupil)
        let tips = ["L", "R"].flatMap { side in
            (1...5).map { Self.tip(of: bone("finger\($0)-3.\(side)"), neutral) }
        }
        let vertices = Set(corners + skinVertices + irises + tips).sorted()
        let row = Dictionary(uniqueKeysWithValues: vertices.enumerated().map { ($1, Int64($0)) })
        model = DifferentiableAnny(anny, vertices: vertices)
        faceCorners = Tensor(corners.map { row[$0]! })
        faceWeights = Tensor(
            embedding.barycentrics.flatMap { $0 }, shape: [1, embedding.faces.count, 3, 1])
        skinRows = Tensor(skinVertices.map { row[$0]! })
        irisRows = Tensor(irises.map { row[$0]! })
        tipRows = Tensor(tips.map { row[$0]! })

        let sides = ["L", "R"]
        let fingers = sides.flatMap { side in
            (1...5).flatMap { finger in (1...3).map { "finger\(finger)-\($0).\(side)" } }
        }
        posedBones =
            RigFitter.posedBones.map { (bone($0.name), $0.deviation) }
            + fingers.map { (bone($0), $0.hasPrefix("finger1") ? 0.6 : 0.3) }
        posedIndex = Tensor([0] + posedBones.map { Int64($0.bone) })

        // Of each hand: the wrist and three bones a finger, then the five tips of each.
        var (handBones, handOrder): ([Int64], [Int64]) = ([], [])
        for (k, side) in sides.enumerated() {
            handBones.append(Int64(bone("wrist.\(side)")))
            handOrder.append(Int64(16 * k))
            for finger in 1...5 {
                for part in 1...3 {
                    handBones.append(Int64(bone("finger\(finger)-\(part).\(side)")))
                    handOrder.append(Int64(16 * k + 3 * (finger - 1) + part))
                }
                handOrder.append(Int64(32 + 5 * k + finger - 1))
            }
        }
        handPlaces = (handBones.map(Int.init), tips, handOrder.map(Int.init))
        self.handBones = Tensor(handBones)
        self.handOrder = Tensor(handOrder)
        let boneOf = Dictionary(
            uniqueKeysWithValues: RigFitter.joints.map { ($0.point, Int64(bone($0.bone))) })
        bodyBones = Tensor(RigFitter.joints.map { boneOf[$0.point]! })
        limbStarts = Tensor(RigFitter.limbs.map { boneOf[$0.0]! })
        limbEnds = Tensor(RigFitter.limbs.map { boneOf[$0.1]! })
        movingBones = Tensor(
            ([0] + posedBones.prefix(RigFitter.posedBones.count).map(\.bone)).map(Int64.init))
        footBones = Tensor(
            ["foot.L", "toe2-1.L", "foot.R", "toe2-1.R"].map { Int64(bone($0)) })

        func axis(_ name: String, towards: Vector3) -> Vector3 {
            cross(skeleton.referenceDirection(of: bone(name)), towards).normalized
        }
        let order = posedBones.map(\.bone)
        var bendAxes: [Int: Vector3] = [:]
        for side in sides {
            // Fingers but the thumb bend towards the palm, whose normal this is.
            let wrist = neutral.boneHeads[bone("wrist.\(side)")]
            let ends = [2, 5].map { neutral.boneHeads[bone("finger\($0)-1.\(side)")] - wrist }
            let palm = cross(ends[0], ends[1])
            for finger in fingers where finger.hasSuffix(side) && !finger.hasPrefix("finger1") {
                bendAxes[bone(finger)] = axis(finger, towards: palm)
            }
        }
        whitening = Tensor(
            posedBones.flatMap { posed -> [Float] in
                let off = 1 / posed.deviation
                let a = bendAxes[posed.bone] ?? .zero
                return (0..<9).map {
                    ($0 % 4 == 0 ? off : 0) + (1 / Self.fingerBend - off) * a[$0 / 3] * a[$0 % 3]
                }
            }, shape: [posedBones.count, 3, 3])

        let bends: [(name: String, towards: Vector3)] = sides.flatMap {
            [("lowerarm01.\($0)", Vector3(0, 0, 1)), ("lowerleg01.\($0)", Vector3(0, 0, -1))]
        }
        hinges = Tensor(bends.map { Int64(order.firstIndex(of: bone($0.name))!) })
        hingeAxes = Tensor(
            bends.flatMap { bend -> [Float] in
                let axis = axis(bend.name, towards: bend.towards)
                return [axis.x, axis.y, axis.z]
            }, shape: [bends.count, 3])

        var groups: [String: Int] = [:]
        groupOfChange = anny.localChangeNames.map { name in
            let key =
                name.hasPrefix("l-") || name.hasPrefix("r-") ? String(name.dropFirst(2)) : name
            let group = groups[key] ?? groups.count
            groups[key] = group
            return group
        }
        changeGroups = Tensor(groupOfChange.map(Int64.init))
        changeGroupCount = groups.count
    }

    /// The vertex at the end of a finger: of those that hang on its last bone, the farthest out.
    private static func tip(of bone: Int, _ rig: ShapedRig) -> Int {
        var best = (vertex: 0, distance: Float(-1))
        for vertex in rig.vertices.indices {
            let slot = vertex * rig.skin.slots
            guard Int(rig.skin.bones[slot]) == bone, rig.skin.weights[slot] > 0.5 else { continue }
            let distance = (rig.vertices[vertex] - rig.boneHeads[bone]).length
            if distance > best.distance { best = (vertex, distance) }
        }
        return best.vertex
    }

    /// The face's landmarks [T, 468, 3].
    func faceLandmarks(_ vertices: Tensor) -> Tensor {
        (vertices.indexSelect(1, faceCorners).reshaped(vertices.size(0), -1, 3, 3) * faceWeights)
            .sum(2)
    }

    /// The right and the left eye's pupils [T, 2, 3].
    func irises(_ vertices: Tensor) -> Tensor { vertices.indexSelect(1, irisRows) }

    /// The 21 points of the left, then of the right hand [T, 42, 3].
    func hands(_ vertices: Tensor, _ joints: Tensor) -> Tensor {
        Tensor.cat([joints.indexSelect(1, handBones), vertices.indexSelect(1, tipRows)], 1)
            .indexSelect(1, handOrder)
    }
}
