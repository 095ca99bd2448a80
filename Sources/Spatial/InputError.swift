/// An error whose cause is what the user gave: a file, an option, a photograph without a person.
///
/// Each module has one error type that conforms; the command line prints its description and exits
/// with code 2. The description is one sentence that says which file (or option), what was found,
/// what was expected, and the mend, starting with a capital and ending with a full stop.
public protocol InputError: Error, CustomStringConvertible, Sendable {}
