import Spatial

/// An alpha channel that cuts something out.
struct AlphaMatte {
    /// The alpha channel.
    let alpha: Image
    /// The colours, over grey where they are transparent: what is stored there is arbitrary.
    let picture: Image

    /// The matte of an image with two or four channels; nil if its alpha channel hides next to
    /// nothing or nearly everything.
    init?(of image: Image) {
        guard image.channels == 2 || image.channels == 4 else { return nil }
        let alpha = image.channels(image.channels - 1..<image.channels)
        let count = image.pixelCount
        let clear = alpha.samples.count { $0 < 0.05 }
        let solid = alpha.samples.count { $0 > 0.95 }
        // A transparent frame of some pixels is no matte.
        guard clear * 20 >= count, solid * 50 >= count else { return nil }
        self.alpha = alpha
        var picture = image.colourChannels
        for c in 0..<3 {
            for i in 0..<count {
                let a = alpha.samples[i]
                picture.samples[c * count + i] = picture.samples[c * count + i] * a + 0.5 * (1 - a)
            }
        }
        self.picture = picture
    }

    /// Whether the matte keeps the person: most of what is visible of them is opaque.
    func shows(face: FaceLandmarks?, pose: PoseLandmarks?) -> Bool {
        var points = face?.points.map { Vector2($0.x, $0.y) } ?? []
        points += (pose?.points ?? []).filter { $0.visibility > 0.8 && $0.presence > 0.8 }
            .map { Vector2($0.position.x, $0.position.y) }
        let inside = points.filter {
            $0.x >= 0 && $0.y >= 0 && $0.x < Float(alpha.width) && $0.y < Float(alpha.height)
        }
        let kept = inside.count { alpha.sample($0, channel: 0) > 0.5 }
        return !inside.isEmpty && kept * 10 >= inside.count * 9
    }
}
