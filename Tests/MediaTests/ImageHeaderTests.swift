import Foundation
import Testing

@testable import Media

@Suite struct ImageHeaderTests {
    /// Every picture among the fixtures that can be decoded has the header that its decoder finds.
    @Test func headersAgreeWithDecodedPictures() throws {
        let folder = try fixture("one.png").deletingLastPathComponent()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        var count = 0
        for name in names where ["png", "jpg", "webp"].contains((name as NSString).pathExtension) {
            let url = folder.appendingPathComponent(name)
            guard let file = try? ImageFile(contentsOf: url) else { continue }
            let header = try ImageHeader(contentsOf: url)
            #expect(
                header.width == file.image.width && header.height == file.image.height, "\(name)")
            #expect(header.format == file.format, "\(name)")
            #expect(header.focalLength35mm == file.focalLength35mm, "\(name)")
            #expect(header.hasAlpha == [2, 4].contains(file.image.channels), "\(name)")
            count += 1
        }
        #expect(count > 35)
    }

    @Test(arguments: ["turned6.jpg", "rgb8.png", "lossy.webp", "palette8.png"])
    func damageIsToldNotTrappedOn(_ name: String) throws {
        fuzz(try fixtureBytes(name)) { _ = try ImageHeader(bytes: $0, name: name) }
    }

    @Test func otherFilesAreRefused() throws {
        #expect(throws: MediaError.self) { try ImageHeader(contentsOf: fixture("picture.gif")) }
    }
}
