import Rigs
import Spatial

/// What the studio is to record: people, and what each does before which cameras in which light.
struct StudioPlan {
    /// One moment.
    struct Shot {
        /// The index of the person.
        var person: Int
        var action: StudioAction
        var expression: FaceExpression
        /// Where the cameras are; as many in every shot.
        var cameras: [StudioCamera]
        var light: StudioLight
        var backdrop: Backdrop
        var sequence: String?
        var caption: String?
        /// What a generative model did wrong.
        var faults: GeneratedFaults?
    }

    var identities: [StudioIdentity] = []
    var shots: [Shot] = []
    var cameraNames = ["camera"]
    /// Frames a second; 0 for photographs.
    var frameRate: Double = 0
    /// The sensor whose noise depth has; nil for the truth.
    var sensor: DepthSensor?
    var split: CaptureManifest.Split?
}

/// A camera that is placed by what it looks at.
struct StudioCamera: Equatable {
    enum Target { case body, head }
    var target: Target
    /// The direction from the target to the camera: about the vertical axis, 0 in front, growing to the
    /// person's left; and above the horizon. Radians.
    var azimuth: Float
    var elevation: Float
    /// Metres.
    var distance: Float
    var fieldOfView: Float
    /// What is added to the target, metres, and the turn about the optical axis, radians.
    var shift = Vector3.zero
    var roll: Float = 0

    /// The camera itself.
    func camera(body: Vector3, head: Vector3, size: Int) -> Camera {
        let middle = (target == .body ? body : head) + shift
        let direction = Vector3(
            sine(azimuth) * cosine(elevation), sine(elevation), cosine(azimuth) * cosine(elevation))
        let side = Vector3(cosine(azimuth), 0, -sine(azimuth))
        let up = Vector3(0, 1, 0) * cosine(roll) + side * sine(roll)
        return Camera(
            eye: middle + direction * distance, target: middle, up: up,
            verticalFOV: fieldOfView, width: size, height: size)
    }
}

/// What the body of a person does.
enum StudioAction: Equatable {
    case standing
    /// A frame of a built-in motion.
    case builtIn(BuiltInMotion, frame: Int)
    /// A moment of an endless movement of the whole body drawn from a seed; the strength scales it.
    case generated(seed: UInt64, time: Float, strength: Float)
    /// The head turned: yaw to the left, pitch down, roll, radians.
    case head(yaw: Float, pitch: Float, roll: Float)
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

private func sine(_ x: Float) -> Float { sinf(x) }
private func cosine(_ x: Float) -> Float { cosf(x) }
