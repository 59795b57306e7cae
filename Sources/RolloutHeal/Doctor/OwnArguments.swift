package import KubeClient

/// What the arguments of an installation of ours say, as far as ``Doctor`` checks it.
package struct OwnArguments: Sendable, Equatable {
    /// How arguments are read: that is the program's own parser, which is not known here.
    ///
    /// The second value is the namespace of the pod, which holds where the arguments name none.
    package typealias Reader = @Sendable ([String], String) -> Reading

    package enum Reading: Sendable, Equatable {
        case read(OwnArguments)
        /// The program would not start with them, and why.
        case refused(String)
        /// They are for another program, or of a command that needs no rights.
        case foreign
    }

    package var mode: DoctorMode
    /// Where the Rollouts are; nil for all namespaces.
    package var namespace: String?
    package var flags: NamespaceFlags
    /// Nil without leader election.
    package var lease: LeaderElector.Place?

    package init(
        mode: DoctorMode, namespace: String?, flags: NamespaceFlags = NamespaceFlags(),
        lease: LeaderElector.Place? = nil
    ) {
        self.mode = mode
        self.namespace = namespace
        self.flags = flags
        self.lease = lease
    }
}
