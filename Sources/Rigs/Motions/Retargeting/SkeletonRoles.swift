import Spatial

/// Which joints of a skeleton move which segment of the body.
///
/// SMPL's, Anny's, Mixamo's, CMU's, Rokoko's, Biovision's, Unreal's and Blender's names are understood;
/// prefixes such as "mixamorig:", cases and separators do not matter.
public struct SkeletonRoles: Sendable {
    /// The joints of each segment, from the trunk outwards; segments the skeleton has not are missing.
    public private(set) var joints: [BodySegment: [Int]] = [:]

    public init(_ skeleton: MotionSkeleton) {
        if skeleton.kind == .face {
            joints = [.init(.head): [0]]
            return
        }
        if skeleton.index(of: "upperarm01.L") != nil {
            for (joint, name) in skeleton.names.enumerated() {
                if let segment = Self.annySegment(name) {
                    joints[segment, default: []].append(joint)
                }
            }
            return
        }
        let names = skeleton.names.map { JointName($0) }
        for side in BodySegment.Side.allCases {
            assignSide(side, names)
        }
        assignMiddle(names, skeleton)
    }

    /// The first joint of a segment.
    func first(_ part: BodySegment.Part, _ side: BodySegment.Side? = nil) -> Int? {
        joints[.init(part, side)]?.first
    }

    /// What a motion needs: legs or arms or a head.
    var isHuman: Bool {
        let limbs: [BodySegment] = [
            .init(.upperLeg, .left), .init(.upperLeg, .right), .init(.upperArm, .left),
            .init(.upperArm, .right),
        ]
        return joints[.init(.head)] != nil && joints.count == 1
            || limbs.allSatisfy { joints[$0] != nil }
    }

    /// The length of thigh and shin at rest, the mean of both sides; 0 where there are none.
    func legLength(in skeleton: MotionSkeleton) -> Float {
        let lengths = BodySegment.Side.allCases.compactMap { side -> Float? in
            guard let hip = first(.upperLeg, side), let knee = first(.lowerLeg, side),
                let ankle = first(.foot, side)
            else { return nil }
            let p = skeleton.positions
            return (p[knee] - p[hip]).length + (p[ankle] - p[knee]).length
        }
        return lengths.isEmpty ? 0 : lengths.reduce(0, +) / Float(lengths.count)
    }

    private static func annySegment(_ name: String) -> BodySegment? {
        let parts = name.split(separator: ".")
        let side: BodySegment.Side? =
            parts.count == 2 ? (parts[1] == "L" ? .left : .right) : nil
        let stem = String(parts[0])
        if let finger = stem.hasPrefix("finger") ? stem.dropFirst(6).first?.wholeNumberValue : nil,
            (1...5).contains(finger)
        {
            return .init(BodySegment.fingers[finger - 1], side)
        }
        if stem.hasPrefix("toe"), stem.hasSuffix("-1") { return .init(.toes, side) }
        let table: [(String, BodySegment.Part)] = [
            ("root", .pelvis), ("spine", .spine), ("neck", .neck), ("head", .head), ("eye", .eye),
            ("clavicle", .clavicle), ("upperarm", .upperArm), ("lowerarm", .lowerArm),
            ("wrist", .hand), ("upperleg", .upperLeg), ("lowerleg", .lowerLeg), ("foot", .foot),
        ]
        return table.first { stem.hasPrefix($0.0) }.map { .init($0.1, side) }
    }

    /// The joints of a side whose name, without side and number, is one of `words`.
    private func find(
        _ words: [String], _ side: BodySegment.Side?, _ names: [JointName]
    ) -> [Int] {
        names.indices.filter { names[$0].side == side && words.contains(names[$0].stem) }
    }

