import Foundation
import Media
import Splatting

extension GaussianCloud {
    /// Reads the .ply layout of 3D Gaussian Splatting (Kerbl et al. 2023): x, y, z, f_dc_0…2,
    /// f_rest_… (channel by channel; 0, 9, 24 or 45 of them), opacity (logit), scale_0…2
    /// (logarithms), rot_0…3 (w, x, y, z). Other properties are passed over.
    /// Ascii and binary of either byte order.
    ///
    /// - Parameter dcIsColour: f_dc_0…2 are display colours and not coefficients, as LAM writes
    ///   them.
    /// - Throws: `MediaError` where the file or a property is missing or damaged; `SplatFormatError`
    ///   for another number of coefficients.
    public init(plyAt url: URL, dcIsColour: Bool = false) throws {
        let file = try PLYFile(contentsOf: url)
        let known = file.properties(of: "vertex")
        let restCount = known.count { $0.hasPrefix("f_rest_") }
        guard let degree = [0, 9, 24, 45].firstIndex(of: restCount) else {
            throw SplatFormatError.damaged(
                file: file.name, found: "\(restCount) properties f_rest_…",
                expected: "0, 9, 24 or 45")
        }
        // The file has the coefficients of red first, the cloud those of a basis function.
        let perChannel = restCount / 3
        let names =
            (0..<3).map { "f_dc_\($0)" }
            + (0..<perChannel).flatMap { k in (0..<3).map { "f_rest_\($0 * perChannel + k)" } }
        func columns(_ names: [String]) throws -> [Float] {
            try file.values(names, of: "vertex")
        }
        self.init(
            means: try columns(["x", "y", "z"]),
            logScales: try columns((0..<3).map { "scale_\($0)" }),
            quaternions: try columns((0..<4).map { "rot_\($0)" }),
            opacityLogits: try columns(["opacity"]),
            colours: dcIsColour
                ? .display(try columns((0..<3).map { "f_dc_\($0)" }))
                : .sh(try columns(names), degree: degree))
    }
}
