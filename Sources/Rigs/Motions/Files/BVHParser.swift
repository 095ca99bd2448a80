import Spatial

/// Reads the text of a BVH file, line by line.
struct BVHParser {
    /// The joints with their channels, and the end points of those on which none hangs.
    struct Hierarchy {
        var joints: [BVHJoint] = []
        /// The rest positions in the file's unit.
        var positions: [Vector3] = []
        var ends: [Int: Vector3] = [:]
        var channelCount = 0
    }

    /// More joints than any body has.
    private static let jointLimit = 4096

    private let file: String
    /// The lines that are not blank, and their numbers from 1.
    private let lines: [(number: Int, words: ArraySlice<UInt8>)]
    private var next = 0

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        var lines: [(number: Int, words: ArraySlice<UInt8>)] = []
        var number = 1
        var start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        for end in start...bytes.count where end == bytes.count || bytes[end] == 10 {
            let line = bytes[start..<end]
            if line.contains(where: { $0 > 32 }) { lines.append((number, line)) }
            number += 1
            start = end + 1
        }
        self.lines = lines
    }

    private func error(_ found: String, _ expected: String) -> RigError {
        let line = next > 0 && next <= lines.count ? " in line \(lines[next - 1].number)" : ""
        return .motion(file: file, found: found + line, expected: expected)
    }

    /// The words of the next line; braces stand alone.
    private mutating func line(_ expected: String) throws -> [Substring] {
        guard next < lines.count else {
            throw RigError.motion(file: file, found: "its end", expected: expected)
        }
        next += 1
        return String(decoding: lines[next - 1].words.prefix(65_536), as: UTF8.self)
            .split { $0.isWhitespace || $0 == "\0" }
    }

    private func numbers(_ words: some Collection<Substring>, _ count: Int) throws -> [Float] {
        let values = words.prefix(count).compactMap { Float($0) }
        guard values.count == count, values.allSatisfy({ $0.isFinite }) else {
            throw error(
                "\"\(words.prefix(4).joined(separator: " ").prefix(64))\"",
                "\(count) finite numbers")
        }
        return values
    }

    /// Reads up to the line MOTION.
    mutating func hierarchy() throws -> Hierarchy {
        guard try line("HIERARCHY").first?.lowercased() == "hierarchy" else {
            throw error("no HIERARCHY", "it")
        }
        var result = Hierarchy()
        // The joints whose brace is open; an end site stands as −1.
        var open: [Int] = []
        var pending: Int?
        var names: Set<String> = []
        var hasChannels: Set<Int> = []
        while true {
            var words = try line("MOTION after the joints")[...]
            guard let keyword = words.first?.lowercased() else { continue }
            switch keyword {
            case "root", "joint":
                guard (keyword == "root") == result.joints.isEmpty, pending == nil,
                    open.last != -1, keyword == "root" || !open.isEmpty
                else {
                    throw error("\(keyword.uppercased()) out of place", "one ROOT, joints inside")
                }
                words = words.dropFirst()
                let opens = words.last == "{"
                if opens { words = words.dropLast() }
                var name = words.joined(separator: " ")
                if name.isEmpty { name = "joint \(result.joints.count + 1)" }
                while !names.insert(name).inserted { name += "'" }
                guard result.joints.count < Self.jointLimit else {
                    throw error("too many joints", "at most \(Self.jointLimit)")
                }
                result.joints.append(BVHJoint(name: name, parent: open.last ?? -1))
                result.positions.append(.zero)
                pending = result.joints.count - 1
                if opens {
                    open.append(pending!)
                    pending = nil
                }
            case "end":
                guard pending == nil, let parent = open.last, parent >= 0 else {
                    throw error("an End Site out of place", "it inside of a joint")
                }
                pending = -1
                if words.last == "{" {
                    open.append(-1)
                    pending = nil
                }
            case "{":
                guard let joint = pending else { throw error("a brace", "a joint before it") }
                open.append(joint)
                pending = nil
            case "}":
                guard let closed = open.popLast(), pending == nil else {
                    throw error("a closing brace", "an open one before it")
                }
                if closed >= 0, !hasChannels.contains(closed) {
                    throw error(
                        "no CHANNELS for the joint \(result.joints[closed].name)",
                        "CHANNELS of every joint")
                }
            case "offset":
                guard let joint = open.last, pending == nil else {
                    throw error("OFFSET out of place", "it inside of a joint")
                }
                let v = try numbers(words.dropFirst(), 3)
                let offset = Vector3(v[0], v[1], v[2])
                guard offset.length < 1e6 else { throw error("an offset beyond measure", "less") }
                if joint < 0 {
                    let parent = open[open.count - 2]
                    result.ends[parent] = result.positions[parent] + offset
                } else {
                    result.joints[joint].offset = offset
                    let parent = result.joints[joint].parent
                    result.positions[joint] =
                        (parent < 0 ? .zero : result.positions[parent]) + offset
                }
            case "channels":
                guard let joint = open.last, joint >= 0, hasChannels.insert(joint).inserted else {
                    throw error("CHANNELS out of place", "them once a joint")
                }
                let names = words.dropFirst(2)
                let channels = names.compactMap { BVHChannel(String($0)) }
                guard words.count >= 2, let count = Int(words[words.startIndex + 1]),
                    (0...6).contains(count), channels.count == count, names.count == count
                else {
                    throw error(
                        "the channels \"\(words.joined(separator: " ").prefix(80))\"",
                        "their number and as many of Xposition … Zrotation")
                }
                result.joints[joint].channels = channels
                result.joints[joint].firstColumn = result.channelCount
                result.channelCount += count
            case "motion":
                guard open.isEmpty, pending == nil, !result.joints.isEmpty else {
                    throw error("MOTION inside of a joint", "closing braces before it")
                }
                // End points of joints that others hang on say nothing.
                for joint in result.joints where joint.parent >= 0 {
                    result.ends[joint.parent] = nil
                }
                return result
            default:
                throw error("\"\(keyword.prefix(32))\"", "a line of the hierarchy")
            }
        }
    }

    /// The rows of numbers, and the seconds between them.
    mutating func motion(channels: Int) throws -> (rows: [[Float]], interval: Double) {
        guard channels > 0 else { throw error("no channels", "some") }
        let head = try line("Frames:")
        guard head.first?.lowercased().hasPrefix("frames") == true, let last = head.last,
            let count = Int(last.drop { $0 == ":" }.drop { !$0.isNumber && $0 != "-" }),
            (1...MotionFile.frameLimit).contains(count)
        else {
            throw error(
                "\"\(head.joined(separator: " ").prefix(40))\"",
                "\"Frames:\" and 1 to \(MotionFile.frameLimit)")
        }
        let time = try line("Frame Time:")
        guard time.first?.lowercased() == "frame", let last = time.last,
            let interval = Double(last.split(separator: ":").last ?? ""), interval > 1e-5,
            interval < 100
        else {
            throw error(
                "\"\(time.joined(separator: " ").prefix(40))\"",
                "\"Frame Time:\" and seconds above 0")
        }
        guard lines.count - next >= count else {
            throw RigError.motion(
                file: file, found: "\(lines.count - next) rows of numbers",
                expected: "\(count) by its Frames: line")
        }
        var rows: [[Float]] = []
        rows.reserveCapacity(count)
        for index in 0..<count {
            let bytes = lines[next].words
            next += 1
            var row: [Float] = []
            row.reserveCapacity(channels)
            bytes.withUnsafeBufferPointer { buffer in
                var scanner = TextScanner(buffer)
                while row.count < channels, let value = scanner.number() {
                    row.append(Float(value))
                }
            }
            guard row.count == channels, row.allSatisfy({ $0.isFinite }) else {
                throw error(
                    "\(row.count) numbers in frame \(index + 1)",
                    "\(channels), one a channel")
            }
            rows.append(row)
        }
        return (rows, interval)
    }
}
