import Diffusion
import Foundation

extension LDM3D {
    /// The folder of the small model that comes along: scenes of shaded shapes, 64 × 64 pixels with
    /// depth.
    ///
    /// - Throws: `DiffusionError.input` where it is not beside the program.
    public static func smallModel() throws -> URL {
        let name = "ldm3d-small"
        // Not `Bundle.module`, which ends the program where the resources are not.
        let places = [Bundle.main.executableURL, Bundle(for: LDM3D.self).executableURL]
            .compactMap { $0?.resolvingSymlinksInPath().deletingLastPathComponent() }
        for place in places {
            for bundle in ["Likeness_Methods.resources", "Likeness_Methods.bundle"] {
                let folder = place.appendingPathComponent("\(bundle)/Resources/\(name)")
                let index = folder.appendingPathComponent("model_index.json")
                if FileManager.default.fileExists(atPath: index.path) { return folder }
            }
        }
        throw DiffusionError.input(
            name: "model", found: "not given",
            expected: "a model's folder (the small one that comes along, in "
                + "Likeness_Methods.resources, is not beside the program)")
    }
}
