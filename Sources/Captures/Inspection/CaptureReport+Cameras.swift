import Spatial

extension CaptureReport {
    /// Finds cameras that look away from the person: from where its tracks have it or, without any, from the
    /// point that the axes of all come nearest to.
    mutating func checkCameras(of capture: Capture) {
        checkRotations(of: capture)
        guard capture.cameras.allSatisfy(\.isCalibrated) else { return }
        let step = max(1, capture.views.count / 4096)
        let sample = Array(stride(from: 0, to: capture.views.count, by: step))
        let away: [Int]
        if capture.tracks != nil {
            away = sample.filter { view in
                let places = Self.subject(capture, frame: capture.views[view].frame)
                return !places.isEmpty
                    && places.allSatisfy { Self.looksAway(capture.views[view].camera, from: $0) }
            }
            // Tracks in another space than the cameras would make all of them look away.
            if away.count * 2 > sample.count {
                problems.append(
                    "Most cameras do not see where the tracks have the person: their places and the "
                        + "tracks seem to be of different spaces.")
                return
            }
        } else {
            guard let centre = Self.centre(sample.map { capture.views[$0].camera }) else { return }
            away = sample.filter { Self.looksAway(capture.views[$0].camera, from: centre) }
            // They were never meant to look at one thing.
            if away.count * 5 > sample.count { return }
        }
        report(away, capture)
    }

    private mutating func report(_ away: [Int], _ capture: Capture) {
        guard !away.isEmpty else { return }
        let names = Set(away.map { capture.views[$0].cameraIndex }).sorted()
            .map { capture.cameras[$0].name }
        if capture.cameras.count > 1 {
            problems.append(
                "\(names.count == 1 ? "Camera" : "Cameras") \(names.prefix(8).joined(separator: ", ")) "
                    + "\(names.count == 1 ? "looks" : "look") away from the subject.")
        } else {
            let frames = away.map { capture.views[$0].frame }
            problems.append(
                "The camera looks away from the subject in \(Self.count(frames.count, "frame")): "
                    + "\(Self.stretches(frames)).")
        }
    }

    /// Views whose matrices are no rotations: scaled, mirrored or skewed.
    private mutating func checkRotations(of capture: Capture) {
        let wrong = capture.views.indices.filter { view in
            let m = capture.views[view].camera.viewMatrix.linear
            let product = m * m.transposed
            var error = abs(m.determinant - 1)
            for row in 0..<3 {
                for column in 0..<3 {
                    error = max(error, abs(product[row, column] - (row == column ? 1 : 0)))
                }
            }
            return !(error < 1e-2)
        }
        guard let first = wrong.first else { return }
        problems.append(
            "The matrices of \(wrong.count) views are no rotations (scaled or mirrored), the first is "
                + "that of frame \(capture.frames[capture.views[first].frame].name).")
    }

    /// Where the person is at a frame, by its tracks: its joints, for a picture may be of the head alone,
    /// or where the whole was moved to; nothing where they do not say.
    private static func subject(_ capture: Capture, frame: Int) -> [Vector3] {
        guard let values = try? capture.tracks?.parameters(at: frame) else { return [] }
        if let joints = values["joints"], joints.shape.count == 2, joints.shape[1] == 3 {
            let numbers = joints.floats()
            return stride(from: 0, to: numbers.count, by: 3).map {
                Vector3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
            }
        }
        for name in ["translation", "transl", "trans"] {
            guard let place = values[name]?.floats(), place.count == 3 else { continue }
            return [Vector3(place[0], place[1], place[2])]
        }
        return []
    }

    /// Whether a point is behind a camera, or outside of its picture by more than half of it.
    private static func looksAway(_ camera: Camera, from point: Vector3) -> Bool {
        let (pixel, depth) = camera.project(point)
        let (w, h) = (Float(camera.width), Float(camera.height))
        // Nobody is so near that it could be seen only in part.
        return !(depth > 0) || pixel.x < -w / 2 || pixel.x > 1.5 * w || pixel.y < -h / 2
            || pixel.y > 1.5 * h
    }

    /// The point with the least sum of squared distances from the axes of cameras, those that are far from
    /// it or look away counting ever less; nil where the axes are as good as parallel.
    static func centre(_ cameras: [Camera]) -> Vector3? {
        guard cameras.count >= 4 else { return nil }
        let rays = cameras.map { camera in
            let toWorld = camera.viewMatrix.rigidInverse
            return (origin: toWorld.translation, axis: toWorld.linear.columns.z.normalized)
        }
        var weights = [Float](repeating: 1, count: rays.count)
        var centre: Vector3?
        for _ in 0..<8 {
            var (matrix, right, total) = (Matrix3(diagonal: .zero), Vector3.zero, Float(0))
            for (ray, weight) in zip(rays, weights) {
                let d = ray.axis
                let across =
                    Matrix3.identity
                    + Matrix3(columns: d * d.x, d * d.y, d * d.z) * -1
                matrix = matrix + across * weight
                right += across * ray.origin * weight
                total += weight
            }
            guard total > 0, (matrix * (1 / total)).determinant > 0.002,
                let inverse = matrix.inverse
            else { return nil }
            let found = inverse * right
            centre = found
            weights = rays.map { ray in
                let way = found - ray.origin
                let along = dot(way, ray.axis)
                // The sine of the angle between axis and way; behind it is 1 at least.
                let sine = along > 0 ? (way - ray.axis * along).length / max(way.length, 1e-6) : 1
                return 1 / (0.01 + sine * sine)
            }
        }
        return centre
    }
}
