import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Motion {
    /// The face as Live Link Face's table: units, the head's rotation and the eyes', a row a frame.
    ///
    /// Timecodes count 60 frames a second and begin at zero; other movement of the body is left out.
    public func liveLinkCSV() -> String {
        let angles = ["Head", "LeftEye", "RightEye"].flatMap { part in
            ["Yaw", "Pitch", "Roll"].map { part + $0 }
        }
        // Every name with a capital, as the app writes it.
        let names = FaceUnit.names.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        var text = (["Timecode", "BlendShapeCount"] + names + angles).joined(separator: ",") + "\n"
        for (index, frame) in frames.enumerated() {
            let time = Double(index) / Double(frameRate)
            let whole = Int(time)
            var values = frame.expression.weights
            let head = headRotation(frame)
            let ahead = head.matrix
            let pitch = asin(min(max(-ahead[1, 2], -1), 1))
            values += [
                atan2(ahead[0, 2], ahead[2, 2]), pitch, atan2(ahead[1, 0], ahead[1, 1]),
            ]
            let gaze = frame.gaze ?? Gaze(left: .zero, right: .zero)
            values += [gaze.left.x, gaze.left.y, 0, gaze.right.x, gaze.right.y, 0]
            text += String(
                format: "%02d:%02d:%02d:%06.3f,61,", whole / 3600, whole / 60 % 60, whole % 60,
                (time - Double(whole)) * 60)
            text += values.map { String(format: "%.6f", $0) }.joined(separator: ",") + "\n"
        }
        return text
    }

    /// The head's rotation against the trunk: the product of what the neck's bones and the head do.
    private func headRotation(_ frame: Frame) -> Quaternion {
        let neck = ["neck", "neck01", "neck02", "neck03", "head"]
        return neck.reduce(.identity) { $0 * (frame.rotations[$1] ?? .identity) }
    }
}
