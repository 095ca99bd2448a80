/// The shape of a body in Anny's parameters.
public struct AnnyShape: Equatable, Sendable, Codable {
    /// The values of the 11 phenotypes, in the order of `Phenotype`.
    public var phenotypes: [Float]
    /// The values of the local changes in the order of `Anny.localChangeNames`; empty for none.
    public var localChanges: [Float]

    /// The average body: every phenotype 0.5, no local change.
    public init() {
        phenotypes = [Float](repeating: 0.5, count: Phenotype.count)
        localChanges = []
    }

    /// A body of some phenotypes, all others 0.5.
    public init(_ phenotypes: [Phenotype: Float], localChanges: [Float] = []) {
        self.init()
        for (phenotype, value) in phenotypes { self[phenotype] = value }
        self.localChanges = localChanges
    }

    /// The value of one phenotype.
    public subscript(phenotype: Phenotype) -> Float {
        get { phenotypes[phenotype.rawValue] }
        set { phenotypes[phenotype.rawValue] = newValue }
    }
}
