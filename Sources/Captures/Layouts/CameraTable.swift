import Spatial

/// The cameras of a layout that tells a lens for each picture and no camera: pictures of one size and one
/// distortion are of one camera, whatever its place and focal length at the moment.
struct CameraTable {
    private struct Key: Hashable {
        var width: Int
        var height: Int
        var distortion: String
    }
    private(set) var cameras: [CaptureCamera] = []
    private var indices: [Key: Int] = [:]

    /// The index of the camera that took a picture, which is added where it is new.
    mutating func index(of camera: CaptureCamera) -> Int {
        let key = Key(
            width: camera.camera.width, height: camera.camera.height,
            distortion: camera.distortion.isNone ? "" : "\(camera.distortion)")
        if let index = indices[key] { return index }
        indices[key] = cameras.count
        cameras.append(camera)
        cameras[cameras.count - 1].name = "camera \(cameras.count)"
        return cameras.count - 1
    }
}