    private mutating func assignSide(_ side: BodySegment.Side, _ names: [JointName]) {
        func set(_ part: BodySegment.Part, _ found: [Int]) {
            if !found.isEmpty { joints[.init(part, side)] = found }
        }
        let upperArm = ["arm", "upperarm", "uparm", "shldr"]
        let shoulders = find(["shoulder"], side, names)
        let arms = find(upperArm, side, names)
        set(.upperArm, arms.isEmpty ? shoulders : arms)
        let collars = find(["collar", "clavicle", "collarbone"], side, names)
        set(.clavicle, collars.isEmpty && !arms.isEmpty ? shoulders : collars)
        set(.lowerArm, find(["forearm", "lowerarm", "elbow", "lowarm"], side, names))
        let wrists = find(["wrist"], side, names)
        // Where both are there, the hand hangs on the wrist.
        set(.hand, wrists.isEmpty ? find(["hand", "palm"], side, names) : wrists)

        let thighs = find(["upleg", "thigh", "upperleg"], side, names)
        let hips = find(["hip"], side, names)
        set(.upperLeg, thighs.isEmpty ? hips : thighs)
        let shins = find(["shin", "calf", "knee", "lowerleg", "lowleg"], side, names)
        set(.lowerLeg, shins.isEmpty ? find(["leg"], side, names) : shins)
        let ankles = find(["ankle"], side, names)
        let feet = find(["foot", "feet"], side, names)
        set(.foot, ankles.isEmpty ? feet : ankles)
        let toes = find(["toe", "toebase", "ball", "toes", "forefoot"], side, names)
        set(.toes, toes.isEmpty && !ankles.isEmpty ? feet : Array(toes.prefix(1)))
        set(.eye, Array(find(["eye"], side, names).prefix(1)))

        let fingers: [(BodySegment.Part, String)] = [
            (.thumb, "thumb"), (.index, "index"), (.middle, "middle"), (.ring, "ring"),
            (.little, "pinky"), (.little, "little"),
        ]
        for (part, word) in fingers where joints[.init(part, side)] == nil {
            let found = names.indices.filter {
                names[$0].side == side && names[$0].stem.contains(word)
                    && !names[$0].stem.contains("inhand") && !names[$0].stem.contains("meta")
                    && !names[$0].stem.contains("tip")
            }
            set(part, Array(found.prefix(3)))
        }
    }

    private mutating func assignMiddle(_ names: [JointName], _ skeleton: MotionSkeleton) {
        func set(_ part: BodySegment.Part, _ found: [Int]) {
            if !found.isEmpty { joints[.init(part)] = found }
        }
        let pelvis = find(["hips", "hip", "pelvis"], nil, names)
        set(.pelvis, [pelvis.first ?? 0])
        set(.neck, find(["neck"], nil, names))
        set(.head, Array(find(["head"], nil, names).prefix(1)))
        set(.jaw, Array(find(["jaw"], nil, names).prefix(1)))
        let words = [
            "spine", "chest", "upperchest", "lowerback", "abdomen", "torso", "thorax", "lowerspine",
            "upperspine", "midspine", "waist", "belly",
        ]
        // Only what carries the neck and the arms is the spine.
        var carriers: Set<Int> = []
        let ends = [
            first(.neck), first(.head), first(.clavicle, .left), first(.upperArm, .left),
        ]
        for end in ends {
            var joint = end ?? -1
            while joint >= 0, carriers.insert(joint).inserted { joint = skeleton.parents[joint] }
        }
        set(.spine, find(words, nil, names).filter { carriers.contains($0) })
    }
}

/// A joint's name taken apart: "mixamorig:LeftHandIndex1" is the left "handindex" number 1.
struct JointName: Equatable {
    var side: BodySegment.Side?
    /// Without prefix, side, digits and separators, in lower case.
    var stem: String

    init(_ name: String) {
        var words = Self.words(name.split(separator: ":").last.map(String.init) ?? name)
        let noise: Set<String> = [
            "mixamorig", "bip", "bone", "b", "j", "jnt", "joint", "def", "org",
        ]
        let telling = words.filter { !noise.contains($0) }
        if !telling.isEmpty { words = telling }
        let sides: [String: BodySegment.Side] = [
            "left": .left, "l": .left, "lft": .left, "right": .right, "r": .right, "rgt": .right,
        ]
        if let at = words.firstIndex(where: { sides[$0] != nil }), words.count > 1 {
            side = sides[words[at]]
            words.remove(at: at)
        }
        stem = words.joined()
        // Names in one case, such as "leftarm" or "LEFTARM".
        for (word, found) in [("left", BodySegment.Side.left), ("right", .right)]
        where side == nil && stem.hasPrefix(word) && stem.count > word.count {
            side = found
            stem = String(stem.dropFirst(word.count))
        }
    }

    /// The words of a name in lower case: at separators, digits and changes of case.
    private static func words(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            guard letter.isLetter else {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            let before = index > 0 ? letters[index - 1] : " "
            let after = index + 1 < letters.count ? letters[index + 1] : " "
            let begins =
                letter.isUppercase
                && (before.isLowercase || before.isUppercase && after.isLowercase)
            if begins, !word.isEmpty {
                words.append(word)
                word = ""
            }
            word += letter.lowercased()
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
