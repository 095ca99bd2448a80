import Spatial
import Torch

/// Says by 512 numbers whose face a picture shows: `FaceNet`'s features of a square around it.
public struct IdentityReader {
    private let network: FaceNet

    /// How much wider than the landmarks the square is: the network was trained on the boxes of a detector
    /// that also has the chin's and the forehead's outline within.
    private static let margin: Float = 1.1

    public init(_ network: FaceNet) { self.network = network }

    /// The features [512], of length 1, of a face in a picture of three channels in 0…1; white where the
    /// square leaves the picture.
    public func features(of face: FaceReading, in image: Image) -> [Float] {
        let box = face.box
        let side = max(
            1, (max(box.high.x - box.low.x, box.high.y - box.low.y) * Self.margin).rounded())
        let corner = (box.low + box.high - Vector2(side, side)) / 2
        let patch = image.cropped(
            x: Int(corner.x.rounded()), y: Int(corner.y.rounded()), width: Int(side),
            height: Int(side), outside: 1
        ).resized(width: FaceNet.side, height: FaceNet.side)
        return noGrad { network(Tensor(batchOf: patch)).array() }
    }
}
