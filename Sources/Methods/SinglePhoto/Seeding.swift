import Avatars
import Foundation
import Rigs
import Spatial
import Splatting

/// Places Gaussians on the shell: uniformly within each face's triangle of the texture atlas, as many
/// as the photograph has pixels for it, and as many as its part deserves where it is not seen.
struct Seeding {
    /// The Gaussians at rest; colours are yet to be painted.
    let gaussians: BoundGaussians

    /// How many Gaussians a pixel of the photograph gets.
    private static let perPixel: Float = 0.9
    /// The deviation of a Gaussian in the surface, in shares of the distance to its neighbours.
    private static let overlap: Float = 0.8
    /// The thickness, in shares of the distance to the neighbours.
    private static let thickness: Float = 0.25

    /// - Parameters:
    ///   - restVertices: the shell at rest, V.
    ///   - visiblePixels: how many pixels of the photograph show each covered face.
    init(_ body: FittedBody, restVertices: [Vector3], visiblePixels: [Float]) {
        let mesh = body.anny.mesh
        var faces: [Int32] = []
        var barycentrics: [Float] = []
        var offsets: [Float] = []
        var rotations: [Float] = []
        var logScales: [Float] = []
        for (local, global) in body.coveredFaces.enumerated() {
            let corners = mesh.faces[global]
            let (ia, ib, ic) = (Int(corners.x), Int(corners.y), Int(corners.z))
            let (a, b, c) = (restVertices[ia], restVertices[ib], restVertices[ic])
            let area = cross(b - a, c - a).length / 2
            guard area > 1e-10 else { continue }
            let spacing = Self.spacing(mesh.faceParts[global])
            let count = max(
                1,
                Int((area / (spacing * spacing)).rounded()),
                Int((visiblePixels[local] * Self.perPixel).rounded(.up)))
            let rig = body.rig.vertices
            let bare = FaceFrame(rig[ia], rig[ib], rig[ic])
            let shell = FaceFrame(a, b, c)
            let rotation = Quaternion(bare.axes.transposed * shell.axes)
            let distance = (area / Float(count)).squareRoot()
            let inPlane = log(distance * Self.overlap)
            let across = log(max(distance * Self.thickness, 1e-4))
            for sample in 0..<count {
                let weights = Self.sample(sample, face: global)
                let onShell = a * weights.x + b * weights.y + c * weights.z
                let onRig = rig[ia] * weights.x + rig[ib] * weights.y + rig[ic] * weights.z
                let offset = onShell - onRig
                faces.append(Int32(local))
                barycentrics += [weights.x, weights.y, weights.z]
                offsets += [offset.x, offset.y, offset.z]
                rotations += [rotation.w, rotation.x, rotation.y, rotation.z]
                logScales += [inPlane, inPlane, across]
            }
        }
        let count = faces.count
        gaussians = BoundGaussians(
            faces: faces, barycentrics: barycentrics, offsets: offsets, rotations: rotations,
            logScales: logScales, opacityLogits: [Float](repeating: 3.5, count: count),
            colours: [Float](repeating: 0.5, count: 3 * count))
    }

    /// The distance between neighbouring Gaussians where the photograph does not ask for less, metres.
    private static func spacing(_ part: BodyPart) -> Float {
        switch part {
        case .face, .lips, .leftEye, .rightEye, .upperTeeth, .lowerTeeth: 0.0018
        case .leftEyeSocket, .rightEyeSocket, .tongue, .mouthCavity: 0.003
        case .leftEar, .rightEar, .leftHand, .rightHand: 0.004
        case .scalp, .neck: 0.005
        default: 0.008
        }
    }

    /// The i-th of evenly spread points of a triangle: the R₂ sequence (Roberts 2018), shifted by a
    /// hash of the face, folded from the square onto the triangle.
    private static func sample(_ i: Int, face: Int) -> Vector3 {
        let hash = UInt32(truncatingIfNeeded: face &* 2_654_435_761)
        let shift = (Double(hash & 0xffff) / 65536, Double(hash >> 16) / 65536)
        var u = (shift.0 + Double(i + 1) * 0.7548776662466927).truncatingRemainder(dividingBy: 1)
        var v = (shift.1 + Double(i + 1) * 0.5698402909980532).truncatingRemainder(dividingBy: 1)
        if u + v > 1 { (u, v) = (1 - u, 1 - v) }
        return Vector3(Float(1 - u - v), Float(u), Float(v))
    }
}
