import Spatial

/// The shape and pose of a model of the SMPL family.
public struct SMPLParameters: Equatable, Sendable {
    /// Shape coefficients; those that are left out are 0.
    public var betas: [Float] = []
    /// Expression coefficients; those that are left out are 0.
    public var expression: [Float] = []
    /// Axis-angles by joint, radians; those that are left out are 0. Of the hands without their mean.
    public var pose: [Int: Vector3] = [:]
    /// Coefficients of the hands' principal components, in the place of their joints' axis-angles.
    public var leftHand: [Float]?
    public var rightHand: [Float]?
    /// Whether a hand's pose of zeros is flat, not the mean pose of hands.
    public var hasFlatHands = false
    /// How far the left and the right lid are closed, of FLAME with eyelids.
    public var eyelids = Vector2.zero
    /// What is added to all positions, metres.
    public var translation = Vector3.zero

    public init() {}
}
