import Spatial
import Testing

@testable import Methods

@Suite struct SmoothingTests {
    /// A strip of four triangles.
    private let strip = MeshNeighbours(
        vertexCount: 7,
        faces: [SIMD3(0, 1, 2), SIMD3(1, 3, 2), SIMD3(2, 3, 4), SIMD3(3, 5, 4)])

    @Test func neighboursAreThoseOfTheEdges() {
        #expect(Array(strip(2)) == [0, 1, 3, 4])
        #expect(Array(strip(6)).isEmpty)
    }

    @Test func smoothingKeepsConstantsAndLonelyVertices() {
        let ones = [Float](repeating: 1, count: 7)
        #expect(strip.smoothed(ones, rounds: 5).allSatisfy { abs($0 - 1) < 1e-6 })
        var spike = [Float](repeating: 0, count: 7)
        spike[6] = 3
        #expect(strip.smoothed(spike, rounds: 5)[6] == 3)
    }

    @Test func smoothingSpreadsASpike() {
        var spike = [Float](repeating: 0, count: 7)
        spike[0] = 1
        let once = strip.smoothed(spike, rounds: 1)
        #expect(abs(once[0] - 1 / 3) < 1e-6)
        #expect(once[1] > 0 && once[2] > 0 && once[3] == 0)
    }

    @Test func uniformAdamKeepsTheGradientsProportions() {
        var adam = UniformAdam(count: 2, rate: 0.1)
        let moved = adam.apply([1, 0.01], to: [0, 0])
        #expect(abs(moved[0] + 0.1) < 1e-5)
        #expect(abs(moved[1] + 0.001) < 1e-6)
    }
}
