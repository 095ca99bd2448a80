import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension StudioPlan {
    /// The plan of a preset.
    init(_ options: StudioOptions, of anny: Anny) {
        let seed = options.seed &* 0x2545_f491_4f6c_dd1d &+ 11
        switch options.preset {
        case .multiview: multiview(options, seed, anny)
        case .monocular: monocular(options, seed, anny)
        case .singlePhoto: singlePhoto(options, seed, anny)
        case .selfieRGBD: selfie(options, seed, anny)
        case .talkingHeads: talkingHeads(options, seed, anny)
        case .portraits: portraits(options, seed, anny)
        case .rgbdFaces: rgbdFaces(options, seed, anny)
        }
    }

    private static func person(_ seed: UInt64, _ index: Int, _ anny: Anny) -> StudioIdentity {
        StudioIdentity(seed: seed &+ UInt64(index) &* 0x9e37, of: anny)
    }

    /// A camera that shows the whole standing person.
    private static func full(_ azimuth: Float, _ elevation: Float = 0.05) -> StudioCamera {
        StudioCamera(
            target: .body, azimuth: azimuth, elevation: elevation, distance: 3.9,
            fieldOfView: 0.56)
    }

    /// A camera that shows the head and the shoulders.
    private static func portrait(_ azimuth: Float, _ elevation: Float = 0.04) -> StudioCamera {
        StudioCamera(
            target: .head, azimuth: azimuth, elevation: elevation, distance: 1.35,
            fieldOfView: 0.31, shift: Vector3(0, 0.02, 0))
    }

    /// What a face does at a moment: it talks, and feels this or that; it blinks.
    private static func face(_ time: Float, seed: UInt64) -> FaceExpression {
        var draw = StudioDraw(seed: seed &+ 0xface)
        let order = (0..<16).map { _ in draw.integer(below: NamedExpression.allCases.count) }
        let slot = time / 1.4
        let index = Int(slot)
        let phase = slot - Float(index)
        let feeling = NamedExpression.allCases[order[index % order.count]].expression
        let strength = sinf(.pi * phase) * (index % 2 == 0 ? 0.85 : 0.25)
        var result = feeling * max(strength, 0)
        // Syllables, three a second.
        let talk = index % 2 == 0 ? Float(0.12) : 0.55
        let beat = 0.5 + 0.5 * sinf(2 * .pi * 3.1 * time + Float(seed % 7))
        let vowel = 0.5 + 0.5 * sinf(2 * .pi * 1.3 * time + 1)
        result =
            result
            + FaceExpression([
                .jawOpen: 0.38 * beat * talk, .mouthFunnel: 0.4 * beat * talk * vowel,
                .mouthStretchLeft: 0.3 * talk * beat * (1 - vowel),
                .mouthStretchRight: 0.3 * talk * beat * (1 - vowel),
            ])
        let blink = bell((time.truncatingRemainder(dividingBy: 3.1) - 1.2) / 0.07)
        result[.eyeBlinkLeft] = max(result[.eyeBlinkLeft], blink)
        result[.eyeBlinkRight] = max(result[.eyeBlinkRight], blink)
        return FaceExpression(weights: result.weights.map { min(max($0, 0), 1) })
    }

    private mutating func multiview(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        let count = options.cameras ?? 8
        identities = [Self.person(seed, 0, anny)]
        frameRate = 15
        cameraNames = (0..<count).map { "camera-\($0 < 10 ? "0" : "")\($0)" }
        let cameras = (0..<count).map { index in
            // Every third looks down, every third up a little.
            Self.full(2 * .pi * Float(index) / Float(count), [0.05, 0.38, -0.02][index % 3])
        }
        let light = StudioLight.sample(seed: seed)
        let frames = options.frames ?? 60
        for frame in 0..<frames {
            let time = Float(frame) / Float(frameRate)
            let action: StudioAction =
                frame % 60 < 20
                ? .builtIn(.walk, frame: 2 * frame)
                : .generated(seed: seed, time: time, strength: 1)
            shots.append(
                Shot(
                    person: 0, action: action, expression: Self.face(time, seed: seed),
                    cameras: cameras, light: light, backdrop: .floor(Vector3(0.5, 0.51, 0.53))))
        }
        if count > 3 {
            split = .init(test: .init(cameras: [cameraNames[count / 2]]))
        }
    }

    private mutating func monocular(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        identities = [Self.person(seed, 0, anny)]
        frameRate = 15
        var draw = StudioDraw(seed: seed)
        let light = StudioLight.sample(seed: seed)
        let ground = draw.pick(Self.grounds)
        let frames = options.frames ?? 120
        for frame in 0..<frames {
            let time = Float(frame) / Float(frameRate)
            let t = Float(frame) / Float(max(frames - 1, 1))
            func shake(_ speed: Float, _ phase: Float) -> Float {
                sinf(2 * .pi * speed * time + phase) * 0.6
                    + sinf(2 * .pi * 2.3 * speed * time + 2 * phase) * 0.4
            }
            // Around the person and back, by hand.
            var camera = Self.full(1.1 * sinf(2 * .pi * t) + 0.015 * shake(0.7, 1))
            camera.elevation += 0.02 * shake(0.5, 2)
            camera.distance *= 1 + 0.03 * shake(0.3, 3)
            camera.shift = Vector3(0.02 * shake(0.8, 4), 0.015 * shake(0.9, 5), 0)
            camera.roll = 0.012 * shake(0.6, 6)
            shots.append(
                Shot(
                    person: 0, action: .generated(seed: seed, time: time, strength: 0.9),
                    expression: Self.face(time, seed: seed), cameras: [camera], light: light,
                    backdrop: .floor(ground)))
        }
    }

    private static let grounds = [
        Vector3(0.62, 0.6, 0.56), Vector3(0.5, 0.53, 0.56), Vector3(0.56, 0.5, 0.44),
        Vector3(0.44, 0.5, 0.46), Vector3(0.68, 0.67, 0.66),
    ]

    private mutating func singlePhoto(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        // The second is whom a generative model drifts towards.
        identities = [Self.person(seed, 0, anny), Self.person(seed, 1, anny)]
        var draw = StudioDraw(seed: seed)
        let light = StudioLight.sample(seed: seed)
        let backdrop = Backdrop.floor(draw.pick(Self.grounds))
        let camera = Self.full(draw.uniform(-0.15, 0.15))
        shots = [
            Shot(
                person: 0, action: .standing, expression: .neutral, cameras: [camera],
                light: light, backdrop: backdrop, sequence: options.generated > 0 ? "photo" : nil,
                caption: identities[0].caption)
        ]
        for frame in 0..<options.generated {
            let time = Float(frame) / 15
            shots.append(
                Shot(
                    person: 0, action: .generated(seed: seed, time: time, strength: 0.9),
                    expression: Self.face(time, seed: seed), cameras: [camera], light: light,
                    backdrop: backdrop, sequence: "generated", caption: identities[0].caption,
                    faults: GeneratedFaults(seed: seed, frame: frame, of: options.generated)))
        }
    }

    private mutating func selfie(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        identities = [Self.person(seed, 0, anny)]
        frameRate = 15
        sensor = DepthSensor()
        let light = StudioLight.sample(seed: seed)
        let frames = options.frames ?? 40
        // Front, left, right, front, up.
        let keys: [(yaw: Float, pitch: Float)] = [
            (0, 0), (0.75, 0.02), (0, 0), (-0.75, 0.02), (0, 0), (0, -0.42),
        ]
        for frame in 0..<frames {
            let t = Float(frame) / Float(max(frames - 1, 1)) * Float(keys.count - 1)
            let index = min(Int(t), keys.count - 2)
            let share = smoothStep(0, 1, t - Float(index))
            let yaw = mix(keys[index].yaw, keys[index + 1].yaw, share)
            let pitch = mix(keys[index].pitch, keys[index + 1].pitch, share)
            var camera = Self.portrait(0.02 * sinf(Float(frame) * 0.7))
            (camera.distance, camera.fieldOfView) = (0.62, 0.62)
            shots.append(
                Shot(
                    person: 0, action: .head(yaw: yaw, pitch: pitch, roll: 0),
                    expression: .neutral, cameras: [camera], light: light,
                    backdrop: .paper(Vector3(0.6, 0.6, 0.61))))
        }
    }

    private mutating func talkingHeads(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        let (people, frames) = (options.people ?? 8, options.frames ?? 16)
        frameRate = 10
        for person in 0..<people {
            identities.append(Self.person(seed, person, anny))
            var draw = StudioDraw(seed: seed &+ UInt64(person) &* 31)
            let light = StudioLight.sample(seed: seed &+ UInt64(person))
            let azimuth = draw.normal(0, 0.22, -0.6, 0.6)
            let backdrop = Backdrop.paper(draw.pick(Self.grounds))
            let start = draw.uniform(0, 20)
            for frame in 0..<frames {
                let time = start + Float(frame) / Float(frameRate)
                let action = StudioAction.head(
                    yaw: 0.42 * sinf(0.9 * time), pitch: 0.12 * sinf(1.3 * time + 1),
                    roll: 0.09 * sinf(0.7 * time + 2))
                shots.append(
                    Shot(
                        person: person, action: action,
                        expression: Self.face(time, seed: seed &+ UInt64(person)),
                        cameras: [Self.portrait(azimuth)], light: light, backdrop: backdrop,
                        sequence: "person-\(person)", caption: identities[person].caption))
            }
        }
    }

    private mutating func portraits(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        identities = [Self.person(seed, 0, anny)]
        var draw = StudioDraw(seed: seed)
        for frame in 0..<(options.frames ?? 20) {
            let named = NamedExpression.allCases[draw.integer(below: 6)]
            let strength = frame % 3 == 0 ? 0.15 : draw.uniform(0.4, 1)
            shots.append(
                Shot(
                    person: 0,
                    action: .head(
                        yaw: draw.normal(0, 0.3, -0.7, 0.7),
                        pitch: draw.normal(0, 0.1, -0.25, 0.25),
                        roll: draw.normal(0, 0.06, -0.15, 0.15)),
                    expression: named.expression * strength,
                    cameras: [Self.portrait(draw.normal(0, 0.2, -0.5, 0.5))],
                    light: .sample(seed: seed &+ UInt64(frame) &* 97),
                    backdrop: .paper(draw.pick(Self.grounds)), caption: identities[0].caption))
        }
    }

    private mutating func rgbdFaces(_ options: StudioOptions, _ seed: UInt64, _ anny: Anny) {
        sensor = DepthSensor()
        let categories = NamedExpression.allCases
        let frames = options.frames ?? (categories.count + 1)
        for person in 0..<(options.people ?? 4) {
            identities.append(Self.person(seed, person, anny))
            var draw = StudioDraw(seed: seed &+ UInt64(person) &* 31)
            let light = StudioLight.sample(seed: seed &+ UInt64(person))
            let words = identities[person].caption
            for frame in 0..<frames {
                let category = frame % (categories.count + 1)
                let name = category == 0 ? "neutral" : categories[category - 1].rawValue
                let expression =
                    category == 0 ? FaceExpression.neutral : categories[category - 1].expression
                shots.append(
                    Shot(
                        person: person,
                        action: .head(
                            yaw: draw.normal(0, 0.12, -0.3, 0.3),
                            pitch: draw.normal(0, 0.05, -0.15, 0.15), roll: 0),
                        expression: expression * draw.uniform(0.8, 1),
                        cameras: [Self.portrait(draw.normal(0, 0.1, -0.3, 0.3))], light: light,
                        backdrop: .paper(Vector3(0.6, 0.6, 0.61)), sequence: "person-\(person)",
                        caption: "a portrait of \(words), expression: \(name)"))
            }
        }
    }
}
