import Foundation
import Testing

@testable import Media

@Suite struct NumPyTests {
    @Test(arguments: ["arrays.npz", "compressed.npz"])
    func readsArraysAsNumPyDoes(name: String) throws {
        let file = try NPZFile(contentsOf: fixture(name))
        let expected = try SafetensorsFile(contentsOf: fixture("arrays.safetensors")).tensors()
        #expect(expected.count == 15)
        for (name, tensor) in expected { #expect(try file.tensor(name) == tensor, "\(name)") }
        // Without texts and objects.
        #expect(try file.tensors().count == (name == "arrays.npz" ? 19 : 15))
    }

    @Test func readsOtherLayouts() throws {
        let file = try NPZFile(contentsOf: fixture("arrays.npz"))
        #expect(try file.tensor("big") == file.tensor("f8"))
        #expect(try file.tensor("big16") == file.tensor("i2"))
        #expect(try file.tensor("fortran") == file.tensor("f4"))
        #expect(
            try file.tensor("fortran3") == TensorData((0..<24).map { Int64($0) }, shape: [2, 3, 4]))
        #expect(try file.array("gender").text == "female")
        #expect(try file.array("bytes") == .texts(["ab", ""], shape: [2]))
        #expect(try file.array("wide") == .texts(["a", "ünï"], shape: [1, 2]))
        #expect(file.names.contains("objects") && file.contains("objects"))
        let error = #expect(throws: MediaError.self) { _ = try file.array("objects") }
        let message = try #require(error).description
        #expect(message.contains("objects"))
        #expect(throws: MediaError.self) { _ = try file.tensor("gender") }
        #expect(throws: MediaError.self) { _ = try file.tensor("nothing") }
    }

    @Test func readsAllVersions() throws {
        let expected = try NPZFile(contentsOf: fixture("arrays.npz")).tensor("f4")
        for version in 1...3 {
            let array = try NumPyArray.read(contentsOf: fixture("version\(version).npy"))
            #expect(array.tensor == expected)
        }
        let old = try NumPyArray.read(contentsOf: fixture("python2.npy"))
        #expect(old.tensor == TensorData([5, -6] as [Int32], shape: [2, 1]))
    }

    @Test(arguments: ["record.npy", "complex.npy", "one.png"])
    func othersAreNamed(name: String) throws {
        let error = #expect(throws: MediaError.self) {
            try NumPyArray.read(contentsOf: fixture(name))
        }
        guard case .unsupported = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        expectSentence(try #require(error))
    }

    @Test func whatIsWrittenIsRead() throws {
        let tensors = try SafetensorsFile(contentsOf: fixture("arrays.safetensors")).tensors()
        for (name, tensor) in tensors {
            let bytes = tensor.npyBytes()
            #expect((bytes.count - tensor.bytes.count) % 64 == 0)
            #expect(try NumPyArray(decoding: bytes, name: name).tensor == tensor)
        }
        let brain = TensorData([1.5], roundedTo: .bfloat16)
        let read = try NumPyArray(decoding: brain.npyBytes(), name: "brain")
        #expect(read.tensor == TensorData([1.5] as [Float]))
        try withFolder { folder in
            for compressed in [false, true] {
                let url = folder.appendingPathComponent("\(compressed).npz")
                try NPZFile.write(tensors, compressed: compressed, to: url, overwrite: false)
                #expect(try NPZFile(contentsOf: url).tensors() == tensors)
            }
        }
    }

    @Test(arguments: [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 99999999999999999999), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (9999999999,), }",
        "{'descr': '<U999999999', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'shape': (1,), }", "{'descr': [[[", "((((", "{", "",
    ])
    func hostileHeadersAreRefused(header: String) throws {
        var bytes = NumPyHeader.magic + [1, 0]
        bytes.append(integer: UInt16(header.utf8.count))
        bytes += Array(header.utf8) + [0, 0, 0, 0]
        let error = #expect(throws: MediaError.self) {
            try NumPyArray(decoding: bytes, name: "hostile")
        }
        expectSentence(try #require(error))
    }

    @Test(arguments: ["version1.npy", "version2.npy", "record.npy", "python2.npy"])
    func damagedArraysAreRefused(name: String) throws {
        fuzz(try fixtureBytes(name), rounds: 2000) {
            _ = try NumPyArray(decoding: $0, name: "fuzz")
        }
    }

    @Test func damagedArchivesAreRefused() throws {
        fuzz(try fixtureBytes("arrays.npz"), rounds: 300) {
            _ = try NPZFile(bytes: $0, name: "fuzz").tensors()
        }
    }
}
