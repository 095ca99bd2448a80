/// Who is told how far long work has come.
///
/// A listener that throws ends the work: that is how it is cancelled.
public protocol ProgressListener: AnyObject {
    /// A stage of `steps` steps begins.
    func begin(_ stage: String, steps: Int) throws
    /// `step` of the stage's steps are done; `note` is a figure worth seeing, such as the loss.
    func advance(to step: Int, note: String) throws
    /// The stage is over.
    func end() throws
}
