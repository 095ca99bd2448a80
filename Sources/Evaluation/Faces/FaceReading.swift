import Spatial

/// What a tracker reads from a face in a picture.
public struct FaceReading: Sendable {
    /// Landmarks in pixels of the picture, always the same ones in the same order.
    public var landmarks: [Vector2]
    /// Which landmarks are the outer corners of the eyes.
    public var eyeCorners: (right: Int, left: Int)
    /// How strong each movement of the face is, 0…1, in the reader's order.
    public var expression: [Float]
    /// The rotation from the head's axes to the camera's.
    public var headRotation: Matrix3

    public init(
        landmarks: [Vector2], eyeCorners: (right: Int, left: Int), expression: [Float],
        headRotation: Matrix3
    ) {
        (self.landmarks, self.eyeCorners) = (landmarks, eyeCorners)
        (self.expression, self.headRotation) = (expression, headRotation)
    }

    /// The box around the landmarks, pixels.
    var box: (low: Vector2, high: Vector2) {
        let infinity = Vector2(.infinity, .infinity)
        return landmarks.reduce((infinity, -infinity)) { box, point in
            (
                Vector2(min(box.0.x, point.x), min(box.0.y, point.y)),
                Vector2(max(box.1.x, point.x), max(box.1.y, point.y))
            )
        }
    }
}

/// Finds the face of a picture: what tracks faces is above this module, and hands itself in.
public protocol FaceReader {
    /// What the largest face of a picture does; nil where none is found.
    ///
    /// - Parameter image: three channels in 0…1.
    func face(of image: Image) throws -> FaceReading?
}
