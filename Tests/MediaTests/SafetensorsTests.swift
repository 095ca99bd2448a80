import Foundation
import Testing

@testable import Media

@Suite struct SafetensorsTests {
    @Test func readsWhatTheReferenceWrote() throws {
        let file = try SafetensorsFile(contentsOf: fixture("reference.safetensors"))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.names.count == 10)
        #expect(
            try file.tensor("half").floats() == [0, -0.0, 1, 65504, 0x1p-24, 0.33325195])
        #expect(try file.tensor("brain").floats() == [1, -2.5, 3.140625])
        #expect(try file.tensor("index").integers() == [1, -2, 3, 1 << 40])
        #expect(try file.tensor("index").shape == [2, 2])
        #expect(try file.tensor("flag").integers() == [1, 0, 1])
        #expect(try file.tensor("scalar").shape == [])
        #expect(try file.tensor("scalar").integers() == [7])
        #expect(try file.tensor("empty").shape == [0, 5])
        #expect(try file.tensor("größe \"x\"").integers() == [1, -1])
        #expect(file.layout(of: "weight")?.shape == [3, 4])
    }

    @Test func writesTheSameBytesAsTheReference() throws {
        let bytes = try fixtureBytes("reference.safetensors")
        let file = try SafetensorsFile(bytes: bytes, name: "reference")
        #expect(try SafetensorsFile.encode(file.tensors(), metadata: file.metadata) == bytes)
    }

    @Test func whatIsWrittenIsRead() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("new/a.safetensors")
            let tensors = [
                "a": TensorData([1, 2, 3] as [Float]), "\u{1}\n\\": TensorData([UInt8]()),
            ]
            let metadata = ["key": "line\nline \"quoted\" \u{7}", "": ""]
            try SafetensorsFile.write(tensors, metadata: metadata, to: url, overwrite: false)
            let file = try SafetensorsFile(contentsOf: url)
            #expect(try file.tensors() == tensors)
            #expect(file.metadata == metadata)
        }
    }

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999]}}"#,
        #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}"#,
        #"{}"#, #"[]"#, #"nonsense"#, "",
    ])
    func hostileHeadersAreRefused(header: String) throws {
        var bytes: [UInt8] = []
        bytes.append(integer: UInt64(header.utf8.count))
        bytes += Array(header.utf8) + [0, 0, 0, 0]
        let error = #expect(throws: MediaError.self) {
            try SafetensorsFile(bytes: bytes, name: "hostile")
        }
        expectSentence(try #require(error))
    }

    @Test func hostileLengthsAreRefused() throws {
        for length in [UInt64.max, 1 << 40, UInt64(Int.max)] {
            var bytes: [UInt8] = []
            bytes.append(integer: length)
            #expect(throws: MediaError.self) {
                try SafetensorsFile(bytes: bytes + [1, 2], name: "hostile")
            }
        }
        #expect(throws: MediaError.self) { try SafetensorsFile(bytes: [], name: "empty") }
    }

    @Test func damagedFilesAreRefused() throws {
        let refused = fuzz(try fixtureBytes("reference.safetensors"), rounds: 2000) {
            _ = try SafetensorsFile(bytes: $0, name: "fuzz").tensors()
        }
        #expect(refused > 1000)
    }
}

@Suite struct SafetensorsRowTests {
    @Test func rowsAreThoseOfTheWhole() throws {
        let values = (0..<24).map { Float($0) }
        let file = try SafetensorsFile(
            bytes: SafetensorsFile.encode([
                "a": TensorData(values, shape: [4, 3, 2]), "b": TensorData([UInt8(1)], shape: []),
            ]), name: "rows")
        #expect(try file.tensor("a", rows: 1..<3).floats() == Array(values[6..<18]))
        #expect(try file.tensor("a", rows: 1..<3).shape == [2, 3, 2])
        #expect(try file.tensor("a", rows: 0..<0).count == 0)
        for rows in [3..<5, -1..<2] {
            #expect(throws: MediaError.self) { try file.tensor("a", rows: rows) }
        }
        #expect(throws: MediaError.self) { try file.tensor("b", rows: 0..<1) }
        #expect(throws: MediaError.self) { try file.tensor("c", rows: 0..<1) }
    }
}
