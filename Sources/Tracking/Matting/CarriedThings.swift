import Foundation
import Spatial

/// Finds what a person carries: the selfie graph counts it to the person, the pose graph does not,
/// it is large, and its colours are not those of the person.
enum CarriedThings {
    /// The pixels of such things.
    ///
    /// - Parameters:
    ///   - selfie: The selfie graph's opinion of each pixel, 0…1.
    ///   - body: The pose graph's.
    ///   - image: The picture at the same pixels.
    ///   - cell: The side of a graph's cell in pixels.
    static func find(selfie: [Float], body: [Float], image: Image, cell: Float) -> [Bool] {
        let (width, height) = (image.width, image.height)
        let radius = max(2, Int((2 * cell).rounded()))
        let dispute = zip(selfie, body).map { $1 < 0.35 && $0 > max(0.15, $1 + 0.1) }
        // Opened: the two graphs also differ by a cell along every edge.
        let core = BoxFilter.erode(dispute, width: width, height: height, radius: radius)
        let opened = zip(
            BoxFilter.dilate(core, width: width, height: height, radius: radius), dispute
        ).map { $0 && $1 }
        let parts = Components(opened, width: width, height: height)
        let isPerson = zip(selfie, body).map { $0 > 0.8 && $1 > 0.8 }
        let area = isPerson.count { $0 }
        let person = histogram(image) { isPerson[$0] }
        var isCarried = parts.areas.map { $0 * 50 > area }
        for (part, isLarge) in isCarried.enumerated() where isLarge {
            let thing = histogram(image) { parts.labels[$0] == Int32(part) }
            let shared = zip(person, thing).reduce(0) { $0 + min($1.0, $1.1) }
            isCarried[part] = shared < 0.5
        }
        return parts.labels.map { $0 >= 0 && isCarried[Int($0)] }
    }

    /// The share of each of 6³ colours among the chosen pixels.
    private static func histogram(_ image: Image, _ isChosen: (Int) -> Bool) -> [Float] {
        var counts = [Float](repeating: 0, count: 216)
        var total: Float = 0
        for i in 0..<image.pixelCount where isChosen(i) {
            let bin = (image.rgb(x: i % image.width, y: i / image.width) * 5.999)
                .rounded(.down).clamped(lowerBound: .zero, upperBound: Vector3(repeating: 5))
            counts[Int(bin.x) * 36 + Int(bin.y) * 6 + Int(bin.z)] += 1
            total += 1
        }
        return counts.map { $0 / max(1, total) }
    }
}
