import Foundation
import Rigs
import Spatial

/// A finished avatar: a person's rig, the Gaussians bound to it, and where it came from.
///
/// It is self-contained: playing it needs no data of the rig's makers and no tensor library.
public struct Avatar: Equatable, Sendable {
    public var manifest: AvatarManifest
    /// The person's rig, posable.
    public var rig: ShapedRig
    /// The faces of the rig's mesh that the avatar covers, F×3, counter-clockwise from outside.
    public var faces: [SIMD3<Int32>]
    /// The part of the body of each face, F.
    public var faceParts: [BodyPart]
    /// The appearance.
    public var gaussians: BoundGaussians
    /// The view of the photograph it was made from.
    public var portrait: AvatarView
    /// A picture of the avatar, three channels.
    public var preview: Image

    public init(
        manifest: AvatarManifest, rig: ShapedRig, faces: [SIMD3<Int32>], faceParts: [BodyPart],
        gaussians: BoundGaussians, portrait: AvatarView, preview: Image
    ) {
        self.manifest = manifest
        self.rig = rig
        self.faces = faces
        self.faceParts = faceParts
        self.gaussians = gaussians
        self.portrait = portrait
        self.preview = preview
    }
}

/// What an avatar's file says about itself.
public struct AvatarManifest: Equatable, Sendable, Codable {
    /// The version of the layout that this build writes.
    public static let currentVersion = 1

    /// The version of the file's layout.
    public var formatVersion = Self.currentVersion
    /// The method that made the avatar, such as "single-photo".
    public var method: String
    /// The parametric human that the rig came from, such as "anny".
    public var rig: String
    /// Licences of what is inside, in words.
    public var licences: [String]
    /// How it was made: the source's name, the options, the figures reached.
    public var provenance: [String: String]

    public init(method: String, rig: String, licences: [String], provenance: [String: String]) {
        self.method = method
        self.rig = rig
        self.licences = licences
        self.provenance = provenance
    }
}

extension Avatar {
    /// How the person stands when nothing else is asked for: upright and facing the camera, the limbs
    /// as in the photograph.
    public var standingPose: Pose {
        var pose = portrait.pose
        pose.rotations[0] = .identity
        pose.rootTranslation = .zero
        return pose
    }
}
