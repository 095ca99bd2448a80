import Torch

/// A text as a text encoder takes it.
public struct TokenizedPrompt: Equatable, Sendable {
    /// The tokens' numbers: start, text, end, then padding up to the encoder's length.
    public let ids: [Int]
    /// How many of them are not padding.
    public let count: Int
    /// How many tokens of the text had no room and were left out.
    public let dropped: Int

    /// The numbers as a batch of one, `int64` [1, length].
    public var tensor: Tensor { Tensor(ids, shape: [1, ids.count]) }
}
