import Spatial

/// A grid of D³ points over a box, x slowest.
struct VoxelGrid {
    let resolution: Int
    let low: Vector3
    let high: Vector3

    var count: Int { resolution * resolution * resolution }

    /// The distance of neighbouring points along each axis.
    var spacing: Vector3 { (high - low) / Float(resolution - 1) }

    func index(_ x: Int, _ y: Int, _ z: Int) -> Int { (x * resolution + y) * resolution + z }

    /// Of each point, the nearest vertex within `radius`, or −1; of equally near ones the first.
    func nearestVertices(_ vertices: [Vector3], within radius: Float) -> [Int32] {
        var nearest = [Int32](repeating: -1, count: count)
        var distances = [Float](repeating: radius * radius, count: count)
        let step = pointwiseMax(spacing, Vector3(repeating: 1e-12))
        func range(_ value: Float, _ axis: Int) -> ClosedRange<Int>? {
            let last = Float(resolution - 1)
            let begin = ((value - radius - low[axis]) / step[axis]).rounded(.up)
            let end = ((value + radius - low[axis]) / step[axis]).rounded(.down)
            let (first, final) = (max(0, min(last, begin)), max(0, min(last, end)))
            return begin <= end ? Int(first)...Int(max(first, final)) : nil
        }
        for (name, vertex) in vertices.enumerated() where vertex.sum().isFinite {
            guard let xs = range(vertex.x, 0), let ys = range(vertex.y, 1),
                let zs = range(vertex.z, 2)
            else { continue }
            for x in xs {
                for y in ys {
                    for z in zs {
                        let offset = low + step * Vector3(Float(x), Float(y), Float(z)) - vertex
                        let distance = offset.lengthSquared
                        let place = index(x, y, z)
                        if distance < distances[place] {
                            distances[place] = distance
                            nearest[place] = Int32(name)
                        }
                    }
                }
            }
        }
        return nearest
    }
}

/// The weight of one bone at the points of a grid, within the box that its diffusion can reach.
struct BoneField {
    private let grid: VoxelGrid
    /// The box: first points and numbers of points.
    private let origin: SIMD3<Int>
    private let size: SIMD3<Int>
    private var values: [Float]

    /// Diffuses one bone; nil if it moves no vertex of the shell.
    ///
    /// u ← u + step·(Σ six neighbours − 6u) wherever the point is not of the shell, the border
    /// continued by itself.
    init?(
        bone: Int, grid: VoxelGrid, shell: [Int], nearest: [Int32], skin: SkinWeights,
        iterations: Int, step: Float
    ) {
        let d = grid.resolution
        var seeds: [(place: SIMD3<Int>, weight: Float)] = []
        for place in shell {
            let weight = skin.weight(of: bone, on: Int(nearest[place]))
            if weight > 0 {
                seeds.append((SIMD3(place / (d * d), place / d % d, place % d), weight))
            }
        }
        guard let first = seeds.first else { return nil }
        var (low, high) = (first.place, first.place)
        for seed in seeds {
            low = pointwiseMin(low, seed.place)
            high = pointwiseMax(high, seed.place)
        }
        // A step carries to the next point. Farther than this the weight is nothing to speak of: a
        // random walk of as many steps is not met there.
        let reach = SIMD3(
            repeating: iterations == 0
                ? 0 : min(iterations, 2 + Int(5 * (2 * step * Float(iterations)).squareRoot())))
        low = pointwiseMax(low &- reach, .zero)
        high = pointwiseMin(high &+ reach, SIMD3(repeating: d - 1))
        self.grid = grid
        origin = low
        size = high &- low &+ 1
        values = [Float](repeating: 0, count: size.x * size.y * size.z)
        func local(_ place: SIMD3<Int>) -> Int {
            let p = place &- low
            return (p.x * (high.y - low.y + 1) + p.y) * (high.z - low.z + 1) + p.z
        }
        for seed in seeds { values[local(seed.place)] = seed.weight }
        if iterations == 0 { return }
        var isFixed = [Bool](repeating: false, count: values.count)
        for place in shell {
            let p = SIMD3(place / (d * d), place / d % d, place % d)
            if all(p .>= low) && all(p .<= high) { isFixed[local(p)] = true }
        }
        diffuse(isFixed, iterations: iterations, step: step)
    }

    private mutating func diffuse(_ isFixed: [Bool], iterations: Int, step: Float) {
        var next = values
        let (rowStride, planeStride) = (size.z, size.y * size.z)
        for _ in 0..<iterations {
            values.withUnsafeBufferPointer { u in
                next.withUnsafeMutableBufferPointer { v in
                    for x in 0..<size.x {
                        let (left, right) = (
                            x > 0 ? -planeStride : 0, x < size.x - 1 ? planeStride : 0
                        )
                        for y in 0..<size.y {
                            let (down, up) = (
                                y > 0 ? -rowStride : 0, y < size.y - 1 ? rowStride : 0
                            )
                            let row = x * planeStride + y * rowStride
                            for z in 0..<size.z {
                                let i = row + z
                                if isFixed[i] { continue }
                                let (back, front) = (z > 0 ? -1 : 0, z < size.z - 1 ? 1 : 0)
                                let sum =
                                    u[i + left] + u[i + right] + u[i + down] + u[i + up]
                                    + u[i + back] + u[i + front]
                                v[i] = u[i] + step * (sum - 6 * u[i])
                            }
                        }
                    }
                }
            }
            swap(&values, &next)
        }
    }

    /// Adds the field to the lists of the whole grid.
    func add(_ bone: UInt16, to lists: inout HeaviestBones) {
        var i = 0
        for x in origin.x..<origin.x + size.x {
            for y in origin.y..<origin.y + size.y {
                let row = grid.index(x, y, origin.z)
                for z in 0..<size.z {
                    if values[i] > 0 { lists.insert(bone, values[i], at: row + z) }
                    i += 1
                }
            }
        }
    }
}

/// The heaviest bones of many points, the heaviest first.
struct HeaviestBones {
    let slots: Int
    private(set) var bones: [UInt16]
    private(set) var weights: [Float]

    init(count: Int, slots: Int) {
        self.slots = slots
        bones = [UInt16](repeating: 0, count: count * slots)
        weights = [Float](repeating: 0, count: count * slots)
    }

    mutating func insert(_ bone: UInt16, _ weight: Float, at point: Int) {
        let first = point * slots
        var slot = first + slots - 1
        if weight <= weights[slot] { return }
        while slot > first && weights[slot - 1] < weight {
            (bones[slot], weights[slot]) = (bones[slot - 1], weights[slot - 1])
            slot -= 1
        }
        (bones[slot], weights[slot]) = (bone, weight)
    }

    /// Lets the weights of each point add up to 1, where there are any.
    mutating func normalise() {
        for first in stride(from: 0, to: weights.count, by: slots) {
            let sum = weights[first..<first + slots].reduce(0, +)
            if sum <= 0 { continue }
            for slot in first..<first + slots { weights[slot] /= sum }
        }
    }
}
