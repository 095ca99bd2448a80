import CTorch

extension Tensor {
    /// The same values as another type; the tensor itself where it already is of that type.
    /// Differentiable between floating-point types.
    public func converted(to dtype: DType) -> Tensor {
        dtype == self.dtype ? self : call("to.dtype", self, dtype)
    }

    /// The same values on another device; the tensor itself where it already is there.
    /// Differentiable. The device being unavailable stops the program: ask `Device.available()`.
    public func moved(to device: Device) -> Tensor {
        device == self.device
            ? self : call("to.dtype_layout", self, Absent.none, Absent.none, device)
    }

    /// The same values in row-major order without gaps; the tensor itself where it already is.
    public func contiguous() -> Tensor { isContiguous ? self : call("contiguous", self) }

    /// [B, C, H, W] with the channels of a pixel next to each other in memory (torch's channels-last
    /// format, which its convolutions and normalisations keep); the shape stays. Differentiable.
    public func channelsLast() -> Tensor {
        // c10::MemoryFormat::ChannelsLast is 2.
        call("contiguous", self, 2)
    }

    /// A copy in memory of its own; differentiable.
    public func cloned() -> Tensor { call("clone", self) }
}
