import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// Files in the official layouts with random content, against what smplx 0.1.28 makes of them.
@Suite struct SMPLTests {
    static let folder = Bundle.module.resourceURL!.appending(path: "Fixtures/smpl")
    static let cases: [(name: String, file: String)] = [
        ("smpl", "SMPL_NEUTRAL.pkl"), ("smplh", "SMPLH_NEUTRAL.npz"),
        ("smplh.flat", "SMPLH_NEUTRAL.npz"), ("smplx_v1_0", "SMPLX_NEUTRAL_v1_0.npz"),
        ("smplx_v1_0.flat", "SMPLX_NEUTRAL_v1_0.npz"),
        ("smplx_v1_0.pca", "SMPLX_NEUTRAL_v1_0.npz"), ("smplx_v1_1", "SMPLX_NEUTRAL_v1_1.npz"),
        ("smplx_v1_1.flat", "SMPLX_NEUTRAL_v1_1.npz"),
        ("smplx_v1_1.pca", "SMPLX_NEUTRAL_v1_1.npz"), ("flame", "flame/FLAME_NEUTRAL.pkl"),
    ]

    /// The parameters of a case, by the names of smplx's arguments.
    static func parameters(_ name: String, _ model: SMPLModel, _ file: SafetensorsFile) throws
        -> SMPLParameters
    {
        func values(_ key: String) throws -> [Float]? {
            file.names.contains("\(name).\(key)") ? try file.tensor("\(name).\(key)").floats() : nil
        }
        var result = SMPLParameters()
        result.betas = try values("betas") ?? []
        result.expression = try values("expression") ?? []
        result.translation = SMPLModel.vectors(try values("transl") ?? [0, 0, 0])[0]
        result.hasFlatHands = name.hasSuffix(".flat")
        let names = model.jointNames
        func set(_ key: String, from joint: Int?) throws {
            guard let joint, let values = try values(key) else { return }
            for (i, angle) in SMPLModel.vectors(values).enumerated() {
                result.pose[joint + i] = angle
            }
        }
        try set("global_orient", from: 0)
        try set("body_pose", from: 1)
        try set("neck_pose", from: 1)
        try set("jaw_pose", from: names.firstIndex(of: "jaw"))
        try set("leye_pose", from: names.firstIndex { $0.hasPrefix("left_eye") })
        try set("reye_pose", from: names.firstIndex { $0.hasPrefix("right_eye") })
        if name.hasSuffix(".pca") {
            result.leftHand = try values("left_hand_pose")
            result.rightHand = try values("right_hand_pose")
        } else {
            try set("left_hand_pose", from: names.firstIndex(of: "left_index1"))
            try set("right_hand_pose", from: names.firstIndex(of: "right_index1"))
        }
        return result
    }

    @Test(arguments: cases)
    func equalsSMPLX(_ name: String, _ file: String) throws {
        let expected = try SafetensorsFile(
            contentsOf: Self.folder.appending(path: "expected.safetensors"))
        let model = try SMPLModel(contentsOf: Self.folder.appending(path: file))
        let posed = model.posed(try Self.parameters(name, model, expected))
        func error(_ key: String, _ found: [Vector3]) throws -> Float {
            let wanted = SMPLModel.vectors(try expected.tensor("\(name).\(key)").floats())
            #expect(wanted.count == found.count)
            return zip(wanted, found).map { ($0 - $1).length }.max() ?? .infinity
        }
        let errors = [try error("vertices", posed.vertices), try error("joints", posed.joints)]
        #expect(errors.allSatisfy { $0 < 1e-5 }, "\(errors)")
        if name.hasPrefix("smplx") || name == "flame" {
            let error = try error("landmarks", posed.landmarks)
            #expect(error < 1e-5, "landmarks \(error)")
        }
    }

    @Test func pickleThatNamesAProgramIsRefused() {
        #expect {
            try SMPLModel(contentsOf: Self.folder.appending(path: "evil.pkl"))
        } throws: {
            "\($0)".contains("system")
        }
    }

    /// A file with one of its arrays changed.
    private func damaged(_ name: String, _ change: (TensorData) -> TensorData) throws -> URL {
        let source = Self.folder.appending(path: "SMPLH_NEUTRAL.npz")
        var tensors = try NPZFile(contentsOf: source).tensors()
        tensors[name] = tensors[name].map(change)
        let url = FileManager.default.temporaryDirectory.appending(
            path: "\(UUID().uuidString).npz")
        try NPZFile.write(tensors, to: url, overwrite: false)
        return url
    }

    @Test func badContentIsToldInOneSentence() throws {
        let cases: [(String, (TensorData) -> TensorData, String)] = [
            (
                "weights",
                { data in
                    var values = data.floats()
                    values[5] = .nan
                    return TensorData(values, shape: data.shape)
                }, "not finite"
            ),
            (
                "kintree_table",
                { data in
                    var values = data.integers()!.map { Int64($0) }
                    values[3] = 7
                    return TensorData(values, shape: data.shape)
                }, "cycle"
            ),
            ("posedirs", { TensorData(Array($0.floats().dropLast(3))) }, "posedirs"),
            ("f", { TensorData($0.integers()!.map { Int64($0) + 99 }, shape: $0.shape) }, "range"),
        ]
        for (name, change, text) in cases {
            let url = try damaged(name, change)
            defer { try? FileManager.default.removeItem(at: url) }
            #expect {
                try SMPLModel(contentsOf: url)
            } throws: { error in
                error is any InputError && "\(error)".contains(text)
                    && !"\(error)".contains("\n")
            }
        }
    }

    @Test func truncatedFilesAreToldNotTrappedOn() throws {
        for file in ["SMPL_NEUTRAL.pkl", "SMPLH_NEUTRAL.npz"] {
            let bytes = try [UInt8](Data(contentsOf: Self.folder.appending(path: file)))
            for part in 0..<24 {
                let url = FileManager.default.temporaryDirectory.appending(
                    path: "\(UUID().uuidString).\(file.suffix(3))")
                defer { try? FileManager.default.removeItem(at: url) }
                try Data(bytes.prefix(bytes.count * part / 24)).write(to: url)
                #expect(throws: (any Error).self) { try SMPLModel(contentsOf: url) }
            }
        }
    }
}
