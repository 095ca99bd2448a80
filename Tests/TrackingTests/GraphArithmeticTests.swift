import Foundation
import Spatial
import Testing

@testable import Tracking

@Suite struct GraphArithmeticTests {
    @Test func anchorsOfTheFourDetectors() {
        func count(_ size: Int, _ strides: [Int], _ perLayer: Int) -> [Vector2] {
            AnchorDecoder(
                inputSize: size, strides: strides, anchorsPerLayer: perLayer, keypointCount: 1
            ).anchors
        }
        let face = count(128, [8, 16, 16, 16], 2)
        #expect(face.count == 896)
        #expect(face[0] == Vector2(0.5, 0.5) / 16 && face[1] == face[0])
        #expect(face[2] == Vector2(1.5, 0.5) / 16)
        #expect(face[512] == Vector2(0.5, 0.5) / 8 && face[517] == face[512])
        #expect(face[895] == Vector2(7.5, 7.5) / 8)
        #expect(count(192, [4], 1).count == 2304)
        #expect(count(192, [8, 16, 16, 16], 2).count == 2016)
        #expect(count(224, [8, 16, 32, 32, 32], 2).count == 2254)
    }

    @Test func decodesBoxesAndKeyPoints() {
        let decoder = AnchorDecoder(
            inputSize: 128, strides: [64], anchorsPerLayer: 1, keypointCount: 1)
        var boxes = [Float](repeating: 0, count: 4 * 6)
        boxes.replaceSubrange(6..<12, with: [12.8, -6.4, 25.6, 51.2, 32, 16])
        let scores: [Float] = [-200, 2, -0.1, -5]
        let found = boxes.withUnsafeBufferPointer { boxes in
            scores.withUnsafeBufferPointer {
                decoder.detections(boxes: boxes, scores: $0, minimumScore: 0.5)
            }
        }
        #expect(found.count == 1)
        #expect(abs(found[0].score - 1 / (1 + exp(-2))) < 1e-6)
        // The anchor is (0.75, 0.25).
        #expect((found[0].box.centre - Vector2(0.85, 0.2)).length < 1e-6)
        #expect((found[0].box.size - Vector2(0.2, 0.4)).length < 1e-6)
        #expect((found[0].keypoints[0] - Vector2(1, 0.375)).length < 1e-6)
    }

    @Test func suppressionAveragesByScore() {
        func detection(_ x: Float, _ score: Float) -> Detection {
            Detection(
                score: score,
                box: Box(minimum: Vector2(x, 0), maximum: Vector2(x + 10, 10)),
                keypoints: [Vector2(x, 1)])
        }
        let merged = Detection.merged([
            detection(1, 0.6), detection(0, 0.9), detection(30, 0.7), detection(2, 0.3),
        ])
        #expect(merged.count == 2)
        #expect(merged.map(\.score) == [0.9, 0.7])
        let mean: Float = (1 * 0.6 + 0 * 0.9 + 2 * 0.3) / 1.8
        #expect(abs(merged[0].box.minimum.x - mean) < 1e-6)
        #expect(abs(merged[0].keypoints[0].x - mean) < 1e-6)
        #expect(merged[1].box.minimum.x == 30)
        #expect(Detection.merged([]).isEmpty)
    }

    @Test func aBoxWithoutAreaDoesNotHang() {
        let point = Box(minimum: .zero, maximum: .zero)
        let flat = Detection(score: 0.8, box: point, keypoints: [])
        #expect(Detection.merged([flat, flat, flat]).count >= 1)
    }

    @Test func regionsMapThereAndBack() {
        let region = Region(centre: Vector2(40, 30), size: Vector2(20, 10), rotation: 0.7)
        for fraction in [Vector2(0, 0), Vector2(1, 0), Vector2(0.3, 0.8)] {
            #expect((region.fraction(of: region.point(at: fraction)) - fraction).length < 1e-5)
        }
        // A quarter turn clockwise takes the right edge's middle to below the centre.
        let turned = Region(centre: Vector2(5, 5), size: Vector2(4, 2), rotation: .pi / 2)
        #expect((turned.point(at: Vector2(1, 0.5)) - Vector2(5, 7)).length < 1e-5)
    }

