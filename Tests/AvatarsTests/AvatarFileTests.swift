import Foundation
import Media
import Rigs
import Spatial
import Testing

@testable import Avatars

@Suite struct AvatarFileTests {
    private let avatar = SmallAvatar.make()

    @Test func whatIsWrittenIsRead() throws {
        let bytes = try avatar.encoded()
        let read = try Avatar(bytes: bytes, name: "small")
        #expect(read.manifest == avatar.manifest)
        #expect(read.rig == avatar.rig)
        #expect(read.faces == avatar.faces)
        #expect(read.faceParts == avatar.faceParts)
        #expect(read.portrait == avatar.portrait)
        #expect(read.gaussians.faces == avatar.gaussians.faces)
        func differ(_ a: [Float], _ b: [Float], atMost limit: Float) -> Bool {
            a.count != b.count || zip(a, b).contains { abs($0 - $1) > limit }
        }
        let (a, b) = (read.gaussians, avatar.gaussians)
        #expect(!differ(a.barycentrics, b.barycentrics, atMost: 0.0005))
        #expect(!differ(a.offsets, b.offsets, atMost: 0.00001))
        #expect(!differ(a.rotations, b.rotations, atMost: 0.0005))
        #expect(!differ(a.logScales, b.logScales, atMost: 0.002))
        #expect(!differ(a.opacityLogits, b.opacityLogits, atMost: 0.002))
        #expect(!differ(a.colours, b.colours, atMost: 0.502 / 255))
        #expect(!differ(read.preview.samples, avatar.preview.samples, atMost: 0.502 / 255))
        // What was read is written to the same bytes: rounding happens once.
        #expect(try read.encoded() == bytes)
        #expect(try SmallAvatar.make().encoded() == bytes)
    }

