import Spatial
import Torch

extension Tensor {
    /// An image as a batch of one [1, C, H, W].
    init(batchOf image: Image, _ dtype: DType = .float32) {
        let values = Tensor(
            image.samples, shape: [1, image.channels, image.height, image.width])
        self = dtype == .float32 ? values : values.converted(to: dtype)
    }
}
