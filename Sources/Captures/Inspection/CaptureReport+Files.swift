import Foundation
import Media
import Spatial
import Synchronization

extension CaptureReport {
    /// What was found of one kind's pictures.
    private struct Tally {
        var present = 0
        var missing: (count: Int, first: String)?
        var damaged: (count: Int, first: String)?
        var wrongSize: (count: Int, first: String)?

        static func add(
            _ what: inout (count: Int, first: String)?, _ text: @autoclosure () -> String
        ) {
            what = what.map { ($0.count + 1, $0.first) } ?? (1, text())
        }
    }

    /// What the header of a picture says.
    private enum Finding: Sendable {
        /// There is no place for it, or it is not there.
        case missing
        case sound(bytes: Int)
        case damaged(String)
        case wrongSize(String)
    }

    /// Looks for every picture, and at what its header says.
    mutating func checkFiles(of capture: Capture, _ progress: (Int) throws -> Void) throws {
        var tallies: [PictureKind: Tally] = [:]
        var knownFiles: Set<URL> = []
        let block = 512
        for start in stride(from: 0, to: capture.views.count, by: block) {
            try Task.checkCancellation()
            let end = min(start + block, capture.views.count)
            for kind in PictureKind.allCases where capture.kinds.contains(kind) {
                let findings = Mutex([Finding](repeating: .missing, count: end - start))
                parallelFor(end - start) { item, _ in
                    let finding = Self.look(at: kind, of: start + item, capture)
                    findings.withLock { $0[item] = finding }
                }
                for (item, finding) in findings.withLock({ $0 }).enumerated() {
                    let file = capture.file(kind, of: start + item)
                    count(finding, file, &tallies[kind, default: Tally()], &knownFiles)
                }
            }
            try progress(end)
        }
        for kind in PictureKind.allCases {
            guard let tally = tallies[kind] else { continue }
            pictures[kind] = tally.present
            report(tally, kind)
        }
    }

    private mutating func count(
        _ finding: Finding, _ file: URL?, _ tally: inout Tally, _ knownFiles: inout Set<URL>
    ) {
        switch finding {
        case .missing:
            // Where the layout has no place for it nothing is amiss.
            if let file { Tally.add(&tally.missing, file.relativePath) }
            return
        case .sound(let size):
            // A video or a database is one file for many pictures.
            if let file, knownFiles.insert(file).inserted { bytes += size }
        case .damaged(let text): Tally.add(&tally.damaged, text)
        case .wrongSize(let text): Tally.add(&tally.wrongSize, text)
        }
        tally.present += 1
    }

    private mutating func report(_ tally: Tally, _ kind: PictureKind) {
        // Layouts have albedo and the like for some views only; colour and masks they have for all.
        if let missing = tally.missing, kind == .colour || kind == .mask {
            problems.append(
                "\(missing.count) of \(views) pictures of \(kind.rawValue) are missing, the first is "
                    + "\(missing.first).")
        }
        if let damaged = tally.damaged {
            problems.append(Self.counted(damaged, kind, "cannot be read"))
        }
        if let wrong = tally.wrongSize {
            problems.append(Self.counted(wrong, kind, "are of another size than their camera"))
        }
    }

    private static func counted(
        _ what: (count: Int, first: String), _ kind: PictureKind, _ text: String
    ) -> String {
        what.count == 1
            ? what.first
            : "\(what.count) pictures of \(kind.rawValue) \(text); the first: \(what.first)"
    }

    private static func look(at kind: PictureKind, of view: Int, _ capture: Capture) -> Finding {
        guard let file = capture.locate(kind, view), file.exists else { return .missing }
        let camera = capture.views[view].camera
        do {
            let size: (width: Int, height: Int)
            switch file.place {
            case .image(let url):
                let header = try ImageHeader(contentsOf: url)
                size = (header.width, header.height)
            case .video(let video, _):
                size = (file.half == .whole ? video.width : video.width / 2, video.height)
            // Their headers are not worth reading twice: they say so when they are read.
            case .array, .tiff, .record: size = (camera.width, camera.height)
            }
            // Depth and the like may be coarser than colours, but of the same shape.
            let isSame = size == (camera.width, camera.height)
            let ratio =
                Float(size.width) * Float(camera.height)
                / (Float(size.height) * Float(camera.width))
            guard isSame || kind != .colour && abs(ratio - 1) < 0.02 else {
                return .wrongSize(
                    CaptureError.sizes(
                        file: file.url.relativePath,
                        found: "\(size.width) × \(size.height) pixels",
                        expected: "\(camera.width) × \(camera.height)"
                    ).description)
            }
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.url.path)
            return .sound(bytes: (attributes?[.size] as? NSNumber)?.intValue ?? 0)
        } catch {
            return .damaged("\(error)")
        }
    }

    /// Decodes the masks of some views, evenly spread.
    mutating func checkMasks(of capture: Capture, limit: Int) async throws {
        guard capture.kinds.contains(.mask), !capture.views.isEmpty else { return }
        let step = max(1, (capture.views.count + limit - 1) / max(1, limit))
        var empty: [Int] = []
        var (full, looked) = (0, 0)
        for view in stride(from: 0, to: capture.views.count, by: step) {
            try Task.checkCancellation()
            // What cannot be read was told already, or is told here.
            do {
                guard let mask = try await capture.picture(.mask, of: view) else { continue }
                looked += 1
                if !mask.samples.contains(where: { $0 > 0.5 }) { empty.append(view) }
                if !mask.samples.contains(where: { $0 < 0.5 }) { full += 1 }
            } catch is CaptureError {
                continue
            } catch let error as any InputError {
                problems.append(error.description)
            }
        }
        if let first = empty.first {
            problems.append(
                "\(empty.count) of \(looked) masks that were looked at are empty, the first is "
                    + "that of frame \(capture.frames[capture.views[first].frame].name)"
                    + (capture.cameras.count > 1
                        ? " by \(capture.cameras[capture.views[first].cameraIndex].name)." : "."))
        }
        if looked > 0 && full == looked {
            problems.append("Masks cover all of their pictures: they tell nobody from anything.")
        }
    }
}