    @Test func overwritesOnlyWhenAsked() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).likeness")
        defer { try? FileManager.default.removeItem(at: url) }
        try avatar.write(to: url, overwrite: false)
        #expect(throws: MediaError.exists(file: url.relativePath)) {
            try avatar.write(to: url, overwrite: false)
        }
        #expect(try Avatar(contentsOf: url) == Avatar(bytes: avatar.encoded(), name: ""))
        try avatar.write(to: url, overwrite: true)
    }

    @Test func nothingThatIsBoundIsAnAvatarStill() throws {
        let empty = SmallAvatar.make(gaussians: 0)
        let read = try Avatar(bytes: try empty.encoded(), name: "empty")
        #expect(read.gaussians.count == 0)
        play(read)
        var faceless = empty
        (faceless.faces, faceless.faceParts) = ([], [])
        play(try Avatar(bytes: try faceless.encoded(), name: "faceless"))
    }

    @Test func survivesAnyCut() throws {
        let bytes = try avatar.encoded()
        var cuts = Array(0..<64) + (1...64).map { bytes.count - $0 }
        cuts += stride(from: 0, to: bytes.count, by: bytes.count / 200)
        for cut in cuts {
            #expect(!expectAvatarOrSentence(Array(bytes.prefix(cut))), "cut at \(cut)")
        }
    }

    @Test func survivesChangedBytes() throws {
        let bytes = try avatar.encoded()
        var random = SplitMix(seed: 3)
        for _ in 0..<500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            expectAvatarOrSentence(changed)
        }
    }

    /// Past the archive's check sums: what an entry holds is changed, and the sums agree with it.
    @Test func survivesChangedEntries() throws {
        var random = SplitMix(seed: 4)
        let names = try ZipArchive(bytes: try avatar.encoded(), name: "").entries.map(\.name)
        var accepted = 0
        for round in 0..<600 {
            let chosen = names[round % names.count]
            let changed = try SmallAvatar.file(of: avatar) { name, bytes in
                guard name == chosen else { return }
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    // Half of them in the header.
                    let limit =
                        Bool.random(using: &random) ? min(900, bytes.count) : bytes.count
                    bytes[Int.random(in: 0..<limit, using: &random)] =
                        [0, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)]
                        .randomElement(using: &random)!
                }
            }
            if expectAvatarOrSentence(changed) { accepted += 1 }
        }
        #expect(accepted > 20, "most changes should not be caught by the header alone")
    }

    /// One value of a tensor replaced by something that no avatar holds.
    @Test(
        arguments: [
            ("gaussians", "log_scales", 1e3), ("gaussians", "log_scales", -1e3),
            ("gaussians", "log_scales", Float.nan), ("gaussians", "offsets", 1e30),
            ("gaussians", "offsets", -.infinity), ("gaussians", "opacity_logits", .infinity),
            ("gaussians", "opacity_logits", .nan), ("gaussians", "rotations", 0),
            ("gaussians", "rotations", 1e20), ("gaussians", "barycentrics", 50),
            ("rig", "vertices", 1e30), ("rig", "skin.weights", -0.5), ("rig", "skin.weights", 0),
            ("rig", "face_units.offsets", 1e20), ("rig", "bones.heads", .infinity),
            ("rig", "bones.orientations", 0), ("rig", "bones.reference_orientations", 3),
            ("portrait", "rotations", 0), ("portrait", "intrinsics", 0),
            ("portrait", "intrinsics", -500), ("portrait", "intrinsics", .nan),
            ("portrait", "view_matrix", 0), ("portrait", "view_matrix", 1e30),
            ("portrait", "root_translation", 1e10), ("portrait", "expression", 1e10),
        ] as [(String, String, Float)])
    func refusesValuesOutOfBounds(_ entry: String, _ key: String, _ value: Float) throws {
        let name = "\(entry).safetensors"
        let archive = try ZipArchive(bytes: try avatar.encoded(), name: "small")
        let tensor = try SafetensorsFile(bytes: try archive.read(name), name: name).tensor(key)
        var values = tensor.floats()
        // A whole row: a rotation with one component less may be one still.
        for i in 0..<min(4, values.count) { values[i] = value }
        try expectRefusal(
            SmallAvatar.file(
                of: avatar, entry: name, key: key, TensorData(values, shape: tensor.shape)))
    }

    @Test(
        arguments: [
            ("gaussians", "faces", 72), ("gaussians", "faces", -1), ("gaussians", "colours", 300),
            ("gaussians", "colours", -1), ("rig", "faces", 42), ("rig", "faces", -1),
            ("rig", "face_parts", 200), ("rig", "skin.bones", 3), ("rig", "skin.bones", -1),
            ("rig", "face_units.starts", 1), ("rig", "face_units.starts", -1),
            ("rig", "face_units.vertices", 42), ("rig", "bones.parents", 0),
            ("rig", "bones.parents", 2), ("rig", "bones.parents", -2), ("portrait", "size", 0),
            ("portrait", "size", -5), ("portrait", "size", 20_000),
        ] as [(String, String, Int32)])
    func refusesIndicesOutOfBounds(_ entry: String, _ key: String, _ value: Int32) throws {
        let name = "\(entry).safetensors"
        let archive = try ZipArchive(bytes: try avatar.encoded(), name: "small")
        let tensor = try SafetensorsFile(bytes: try archive.read(name), name: name).tensor(key)
        var values = try #require(tensor.integers()).map { Int32($0) }
        for i in 0..<min(2, values.count) { values[i] = value }
        try expectRefusal(
            SmallAvatar.file(
                of: avatar, entry: name, key: key, TensorData(values, shape: tensor.shape)))
    }

    @Test(arguments: [
        ("gaussians", "faces"), ("gaussians", "barycentrics"), ("gaussians", "colours"),
        ("rig", "faces"), ("rig", "vertices"), ("rig", "skin.bones"), ("rig", "skin.weights"),
        ("rig", "bones.parents"), ("rig", "face_units.starts"), ("portrait", "size"),
        ("portrait", "view_matrix"), ("portrait", "expression"),
    ])
    func refusesOtherShapesAndTypes(_ entry: String, _ key: String) throws {
        let name = "\(entry).safetensors"
        let archive = try ZipArchive(bytes: try avatar.encoded(), name: "small")
        let tensor = try SafetensorsFile(bytes: try archive.read(name), name: name).tensor(key)
        let others = [
            TensorData([] as [Float], shape: [0]),
            TensorData([] as [Float], shape: [0, 3]),
            TensorData([] as [Float], shape: [tensor.shape[0], 0]),
            TensorData([] as [Float], shape: [0, 1 << 40, 1 << 40]),
            TensorData([1] as [Float], shape: []),
            TensorData([Int64.max, Int64.min]),
            tensor.elementType.isFloatingPoint
                ? TensorData(
                    [Int32](repeating: 0, count: tensor.floats().count), shape: tensor.shape)
                : TensorData(tensor.floats(), shape: tensor.shape),
        ]
        for other in others {
            try expectRefusal(SmallAvatar.file(of: avatar, entry: name, key: key, other))
        }
    }

    @Test func refusesOtherManifestsAndPreviews() throws {
        for json in [
            "", "{}", "[]", #"{"formatVersion": 1}"#, #"{"formatVersion": "1"}"#,
            #"{"formatVersion": 0, "method": "", "rig": "", "licences": [], "provenance": {}}"#,
            String(repeating: "[", count: 100_000),
        ] {
            try expectRefusal(
                SmallAvatar.file(of: avatar) { name, bytes in
                    if name == "manifest.json" { bytes = Array(json.utf8) }
                })
        }
        let later = try SmallAvatar.file(of: avatar) { name, bytes in
            if name == "manifest.json" { bytes = Array(#"{"formatVersion": 99}"#.utf8) }
        }
        #expect(throws: AvatarError.newerVersion(file: "later", found: 99)) {
            try Avatar(bytes: later, name: "later")
        }
        for channels in [1, 2, 4] {
            try expectRefusal(
                SmallAvatar.file(of: avatar) { name, bytes in
                    if name == "preview.png" {
                        bytes = Image(width: 2, height: 2, channels: channels).pngBytes()
                    }
                })
        }
        #expect(!expectAvatarOrSentence(Array("not an avatar".utf8)))
    }

    private func expectRefusal(
        _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(!expectAvatarOrSentence(bytes), sourceLocation: sourceLocation)
    }

    /// Reads, and plays what was read; whether it was an avatar.
    @discardableResult
    private func expectAvatarOrSentence(_ bytes: [UInt8]) -> Bool {
        do {
            play(try Avatar(bytes: bytes, name: "changed"))
            return true
        } catch let error as any InputError {
            expectSentence(error)
        } catch {
            Issue.record("\(error) is not an InputError")
        }
        return false
    }

    private func expectSentence(
        _ error: any InputError, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = error.description
        #expect(
            text.hasSuffix(".") && !text.contains("\n"), "\(text)", sourceLocation: sourceLocation)
        #expect(text.count < 600, "\(text)", sourceLocation: sourceLocation)
    }

    private func play(_ avatar: Avatar) {
        let player = AvatarPlayer(avatar)
        player.pose(avatar.standingPose, expression: avatar.portrait.expression)
        let camera = Camera(
            showing: avatar.points(of: .body, in: player.vertices), width: 16, height: 16)
        #expect(player.render(camera: camera).image.pixelCount == 256)
    }
}
