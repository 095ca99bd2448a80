import Spatial
import Tracking

/// The part of a photograph that shows the person, at the size that is worked at.
struct WorkingView {
    /// Display sRGB, three channels: the person's own colours, freed of the background that shines
    /// through soft edges.
    let image: Image
    /// The photograph as it is, three channels.
    let original: Image
    /// The person's share of each pixel, one channel.
    let mask: Image
    /// The camera of this part, at this size.
    let camera: Camera
    /// How many pixels of this view stand for one of the photograph's, where it was enlarged; else 1.
    let enlargement: Float

    /// The rectangle around the mask with a margin of a twentieth, its longer side scaled to
    /// `longerSide` pixels.
    ///
    /// - Parameters:
    ///   - enlarges: whether a smaller rectangle is enlarged to that size; it keeps its own
    ///     otherwise.
    init(photo: Image, mask matte: Image, camera: Camera, longerSide: Int, enlarges: Bool) {
        let box = Self.box(of: matte)
        let cropped = (
            photo.cropped(x: box.x, y: box.y, width: box.width, height: box.height),
            matte.cropped(x: box.x, y: box.y, width: box.width, height: box.height)
        )
        var view = camera
        view.intrinsics.cx -= Float(box.x)
        view.intrinsics.cy -= Float(box.y)
        (view.width, view.height) = (box.width, box.height)
        let factor = Float(longerSide) / Float(max(box.width, box.height))
        enlargement = enlarges ? max(1, factor * factor) : 1
        if factor < 1 || enlarges { view = view.scaled(by: factor) }
        mask = cropped.1.resized(width: view.width, height: view.height)
        original = cropped.0.resized(width: view.width, height: view.height)
        image = original.foregroundColours(matte: mask)
        self.camera = view
    }

    private static func box(of mask: Image) -> (x: Int, y: Int, width: Int, height: Int) {
        guard let box = Box(around: mask, above: 0.5) else {
            return (0, 0, mask.width, mask.height)
        }
        let (left, top) = (Int(box.minimum.x), Int(box.minimum.y))
        let (right, bottom) = (Int(box.maximum.x), Int(box.maximum.y))
        let margin = max(right - left - 1, bottom - top - 1) / 20
        let (x, y) = (max(0, left - margin), max(0, top - margin))
        return (
            x, y, min(mask.width, right + margin) - x, min(mask.height, bottom + margin) - y
        )
    }
}
