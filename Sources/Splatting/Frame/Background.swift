/// What is behind everything: a colour, or an image.
struct Background {
    let colour: SIMD3<Float>
    /// [3, H, W].
    let image: UnsafePointer<Float>?

    /// The colours of the pixels from `pixel` on.
    @inline(__always)
    func pixels(_ pixel: Int, plane: Int, _ columnCount: Int) -> LaneTriple {
        guard let image else {
            return LaneTriple(
                Lanes(repeating: colour.x), Lanes(repeating: colour.y), Lanes(repeating: colour.z))
        }
        return LaneTriple(
            read(image + pixel, columnCount), read(image + plane + pixel, columnCount),
            read(image + 2 * plane + pixel, columnCount))
    }
}

extension RenderSettings {
    /// Calls `body` with the background of an image of `plane` pixels.
    func withBackground<Result>(plane: Int, _ body: (Background) -> Result) -> Result {
        guard let backgroundImage else { return body(Background(colour: background, image: nil)) }
        precondition(
            backgroundImage.samples.count == 3 * plane,
            "a background image has three channels of the camera's size")
        return backgroundImage.samples.withUnsafeBufferPointer {
            body(Background(colour: background, image: $0.baseAddress))
        }
    }
}
