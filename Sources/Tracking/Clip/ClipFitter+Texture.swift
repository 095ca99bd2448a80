import Spatial
import Torch

extension ClipFitter {
    /// The colours of the skin's vertices, clothes and all, over a run of frames.
    struct Texture {
        /// Display sRGB [1, N, 3].
        let colours: Tensor
        /// Which vertices each frame shows [T, N], in shares of all that it shows.
        let visible: Tensor
    }

    /// The mean colour of each vertex over the frames that show it.
    func texture(_ motion: ClipMotion, identity: ClipIdentity, _ targets: ClipTargets) -> Texture? {
        let (h, w) = (targets.pictures.size(2), targets.pictures.size(3))
        let count = model.skinVertices.count
        var visible = [Float](repeating: 0, count: motion.count * count)
        var sums = [Vector3](repeating: .zero, count: count)
        var times = [Float](repeating: 0, count: count)
        let pictures = targets.pictures.array()
        forEachVisible(motion, identity: identity, width: w, height: h) { t, k, pixel in
            visible[t * count + k] = 1
            let first = 3 * t * w * h + pixel
            sums[k] += Vector3(
                pictures[first], pictures[first + w * h], pictures[first + 2 * w * h])
            times[k] += 1
        }
        guard times.contains(where: { $0 > 1 }) else { return nil }
        for t in 0..<motion.count {
            let row = t * count..<(t + 1) * count
            // A colour that is seen once agrees with itself.
            for k in 0..<count where times[k] < 2 { visible[t * count + k] = 0 }
            let total = max(1, visible[row].reduce(0, +))
            for i in row { visible[i] /= total }
        }
        let colours = zip(sums, times).flatMap { sum, n -> [Float] in
            let mean = sum / max(1, n)
            return [mean.x, mean.y, mean.z]
        }
        return Texture(
            colours: Tensor(colours, shape: [1, count, 3]),
            visible: Tensor(visible, shape: [motion.count, count]))
    }

    /// How far the pictures at the skin's pixels [T, N, 2] are from the texture: robust, summed over
    /// frames. Differentiable in the pixels.
    func difference(_ skin: Tensor, from texture: Texture, _ targets: ClipTargets) -> Tensor {
        let size = Tensor([Float(camera.width), Float(camera.height)])
        let grid = (skin / size * 2 - 1).unsqueezed(1)
        let seen = targets.pictures.gridSampled(grid, border: .border)
            .squeezed(2).permuted(0, 2, 1)
        let error = ((seen - texture.colours).squared().sum(2) + 0.01).sqrt() - 0.1
        return (error * texture.visible).sum()
    }
}
