import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

@Suite struct ICTTests {
    /// A folder in the layout of FaceXModel: a face of a quad, and two eyes of a triangle each.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, moved: [Int: Vector3] = [:]) throws {
            var text = "mtllib a.mtl\n"
            for (i, v) in Self.vertices.enumerated() {
                let p = v + (moved[i] ?? .zero)
                text += "v \(p.x) \(p.y) \(p.z)\n"
            }
            text += "vt 0 0\nvt 1 0\nvt 1 1\nusemtl M_Face\nf 1/1 2/2 3/3 4/1\n"
            text += "usemtl M_ScleraLeft\nf 5/1 6/2 7/3\nusemtl M_IrisRight\nf -3/1 -2/2 -1/3\n"
            try Data(text.utf8).write(to: folder.appending(path: name + ".obj"))
        }
        try write("generic_neutral_mesh")
        try write("identity000", moved: [0: Vector3(1, 0, 0)])
        try write("identity001", moved: [1: Vector3(0, 2, 0)])
        try write("jawOpen", moved: [2: Vector3(0, -1, 0)])
        try write("browInnerUp_L", moved: [3: Vector3(0, 0.5, 0)])
        try write("mouthSmile_R", moved: [0: Vector3(0, 0.25, 0)])
        try body(folder)
    }

    private static let vertices = [
        Vector3(-5, -5, 0), Vector3(5, -5, 0), Vector3(5, 5, 0), Vector3(-5, 5, 0),
        Vector3(3, 0, 1), Vector3(2.5, 0, -0.5), Vector3(3.5, 0, -0.5),
        Vector3(-3, 0, 1), Vector3(-3.5, 0, -0.5), Vector3(-2.5, 0, -0.5),
    ]

    @Test func identitiesAndFaceUnitsAddUp() throws {
        try withFolder { folder in
            let head = try ICTModel(folder: folder)
            #expect(head.neutral.faces.count == 4 && head.neutral.uvFaces.count == 4)
            #expect(head.expressionNames == ["browInnerUp_L", "jawOpen", "mouthSmile_R"])
            var parameters = RigParameters()
            parameters.betas = [2, 0.5]
            parameters.expression = [0, 0.5]
            parameters.namedExpression = [
                "jawOpen": 0.5, "browInnerUp": 1, "mouthSmileRight": 2, "mouthSmileLeft": 1,
                "cheekPuff": 1,
            ]
            let found = try head.mesh(parameters).positions
            let wanted = [
                0: Vector3(2, 0.5, 0), 1: Vector3(0, 1, 0), 2: Vector3(0, -1, 0),
                3: Vector3(0, 0.5, 0),
            ]
            for (vertex, (position, rest)) in zip(found, Self.vertices).enumerated() {
                let error = (position - rest - (wanted[vertex] ?? .zero)).length
                #expect(error < 1e-5, "vertex \(vertex): \(error)")
            }
        }
    }

    @Test func eyeballsTurnWhereTheyLook() throws {
        try withFolder { folder in
            let head = try ICTModel(folder: folder)
            // Both to the person's left, and up: the pupils, foremost of each eye, lead the way.
            var parameters = RigParameters()
            parameters.namedExpression = [
                "eyeLookOutLeft": 1, "eyeLookInRight": 1, "eyeLookUpLeft": 0.5,
                "eyeLookUpRight": 0.5,
            ]
            let found = try head.mesh(parameters).positions
            for pupil in [4, 7] {
                let shift = found[pupil] - Self.vertices[pupil]
                #expect(shift.x > 0.4 && shift.y > 0.1 && shift.z < 0)
                let centre = Vector3(Self.vertices[pupil].x, 0, 0)
                #expect(abs((found[pupil] - centre).length - 1) < 1e-5)
            }
            let (left, right) = (found[4] - Self.vertices[4], found[7] - Self.vertices[7])
            #expect((left - right).length < 1e-5)
            #expect((found[0] - Self.vertices[0]).length < 1e-6)
        }
    }

    @Test func landmarksComeFromTheTableOfIndices() throws {
        try withFolder { folder in
            #expect(try ICTModel(folder: folder).landmarkNames.isEmpty)
            let table = folder.appending(path: "vertex_indices.json")
            let indices = (0..<68).map { $0 % Self.vertices.count }
            try JSONEncoder().encode(["idx_to_landmark_verts": indices]).write(to: table)
            let head = try ICTModel(folder: folder)
            #expect(head.landmarkNames.count == 68 && head.landmarkNames[67] == "face67")
            #expect(head.landmarks(of: Self.vertices)[11] == Self.vertices[1])
            try Data(#"{"idx_to_landmark_verts": [1, 99]}"#.utf8).write(to: table)
            #expect(throws: RigError.self) { try ICTModel(folder: folder) }
        }
    }

    @Test func damageIsToldInOneSentence() throws {
        try withFolder { folder in
            try Data("v 0 0 0\nf 1 1 9\n".utf8).write(to: folder.appending(path: "jawOpen.obj"))
            #expect(throws: MediaError.self) { try ICTModel(folder: folder) }
            try Data("v 0 0 0\n".utf8).write(to: folder.appending(path: "jawOpen.obj"))
            #expect(throws: RigError.self) { try ICTModel(folder: folder) }
            try FileManager.default.removeItem(
                at: folder.appending(path: "generic_neutral_mesh.obj"))
            #expect(throws: RigError.self) { try ICTModel(folder: folder) }
        }
        for text in ["v 1 2", "v 1 2 x", "f 1 2 3", "f 0 0 0", "v 0 0 0\nf 1 1", "vt 1"] {
            #expect(throws: MediaError.self) { try OBJFile(bytes: Array(text.utf8), name: "a") }
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? OBJFile(bytes: bytes, name: "noise")
        }
    }
}
