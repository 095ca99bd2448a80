import Foundation
import Rigs
import Spatial
import Splatting

extension FaceLandmarkEmbedding {
    /// Measures the embedding: draws heads of the rig with a painted face, runs the face mesh on
    /// them, and notes which place of the surface each landmark falls on.
    ///
    /// Heads vary in phenotype, in yaw and in how far the mouth is open (the inner border of the lips
    /// is measured on open mouths only). Of all places of a landmark the geometric median is taken,
    /// weighted by how squarely the surface faced the camera, made symmetric, and put on the surface.
    ///
    /// - Throws: `TrackingError` where the face mesh fails on every picture.
    static func calibrate(_ anny: Anny, graphs: TrackingGraphs) throws -> FaceLandmarkEmbedding {
        let detector = try FaceDetector(.short, graphs: graphs)
        let faceMesh = try FaceMesh(isRefined: true, graphs: graphs)
        let neutral = anny.shaped(AnnyShape()).vertices
        var hits = [[(place: Vector3, weight: Float)]](repeating: [], count: FaceMesh.pointCount)
        // The sum of the landmarks, as the graph gives them, on heads seen straight from the front.
        var frontal = [Vector3](repeating: .zero, count: FaceMesh.pointCount)
        for portrait in Portrait.series {
            let picture = portrait.draw(anny)
            guard let detection = try detector.detect(in: picture.image).first else { continue }
            let landmarks = try faceMesh.landmarks(in: picture.image, detection: detection)
            guard landmarks.score > 0.5 else { continue }
            if portrait.yaw == 0 {
                for (i, point) in landmarks.points.enumerated() { frontal[i] += point }
            }
            for (i, point) in landmarks.points.enumerated() {
                if innerLips.contains(i) && !portrait.isMouthOpen { continue }
                guard let hit = picture.skin(near: Vector2(point.x, point.y)) else { continue }
                hits[i].append((hit.point(on: neutral, anny.mesh), hit.weight))
            }
        }
        guard hits.allSatisfy({ $0.count >= 5 }) else {
            throw TrackingError.graphUnusable(
                file: "face_landmark_with_attention.tflite",
                found: "no face in pictures of the rig", expected: "MediaPipe's face mesh")
        }
        let partners = partners(frontal)
        let places = hits.map(geometricMedian)
        let symmetric = places.indices.map { i -> Vector3 in
            let other = places[partners[i]]
            return (places[i] + Vector3(-other.x, other.y, other.z)) / 2
        }
        return embed(symmetric, neutral, anny)
    }

    /// The weighted geometric median, by Weiszfeld's iteration.
    private static func geometricMedian(_ hits: [(place: Vector3, weight: Float)]) -> Vector3 {
        var weights = hits.map(\.weight)
        var median = Vector3.zero
        for _ in 0..<30 {
            let total = weights.reduce(0, +)
            median = zip(hits, weights).reduce(.zero) { $0 + $1.0.place * $1.1 } / total
            weights = hits.map { $0.weight / (($0.place - median).length + 1e-4) }
        }
        return median
    }

    /// The landmark on the other side of the face for each, itself in the middle: pairs of points of a
    /// face seen from the front, the nearest to being each other's mirror image first.
    private static func partners(_ frontal: [Vector3]) -> [Int] {
        let middle = frontal.reduce(.zero, +).x / Float(frontal.count)
        var pairs: [(distance: Float, a: Int, b: Int)] = []
        for a in frontal.indices {
            let mirrored = Vector3(2 * middle - frontal[a].x, frontal[a].y, frontal[a].z)
            for b in a..<frontal.count {
                pairs.append(((mirrored - frontal[b]).lengthSquared, a, b))
            }
        }
        var partners = [Int?](repeating: nil, count: frontal.count)
        for (_, a, b) in pairs.sorted(by: { $0.distance < $1.distance })
        where partners[a] == nil && partners[b] == nil {
            (partners[a], partners[b]) = (b, a)
        }
        return partners.enumerated().map { $1 ?? $0 }
    }

    /// The nearest points of the outer skin.
    private static func embed(_ places: [Vector3], _ vertices: [Vector3], _ anny: Anny)
        -> FaceLandmarkEmbedding
    {
        let head = anny.mesh.faces(of: [.face, .lips, .scalp, .leftEar, .rightEar, .neck])
        var faces: [Int32] = []
        var barycentrics: [[Float]] = []
        for place in places {
            var best: (distance: Float, face: Int, weights: Vector3) = (.infinity, 0, .zero)
            for face in head {
                let f = anny.mesh.faces[face]
                let (a, b, c) = (vertices[Int(f.x)], vertices[Int(f.y)], vertices[Int(f.z)])
                // No triangle of the head is larger than 3 cm.
                guard (a - place).lengthSquared < 0.0016 else { continue }
                let weights = closestPoint(to: place, a, b, c)
                let point = a * weights.x + b * weights.y + c * weights.z
                let distance = (point - place).lengthSquared
                if distance < best.distance { best = (distance, face, weights) }
            }
            faces.append(Int32(best.face))
            barycentrics.append([best.weights.x, best.weights.y, best.weights.z])
        }
        return FaceLandmarkEmbedding(faces: faces, barycentrics: barycentrics)
    }

    /// The barycentric coordinates of the point of a triangle that is nearest to `p`
    /// (Ericson, Real-Time Collision Detection, 5.1.5).
    static func closestPoint(to p: Vector3, _ a: Vector3, _ b: Vector3, _ c: Vector3) -> Vector3 {
        let (ab, ac, ap) = (b - a, c - a, p - a)
        let (d1, d2) = (dot(ab, ap), dot(ac, ap))
        if d1 <= 0 && d2 <= 0 { return Vector3(1, 0, 0) }
        let bp = p - b
        let (d3, d4) = (dot(ab, bp), dot(ac, bp))
        if d3 >= 0 && d4 <= d3 { return Vector3(0, 1, 0) }
        let vc = d1 * d4 - d3 * d2
        if vc <= 0 && d1 >= 0 && d3 <= 0 {
            let t = d1 / (d1 - d3)
            return Vector3(1 - t, t, 0)
        }
        let cp = p - c
        let (d5, d6) = (dot(ab, cp), dot(ac, cp))
        if d6 >= 0 && d5 <= d6 { return Vector3(0, 0, 1) }
        let vb = d5 * d2 - d1 * d6
        if vb <= 0 && d2 >= 0 && d6 <= 0 {
            let t = d2 / (d2 - d6)
            return Vector3(1 - t, 0, t)
        }
        let va = d3 * d6 - d5 * d4
        if va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0 {
            let t = (d4 - d3) / ((d4 - d3) + (d5 - d6))
            return Vector3(0, 1 - t, t)
        }
        let sum = va + vb + vc
        return sum > 0 ? Vector3(va, vb, vc) / sum : Vector3(1, 0, 0)
    }
}
