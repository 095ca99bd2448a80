import Rigs
import Spatial
import Torch

extension RigFitter {
    /// The evidence as tensors.
    struct Targets {
        struct Face {
            let observed: [Vector2]
            let pixels: Tensor
            let weights: Tensor
            /// The distance of the outer corners of the eyes, pixels.
            let unit: Float
        }

        struct Body {
            let observed: [Vector2]
            let pixels: Tensor
            let bones: Tensor
            let weights: Tensor
            let limbStarts: Tensor
            let limbEnds: Tensor
            /// The z (towards the viewer) of the limbs' unit directions.
            let limbDepths: Tensor
            let limbWeights: Tensor
            let unit: Float
            let farthestPair: (Int, Int)
        }

        var face: Face?
        var body: Body?
        /// The height of what was observed, pixels.
        var height: Float
        var maskWeight: Float

        init(_ evidence: Evidence, skeleton: Skeleton) {
            let size = Vector2(Float(evidence.mask.width), Float(evidence.mask.height))
            maskWeight = 10
            height = size.y
            if let landmarks = evidence.face {
                let points = landmarks.points.map { Vector2($0.x, $0.y) }
                let corners = FaceLandmarkEmbedding.eyeCorners
                let weights = points.indices.map { i -> Float in
                    if FaceLandmarkEmbedding.outline.contains(i) { return 0.3 }
                    return FaceLandmarkEmbedding.innerLips.contains(i) ? 2 : 1
                }
                face = Face(
                    observed: points, pixels: Self.tensor(points), weights: Tensor(weights),
                    unit: max(1, (points[corners.0] - points[corners.1]).length))
            }
            guard let pose = evidence.body else { return }
            let joints = RigFitter.joints
            let points = joints.map { joint -> Vector2 in
                let p = pose[joint.point].position
                return Vector2(p.x, p.y)
            }
            func weight(_ point: PosePoint) -> Float {
                let p = pose[point].position
                let isInside = p.x >= 0 && p.y >= 0 && p.x < size.x && p.y < size.y
                return isInside ? pose[point].visibility : 0
            }
            let weights = joints.map { $0.weight * weight($0.point) }
            let seen = points.indices.filter { weights[$0] > 0.3 }
            let ys = seen.map { points[$0].y } + (face?.observed.map(\.y) ?? [])
            height = max(1, (ys.max() ?? size.y) - (ys.min() ?? 0))
            let bone = { (name: String) in Int64(skeleton.index(of: name)!) }
            let boneOf = Dictionary(uniqueKeysWithValues: joints.map { ($0.point, bone($0.bone)) })
            let limbs = RigFitter.limbs
            let depths = limbs.map { limb in
                -(pose[limb.1].world - pose[limb.0].world).normalized.z
            }
            var pair = (0, 1)
            var longest: Float = -1
            for a in seen {
                for b in seen where (points[a] - points[b]).length > longest {
                    (pair, longest) = ((a, b), (points[a] - points[b]).length)
                }
            }
            body = Body(
                observed: points, pixels: Self.tensor(points),
                bones: Tensor(joints.map { bone($0.bone) }), weights: Tensor(weights),
                limbStarts: Tensor(limbs.map { boneOf[$0.0]! }),
                limbEnds: Tensor(limbs.map { boneOf[$0.1]! }), limbDepths: Tensor(depths),
                limbWeights: Tensor(limbs.map { min(weight($0.0), weight($0.1)) }),
                unit: face?.unit ?? height / 12, farthestPair: pair)
        }

        private static func tensor(_ points: [Vector2]) -> Tensor {
            Tensor(points.flatMap { [$0.x, $0.y] }, shape: [points.count, 2])
        }
    }

    /// The bone whose head a point of the pose stands for, and how well.
    static let joints: [(point: PosePoint, bone: String, weight: Float)] = [
        (.leftShoulder, "upperarm01.L", 1), (.rightShoulder, "upperarm01.R", 1),
        (.leftElbow, "lowerarm01.L", 1), (.rightElbow, "lowerarm01.R", 1),
        (.leftWrist, "wrist.L", 1), (.rightWrist, "wrist.R", 1),
        (.leftIndex, "finger2-1.L", 0.3), (.rightIndex, "finger2-1.R", 0.3),
        (.leftPinky, "finger5-1.L", 0.3), (.rightPinky, "finger5-1.R", 0.3),
        (.leftHip, "upperleg01.L", 1), (.rightHip, "upperleg01.R", 1),
        (.leftKnee, "lowerleg01.L", 1), (.rightKnee, "lowerleg01.R", 1),
        (.leftAnkle, "foot.L", 1), (.rightAnkle, "foot.R", 1),
        (.leftFootIndex, "toe2-1.L", 0.5), (.rightFootIndex, "toe2-1.R", 0.5),
    ]

    /// Limbs whose direction in depth the world points give: from the first joint to the second.
    static let limbs: [(PosePoint, PosePoint)] = [
        (.leftShoulder, .leftElbow), (.leftElbow, .leftWrist), (.rightShoulder, .rightElbow),
        (.rightElbow, .rightWrist), (.leftHip, .leftKnee), (.leftKnee, .leftAnkle),
        (.rightHip, .rightKnee), (.rightKnee, .rightAnkle),
    ]
}
