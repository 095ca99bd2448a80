import Captures
import Foundation
import Media
import Rigs
import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ClipTracker {
    /// Measures the fit, writes tracks, overlay and manifest.
    nonisolated(nonsending) func finish(
        _ store: ClipStore, runs: Int, identity: ClipIdentity, size: (width: Int, height: Int)
    ) async throws -> CaptureManifest {
        let camera = ClipFitter.camera(
            focal: identity.focal, width: size.width, height: size.height)
        let gauge = FitGauge(model: model, identity: identity, camera: camera)
        let perFrame = FitGauge(model: model, identity: identity, camera: camera)
        var gazes: [Vector3] = []
        var flags: [FrameFlags] = []
        var frameRate = 0.0
        if case .video(_, let reader) = source { frameRate = reader.frameRate }
        var total = 0
        for run in 0..<runs {
            total += try store.evidence(run, width: size.width, height: size.height).count
        }
        let painter = RigPainter(model: model, camera: camera)
        try await VideoWriter.write(
            to: store.capture.overlay, width: size.width, height: size.height,
            options: .init(
                frameRate: frameRate > 0 ? frameRate : 1, quality: 22, preset: "veryfast"),
            overwrite: true
        ) { video in
            for run in 0..<runs {
                let evidence = try store.evidence(run, width: size.width, height: size.height)
                let motion = try store.motion(run, model: model)
                let alone = try store.motion(run, .alone, model: model)
                for t in 0..<evidence.count {
                    _ = perFrame.take(evidence, alone, t)
                    let fit = gauge.take(evidence, motion, t)
                    gazes += gauge.gazes
                    flags.append(
                        fit.isPoor ? evidence.flags[t].union(.poorFit) : evidence.flags[t])
                    let index = run * ClipStore.runLength + t
                    let picture = try Image.read(contentsOf: store.capture.frame(index))
                    let mask = try Image.read(contentsOf: store.capture.mask(index))
                    try await video.append(
                        painter.paint(
                            picture, mask: mask, vertices: gauge.vertices,
                            landmarks: evidence.frame(t)))
                    try step(.writing, index + 1, of: total)
                }
            }
        }
        try writeTracks(
            store, runs: runs, total: total, identity: identity, flags: flags, gazes: gazes,
            size: size)
        let manifest = CaptureManifest(
            source: URL(fileURLWithPath: name).lastPathComponent, frameRate: frameRate,
            frameCount: total, rig: "anny", cameras: [.init(name: "camera", camera: camera)],
            events: Self.events(flags), quality: gauge.quality, perFrameQuality: perFrame.quality,
            provenance: lens(identity, size: size).merging(
                ["tracker": "MediaPipe 0.10.21 graphs, Anny fitted by likeness track"]
            ) { $1 })
        try manifest.write(to: store.capture.manifest, overwrite: true)
        return manifest
    }

    /// Where the focal length comes from, and how sure it is.
    private func lens(
        _ identity: ClipIdentity, size: (width: Int, height: Int)
    ) -> [String: String] {
        if options.horizontalFOV != nil { return ["focal": "given"] }
        if source.focal(size) != nil { return ["focal": "from EXIF"] }
        guard let range = identity.focalRange else { return ["focal": "by measured depth"] }
        func degrees(_ focal: Float) -> Int {
            Int((360 / .pi * atan(Float(size.width) / 2 / focal)).rounded())
        }
        let told =
            "\(degrees(identity.focal))° horizontally; \(degrees(range.upperBound))° to "
            + "\(degrees(range.lowerBound))° explain the pictures about as well"
        return identity.isLensTold
            ? ["focal": "estimated", "fieldOfView": told]
            : [
                "focal": "assumed",
                "fieldOfView": told + "; --fov tells it if it is known",
            ]
    }

    /// Stretches of equal flags.
    static func events(_ flags: [FrameFlags]) -> [CaptureManifest.Event] {
        let kinds: [(FrameFlags, CaptureManifest.Event.Kind)] = [
            (.nobody, .nobody), (.cut, .cut), (.others, .others), (.poorFit, .poorFit),
        ]
        var events: [CaptureManifest.Event] = []
        for (flag, kind) in kinds {
            for (i, here) in flags.enumerated() where here.contains(flag) {
                if kind != .cut, let last = events.last, last.kind == kind, last.last == i - 1 {
                    events[events.count - 1].last = i
                } else {
                    events.append(.init(kind: kind, first: i, last: i))
                }
            }
        }
        return events.sorted { ($0.first, $0.kind.rawValue) < ($1.first, $1.kind.rawValue) }
    }

    private func writeTracks(
        _ store: ClipStore, runs: Int, total: Int, identity: ClipIdentity, flags: [FrameFlags],
        gazes: [Vector3], size: (width: Int, height: Int)
    ) throws {
        let bones = model.anny.skeleton.count
        let shape = identity.shape(model)
        let layouts: [String: (elementType: ElementType, shape: [Int])] = [
            "shape.phenotypes": (.float32, [shape.phenotypes.count]),
            "shape.local_changes": (.float32, [shape.localChanges.count]),
            "times": (.float64, [total]), "flags": (.uint8, [total]),
            "pose": (.float32, [total, bones, 4]), "translation": (.float32, [total, 3]),
            "expression": (.float32, [total, FaceUnit.count]), "gaze": (.float32, [total, 2, 3]),
            "landmarks.face": (.float32, [total, ClipEvidence.facePoints, 2]),
            "landmarks.body": (.float32, [total, ClipEvidence.bodyPoints, 6]),
            "landmarks.hands": (.float32, [total, 2, ClipEvidence.handPoints, 2]),
            "landmarks.scores": (.float32, [total, 4]),
        ]
        func bytes<Element>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
        try SafetensorsFile.write(
            layouts, metadata: ["format": "likeness-tracks", "version": "1", "rig": "anny"],
            to: store.capture.tracks, overwrite: true
        ) { name, file in
            switch name {
            case "shape.phenotypes": return try file.write(bytes(shape.phenotypes))
            case "shape.local_changes": return try file.write(bytes(shape.localChanges))
            case "flags": return try file.write(flags.map(\.rawValue))
            case "gaze": return try file.write(bytes(gazes.flatMap { [$0.x, $0.y, $0.z] }))
            default: break
            }
            for run in 0..<runs {
                let evidence = try store.evidence(run, width: size.width, height: size.height)
                let motion = try store.motion(run, model: model)
                switch name {
                case "times": try file.write(bytes(evidence.times))
                case "translation": try file.write(bytes(motion.translations))
                case "expression": try file.write(bytes(motion.expressions))
                case "pose":
                    let rotations = (0..<motion.count).flatMap { t in
                        motion.pose(t, model: model).rotations.flatMap { [$0.w, $0.x, $0.y, $0.z] }
                    }
                    try file.write(bytes(rotations))
                case "landmarks.face": try file.write(bytes(evidence.face))
                case "landmarks.body": try file.write(bytes(evidence.body))
                case "landmarks.hands": try file.write(bytes(evidence.hands))
                default: try file.write(bytes(evidence.scores))
                }
            }
        }
    }
}

