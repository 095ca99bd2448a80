/// The groups of bones by which Anny's rigs are cut down (RIG-MODIFIER).
enum AnnyBoneGroups {
    /// The eyes.
    static let eyes: Set<String> = bones(
        """
        eye.*
        """)

    /// The tongue.
    static let tongue: Set<String> = bones(
        """
        tongue00 tongue01 tongue02 tongue03 tongue04 tongue05.* tongue06.* tongue07.*
        """)

    /// The muscles of the face and the jaw.
    static let facialExpression: Set<String> = bones(
        """
        jaw special04 oris02 oris01 oris06.* oris07.* levator02.* levator03.* levator04.* \
        levator05.* special01 oris04.* oris03.* oris06 oris05 special03 levator06.* special06.* \
        special05.* orbicularis03.* orbicularis04.* temporalis01.* oculi02.* oculi01.* \
        temporalis02.* risorius02.* risorius03.*
        """)

    /// Bones that move no vertex.
    static let unweighted: Set<String> = bones(
        """
        oris02 oris06.* levator02.* levator03.* levator04.* special01 oris04.* oris06 special03 \
        special06.* temporalis01.* oculi02.* temporalis02.* risorius02.*
        """)

    /// The toes.
    static let toes: Set<String> = bones(
        """
        toe1-1.* toe1-2.* toe2-1.* toe2-2.* toe2-3.* toe3-1.* toe3-2.* toe3-3.* toe4-1.* toe4-2.* \
        toe4-3.* toe5-1.* toe5-2.* toe5-3.*
        """)

    /// The fingers and what is behind them.
    static let hands: Set<String> = bones(
        """
        metacarpal1.* finger1-1.* finger1-2.* finger1-3.* metacarpal2.* finger2-1.* finger2-2.* \
        finger2-3.* metacarpal3.* finger3-1.* finger3-2.* finger3-3.* metacarpal4.* finger4-1.* \
        finger4-2.* finger4-3.* finger5-1.* finger5-2.* finger5-3.*
        """)

    /// The breasts.
    static let breasts: Set<String> = bones(
        """
        breast.*
        """)

    /// The groups that each modifier takes away.
    static let modifiers: [String: Set<String>] = [
        "pruned": unweighted, "noeyes": eyes, "notongue": tongue,
        "nofacialexpression": facialExpression,
        "noexpression": facialExpression.union(eyes).union(tongue), "notoes": toes,
        "nohands": hands, "nobreasts": breasts,
    ]

    /// What the rig `anny` is without.
    static let removedFromAnny = tongue.union(breasts).union(facialExpression).union(unweighted)

    /// The bones below which the submodels begin.
    static let subtreeRoots = ["head": "neck01", "hand.L": "wrist.L", "hand.R": "wrist.R"]

    /// Names apart by blanks; one that ends in ".*" is of both sides.
    private static func bones(_ text: String) -> Set<String> {
        Set(
            text.split(separator: " ").flatMap { name in
                name.hasSuffix(".*")
                    ? ["\(name.dropLast(2)).L", "\(name.dropLast(2)).R"] : [String(name)]
            })
    }
}
