import Foundation
import Spatial
import Testing

@testable import Methods

/// The model that comes along.
@Suite(.serialized) struct SmallModelTests {
    /// As it is in the sources: tests need not be beside it when they run.
    private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Sources/Methods/Resources/ldm3d-small").standardized

    @Test func isSmallAndSaysWhatItsDepthMeans() throws {
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey]))
        var bytes = 0
        for case let file as URL in files {
            bytes += try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        }
        #expect(1_000_000 < bytes && bytes < 10_000_000)
        let range = try #require(try DepthRange(modelFolder: folder))
        #expect(abs(range.near - ShapeScene.depthRange.near) < 1e-5)
        #expect(abs(range.verticalFOV - ShapeScene.depthRange.verticalFOV) < 1e-5)
    }

    /// The side that a caption names has the colour that it names, and stands nearer than the wall.
    @Test func paintsWhatTheCaptionSaysWhereItSaysSo() throws {
        let model = try LDM3D(contentsOf: folder)
        var options = LDM3D.Options()
        (options.steps, options.guidance, options.count) = (20, .init(scale: 3), 2)
        func redness(_ caption: String) throws -> [(left: Float, right: Float)] {
            var result: [(left: Float, right: Float)] = []
            try model.generate(caption, options: options) { sample in
                let image = sample.image.colour
                func mean(_ columns: Range<Int>) -> Float {
                    var sum: Float = 0
                    for y in 20..<44 {
                        for x in columns {
                            let colour = image.rgb(x: x, y: y)
                            sum += colour.x - colour.z
                        }
                    }
                    return sum / Float(24 * columns.count)
                }
                result.append((mean(4..<30), mean(34..<60)))
                #expect(sample.image.depth != nil)
            }
            return result
        }
        for side in try redness("a large red sphere left of a large blue cube") {
            #expect(side.left > side.right + 0.1)
        }
        for side in try redness("a large blue cube left of a large red sphere") {
            #expect(side.right > side.left + 0.1)
        }
    }
}
