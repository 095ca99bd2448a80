import Foundation
import Media
import Spatial
import Testing

@testable import Methods

@Suite struct ShapeSceneTests {
    @Test func aSeedGivesTheSameSceneAndPictures() {
        let scenes = ShapeScenes(seed: 3, count: 100)
        #expect(scenes.scene(5).scene == scenes.scene(5).scene)
        #expect(scenes.example(5).image == scenes.example(5).image)
        #expect(scenes.scene(5).scene != scenes.scene(6).scene)
        #expect(ShapeScenes(seed: 4, count: 100).scene(5).scene != scenes.scene(5).scene)
    }

    /// Depth held to sphere tracing of every solid's distance function, in double precision.
    @Test(arguments: ShapeScene.Shape.allCases)
    func depthIsThatOfTheSolidsDistanceFunction(_ shape: ShapeScene.Shape) {
        let scene = ShapeScene([
            .init(shape, .red, radius: 0.55, x: -0.6, z: 0.2, yaw: 0.4),
            .init(shape, .blue, radius: 0.35, x: 0.7, z: -0.3, yaw: -0.5),
        ])
        let size = 24
        let depth = scene.depth(size: size)
        var differing = 0
        for y in 0..<size {
            for x in 0..<size {
                let expected = ReferenceScene(scene).depth(x, y, size: size)
                // A ray that grazes an outline may fall to either side.
                if abs(depth[y * size + x] - Float(expected)) > 2e-3 { differing += 1 }
            }
        }
        #expect(differing <= 1, "\(differing) pixels differ")
    }

    @Test func depthAndItsShareAreInverse() {
        let range = ShapeScene.depthRange
        for distance: Float in [2, 3.7, 5.5, 9] {
            #expect(
                abs(range.distance(ofShare: range.share(ofDistance: distance)) - distance) < 1e-4)
        }
        // All of a scene lies within the range.
        for index in 0..<20 {
            let depth = ShapeScenes(seed: 1, count: 20).scene(index).scene.depth()
            #expect(depth.min()! > range.near && depth.max()! < range.far)
        }
    }

    @Test func captionsHoldOfTheirScenesAndNotOfOthers() {
        let scenes = ShapeScenes(seed: 0, count: 500)
        let vocabulary = Set(scenes.words)
        for index in 0..<500 {
            let (scene, caption) = scenes.scene(index)
            #expect(caption.holds(of: scene))
            let words = caption.text.split(separator: " ").map(String.init)
            #expect(Set(words).isSubset(of: vocabulary))
            #expect(!caption.isHeldOut)
            var other = scene
            other.solids[0].colour = scene.solids[0].colour == .red ? .green : .red
            #expect(!caption.holds(of: other))
            var swapped = scene
            swapped.solids.reverse()
            let isSymmetric =
                scene.solids.count == 1
                || scene.solids[0].shape == scene.solids[1].shape
                    && scene.solids[0].colour == scene.solids[1].colour
            if !isSymmetric { #expect(!caption.holds(of: swapped)) }
        }
        let caption = SceneCaption([.init(.red, .sphere), .init(.blue, .cube)])
        #expect(caption.text == "a red sphere left of a blue cube")
    }

    @Test func aboutATenthOfAllPairsIsHeldOut() {
        let kinds = 0..<ShapeScene.Shape.allCases.count * ShapeScene.Colour.allCases.count
        let heldOut = kinds.flatMap { a in kinds.filter { SceneCaption.isHeldOut([a, $0]) } }.count
        #expect((100...220).contains(heldOut), "\(heldOut) of 1600")
    }

    @Test func aFolderOfPicturesIsReadAndItsFaultsAreNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rgbd-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let scenes = ShapeScenes(seed: 2, count: 3, size: 32)
        try scenes.write(3, to: folder)
        let read = try RGBDFolder(folder, size: 32)
        #expect(read.count == 3)
        #expect(read.depthRange == ShapeScene.depthRange)
        for index in 0..<3 {
            let (ours, theirs) = (scenes.example(index), try read.example(index))
            #expect(ours.caption == theirs.caption)
            let differences = zip(ours.image.samples, theirs.image.samples).map { abs($0 - $1) }
            #expect(differences.prefix(3 * 1024).max()! < 0.5 / 255 + 1e-6)
            #expect(differences.dropFirst(3 * 1024).max()! < 0.5 / 65535 + 1e-6)
        }
        let name = folder.appendingPathComponent("000001-depth.png")
        try Image(width: 32, height: 32, channels: 1).writePNG(to: name, overwrite: true)
        #expect { try read.example(1) } throws: { "\($0)".contains("8 bits") }
        try FileManager.default.removeItem(at: name)
        #expect { try RGBDFolder(folder, size: 32) } throws: {
            "\($0)".contains("000001.png has no 000001-depth.png")
        }
    }
}

/// A scene by distance functions, marched through in small steps.
private struct ReferenceScene {
    let scene: ShapeScene

    init(_ scene: ShapeScene) { self.scene = scene }

    func depth(_ x: Int, _ y: Int, size: Int) -> Double {
        let camera = ShapeScene.camera(size: size)
        let focal = Double(camera.intrinsics.fx)
        // The camera looks down by the angle whose tangent is 1.2/4.
        let (c, s) = (4 / (16 + 1.44).squareRoot(), 1.2 / (16 + 1.44).squareRoot())
        let u = (Double(x) + 0.5 - Double(size) / 2) / focal
        let v = (Double(y) + 0.5 - Double(size) / 2) / focal
        let direction = SIMD3(u, -s - c * v, -c + s * v)
        let origin = SIMD3(0, 1.6, 4)
        let length = (direction * direction).sum().squareRoot()
        var t = 0.0
        for _ in 0..<3000 {
            let distance = distance(origin + direction * t)
            if distance < 1e-6 { break }
            // Some of the functions are bounds, and no more.
            t += 0.7 * distance / length
        }
        return t
    }

    private func distance(_ p: SIMD3<Double>) -> Double {
        var nearest = min(p.y, p.z + 2.6)
        for solid in scene.solids {
            let (c, s) = (cos(Double(solid.yaw)), sin(Double(solid.yaw)))
            let q = p - SIMD3(Double(solid.x), 0, Double(solid.z))
            let local = SIMD3(c * q.x - s * q.z, q.y, s * q.x + c * q.z)
            nearest = min(nearest, distance(local, solid.shape, Double(solid.radius)))
        }
        return nearest
    }

    private func distance(_ p: SIMD3<Double>, _ shape: ShapeScene.Shape, _ r: Double) -> Double {
        let level = (p.x * p.x + p.z * p.z).squareRoot()
        switch shape {
        case .sphere: return (level * level + (p.y - r) * (p.y - r)).squareRoot() - r
        case .cube:
            return max(abs(p.x), abs(p.y - 0.8 * r), abs(p.z)) - 0.8 * r
        case .cylinder: return max(level - 0.7 * r, p.y - 1.75 * r, -p.y)
        case .cone:
            let slope = 0.9 / 2
            return max((level - slope * (2 * r - p.y)) / (1 + slope * slope).squareRoot(), -p.y)
        case .torus:
            let across = (p.x * p.x + (p.y - r) * (p.y - r)).squareRoot() - 0.71 * r
            return (across * across + p.z * p.z).squareRoot() - 0.29 * r
        }
    }
}
