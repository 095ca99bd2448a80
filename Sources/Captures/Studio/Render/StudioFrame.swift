import Spatial

/// One picture of the studio and what is true of it.
public struct StudioFrame: Equatable, Sendable {
    /// What the camera sees, display sRGB [3, H, W].
    public var colour: Image
    /// The share of each pixel that the person covers [1, H, W].
    public var mask: Image
    /// The depth along the optical axis at the pixel's centre, metres [1, H, W]; 0 where nobody is.
    public var depth: Image
    /// The surface's normal at the pixel's centre in the camera's axes (x right, y down, z forward)
    /// [3, H, W]; 0 where nobody is.
    public var normal: Image
    /// Reflected light without shading, display sRGB, averaged over the covered part of a pixel
    /// [3, H, W]; 0 where nobody is.
    public var albedo: Image
    /// What is at the pixel's centre, values of `StudioLabel` [H, W].
    public var labels: [UInt8]
}
