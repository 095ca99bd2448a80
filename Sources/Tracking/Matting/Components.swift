import Spatial

/// The connected parts of a mask, four neighbours a pixel.
struct Components {
    /// The part of each pixel, from 0; −1 where the mask is not set.
    private(set) var labels: [Int32]
    /// The number of pixels of each part.
    private(set) var areas: [Int] = []
    /// Whether each part reaches the mask's border.
    private(set) var touchesBorder: [Bool] = []
    /// The largest part, or nil if the mask is empty.
    private(set) var largest: Int?

    init(_ mask: [Bool], width: Int, height: Int) {
        labels = [Int32](repeating: -1, count: mask.count)
        var stack: [Int] = []
        for seed in mask.indices where mask[seed] && labels[seed] < 0 {
            let label = Int32(areas.count)
            var area = 0
            var isAtBorder = false
            labels[seed] = label
            stack.append(seed)
            while let i = stack.popLast() {
                area += 1
                isAtBorder =
                    isAtBorder || i < width || i >= mask.count - width || i % width == 0
                    || i % width == width - 1
                let x = i % width
                func visit(_ j: Int) {
                    guard mask[j], labels[j] < 0 else { return }
                    labels[j] = label
                    stack.append(j)
                }
                if x > 0 { visit(i - 1) }
                if x < width - 1 { visit(i + 1) }
                if i >= width { visit(i - width) }
                if i < mask.count - width { visit(i + width) }
            }
            areas.append(area)
            touchesBorder.append(isAtBorder)
        }
        largest = areas.indices.max { areas[$0] < areas[$1] }
    }
}
