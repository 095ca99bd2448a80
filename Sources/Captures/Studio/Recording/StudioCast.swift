import Foundation
import Splatting

/// The people of a recording: each is made once and kept as long as shots ask for them.
final class StudioCast: @unchecked Sendable {
    /// Who is drawn: a person of the plan, so many eighths of the way to the next one.
    struct Role: Hashable {
        var person: Int
        var drift: Int
    }

    // Sound: what changes is touched within the lock only.
    private let condition = NSCondition()
    private var people: [Role: StudioPerson] = [:]
    private var shotsLeft: [Role: Int]
    private let plan: StudioPlan
    private let body: CanonicalBody
    /// The width of a sample of the nearest picture there is, metres.
    private let footprint: Float

    /// - Parameters:
    ///   - size: the width and height of pictures, pixels.
    ///   - shots: those that will ask, by index.
    init(_ plan: StudioPlan, body: CanonicalBody, size: Int, shots: [Int]) {
        (self.plan, self.body) = (plan, body)
        let fields = plan.shots.lazy.flatMap(\.cameras).map { $0.distance * $0.fieldOfView }
        // Two samples to a pixel.
        footprint = (fields.min() ?? 1) / Float(2 * size)
        shotsLeft = shots.reduce(into: [:]) { $0[plan.role(of: plan.shots[$1]), default: 0] += 1 }
    }

    /// Makes somebody, as fine as pictures show.
    func make(_ role: Role, rasteriser: MeshRasteriser) {
        let person = StudioPerson(
            plan.identity(of: role), body: body, footprint: footprint, rasteriser: rasteriser)
        condition.withLock {
            people[role] = person
            condition.broadcast()
        }
    }

    /// Calls `body` with who plays a role, when made; the last shot lets the person go.
    func withPerson<Result>(_ role: Role, _ body: (StudioPerson) throws -> Result) rethrows
        -> Result
    {
        let person = condition.withLock {
            while true {
                if let person = people[role] { return person }
                condition.wait()
            }
        }
        defer {
            condition.withLock {
                shotsLeft[role, default: 1] -= 1
                // A person takes some 50 MB.
                if shotsLeft[role] == 0 { people[role] = nil }
            }
        }
        return try body(person)
    }
}

extension StudioPlan {
    /// Who is drawn in a shot.
    func role(of shot: Shot) -> StudioCast.Role {
        guard let faults = shot.faults, identities.count > shot.person + 1 else {
            return .init(person: shot.person, drift: 0)
        }
        return .init(person: shot.person, drift: faults.driftSteps)
    }

    /// The looks of a role.
    func identity(of role: StudioCast.Role) -> StudioIdentity {
        let identity = identities[role.person]
        guard role.drift > 0 else { return identity }
        return GeneratedFaults.drifted(
            identity, towards: identities[role.person + 1], steps: role.drift)
    }
}