    @Test func rotationUprightsADirection() {
        // Eyes level: nothing to turn. The right eye lower by 45°: a turn clockwise.
        #expect(Region.rotation(from: .zero, to: Vector2(1, 0), target: 0) == 0)
        let tilted = Region.rotation(from: .zero, to: Vector2(1, 1), target: 0)
        #expect(abs(tilted - .pi / 4) < 1e-6)
        // Head above the hips is upright.
        let upright = Region.rotation(from: .zero, to: Vector2(0, -1), target: .pi / 2)
        #expect(abs(upright) < 1e-6)
        let over = Region.rotation(from: .zero, to: Vector2(0, 1), target: .pi / 2)
        #expect(abs(abs(over) - .pi) < 1e-5)
    }

    @Test func transformationSquaresShiftsAndScales() {
        let region = Region(centre: Vector2(10, 10), size: Vector2(4, 8), rotation: .pi / 2)
        let moved = region.transformed(scale: 1.5, shift: Vector2(0, -0.5))
        #expect(moved.size == Vector2(12, 12))
        // Up in the region's frame, which is turned: to the right in the picture.
        #expect((moved.centre - Vector2(14, 10)).length < 1e-5)
        #expect(region.padded(toAspectOf: 1, 1).size == Vector2(8, 8))
        #expect(region.padded(toAspectOf: 4, 1).size == Vector2(32, 8))
    }

    @Test func samplingKnowsBorderAndRange() {
        var image = Image(width: 4, height: 4, channels: 3)
        for y in 0..<4 {
            for x in 0..<4 {
                for c in 0..<3 { image[x, y, c] = Float(x + 4 * y + 16 * c) / 255 }
            }
        }
        func sample(_ sampler: TensorSampler, _ region: Region) -> [Float] {
            var tensor = [Float](repeating: .nan, count: sampler.width * sampler.height * 3)
            tensor.withUnsafeMutableBufferPointer { sampler.sample(image, region, into: $0) }
            return tensor
        }
        let same = sample(TensorSampler(width: 4, height: 4), Region(wholeOf: image))
        for y in 0..<4 {
            for x in 0..<4 {
                for c in 0..<3 {
                    #expect(abs(same[(y * 4 + x) * 3 + c] - image[x, y, c]) < 1e-6)
                }
            }
        }
        let double = Region(centre: Vector2(2, 2), size: Vector2(8, 8))
        let zero = sample(TensorSampler(width: 8, height: 8, border: .zero), double)
        #expect(zero[0] == 0 && zero[zero.count - 1] == 0)
        let kept = sample(TensorSampler(width: 8, height: 8), double)
        #expect(kept[2] == image[0, 0, 2] && kept[kept.count - 1] == image[3, 3, 2])
        let signed = sample(
            TensorSampler(width: 8, height: 8, range: -1...1, border: .zero), double)
        #expect(signed[0] == -1)
    }

    @Test func heatMapsPullPointsToTheirPeak() {
        let side = 8
        var map = [Float](repeating: -20, count: side * side * 2)
        // Point 0 has a peak at column 5, row 3; point 1 has none.
        map[(3 * side + 5) * 2] = 4
        var raw: [Float] = [17, 13, 0, 0, 0, 17, 13, 0, 0, 0]
        map.withUnsafeBufferPointer {
            PoseLandmarker.refine(&raw, heatMaps: $0, side: side, inputSide: 32)
        }
        #expect(abs(raw[0] - 5 * 4) < 1e-3 && abs(raw[1] - 3 * 4) < 1e-3)
        #expect(raw[5] == 17 && raw[6] == 13)
    }
}