extension ClipIdentity {
    /// The shape for the rig.
    func shape(_ model: ClipModel) -> AnnyShape {
        var shape = AnnyShape()
        for (phenotype, logit) in zip(Phenotype.standard, phenotypes) {
            shape[phenotype] = sigmoid(logit)
        }
        shape.localChanges = model.groupOfChange.map { tanh(changes[$0]) }
        return shape
    }
}

extension ClipEvidence {
    /// What was found in a frame, to be drawn; depths are not kept.
    func frame(_ t: Int) -> TrackedFrame {
        var frame = TrackedFrame(time: times[t], width: width, height: height)
        if let points = facePoints(t)?.map({ Vector3($0.x, $0.y, 0) }) {
            let mesh = FaceMesh.pointCount
            frame.faces = [
                FaceLandmarks(
                    points: Array(points[..<mesh]),
                    rightIris: Array(points.dropFirst(mesh).prefix(5)),
                    leftIris: Array(points.dropFirst(mesh + 5)), score: scores[4 * t])
            ]
        }
        if scores[4 * t + 1] > 0.5 {
            let points = PosePoint.allCases.map { name -> PoseLandmarks.Point in
                let p = bodyPoint(t, name)
                return PoseLandmarks.Point(
                    position: Vector3(p.x, p.y, 0), world: world(t, name),
                    visibility: visibility(t, name), presence: p.z)
            }
            frame.pose = PoseLandmarks(
                points: points, score: scores[4 * t + 1],
                region: Region(centre: .zero, size: Vector2(1, 1)), hips: .zero, rim: .zero,
                segmentation: Image(width: 1, height: 1, channels: 1))
        }
        for side in 0..<2 where agrees(t, hand: side) {
            let first = 2 * Self.handPoints * (2 * t + side)
            frame.hands.append(
                HandLandmarks(
                    points: (0..<Self.handPoints).map {
                        Vector3(hands[first + 2 * $0], hands[first + 2 * $0 + 1], 0)
                    }, world: [], score: scores[4 * t + 2 + side], side: side == 0 ? .left : .right,
                    sideScore: 1))
        }
        return frame
    }
}
