import Foundation
import Media
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Motion {
    /// The text of a BVH file of the motion's joints: metres, y up, "Zrotation Xrotation Yrotation".
    ///
    /// Expressions and gaze have no place in the format and are left out.
    ///
    /// - Throws: `RigError.unwritable` where the motion says not on which skeleton it is, or is a face's.
    public func bvh() throws -> String {
        guard let skeleton, skeleton.count > 1 else {
            throw RigError.unwritable(
                motion: name, format: "BVH",
                reason: skeleton == nil
                    ? "its skeleton is that of the avatar it is played on"
                    : "it is the movement of a face")
        }
        var children = [[Int]](repeating: [], count: skeleton.count)
        for (joint, parent) in skeleton.parents.enumerated() where parent >= 0 {
            children[parent].append(joint)
        }
        var text = "HIERARCHY\n"
        var order: [Int] = []
        func offset(_ v: Vector3, _ indent: String) {
            text += "\(indent)OFFSET \(Self.number(v.x)) \(Self.number(v.y)) \(Self.number(v.z))\n"
        }
        // Deep hierarchies are walked with a stack of our own.
        var stack: [(joint: Int, depth: Int, isClosing: Bool)] = [(0, 0, false)]
        while let (joint, depth, isClosing) = stack.popLast() {
            let indent = String(repeating: "  ", count: depth)
            if isClosing {
                text += "\(indent)}\n"
                continue
            }
            let parent = skeleton.parents[joint]
            text +=
                "\(indent)\(parent < 0 ? "ROOT" : "JOINT") \(skeleton.names[joint])\n\(indent){\n"
            offset(
                parent < 0
                    ? .zero : skeleton.positions[joint] - skeleton.positions[parent], indent + "  ")
            let position = parent < 0 ? "6 Xposition Yposition Zposition" : "3"
            text += "\(indent)  CHANNELS \(position) Zrotation Xrotation Yrotation\n"
            order.append(joint)
            stack.append((joint, depth, true))
            if children[joint].isEmpty {
                let end = skeleton.ends[joint] ?? skeleton.positions[joint]
                text += "\(indent)  End Site\n\(indent)  {\n"
                offset(end - skeleton.positions[joint], indent + "    ")
                text += "\(indent)  }\n"
            }
            for child in children[joint].reversed() { stack.append((child, depth + 1, false)) }
        }
        text += "MOTION\nFrames: \(frames.count)\nFrame Time: \(1 / Double(frameRate))\n"
        for frame in frames {
            var values: [Float] = []
            switch frame.root {
            case .position(let p): values = [p.x, p.y, p.z]
            case .offset(let o):
                let p = skeleton.positions[0] + o
                values = [p.x, p.y, p.z]
            }
            for joint in order {
                values += Self.zxy(frame.rotations[skeleton.names[joint]] ?? .identity)
            }
            text += values.map(Self.number).joined(separator: " ") + "\n"
        }
        return text
    }

    /// Six decimals: a thousandth of a millimetre, a millionth of a degree.
    private static func number(_ value: Float) -> String {
        let text = String(format: "%.6f", value)
        return text == "-0.000000" ? "0.000000" : text
    }

    /// The angles in degrees about z, x and y with R = Rz Rx Ry.
    static func zxy(_ rotation: Quaternion) -> [Float] {
        let m = rotation.matrix
        // The second row of Rz Rx Ry's columns: m[2,1] = sin x.
        let x = asin(min(max(m[2, 1], -1), 1))
        let (y, z): (Float, Float)
        if abs(m[2, 1]) < 0.999_999 {
            z = atan2(-m[0, 1], m[1, 1])
            y = atan2(-m[2, 0], m[2, 2])
        } else {
            // x is ±90°: z and y turn about the same axis, and all goes to z.
            z = atan2(m[1, 0], m[0, 0])
            y = 0
        }
        return [z, x, y].map { $0 * 180 / .pi }
    }
}
