internal import KubeClient
internal import RolloutHeal

/// Leader election among several replicas.
extension WatchSession {
    /// Takes part in the election until cancelled.
    func lead(_ elector: LeaderElector, _ watch: WatchRollouts) async {
        let (changes, input) = AsyncStream.makeStream(of: LeaderElector.Change.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await change in changes {
                    switch change {
                    case .acquired:
                        output.note("leading")
                        takeOverNotices(since: elector.heldByOthersUntil)
                        await watch.takeOver()
                    case .lost: output.note("no longer leading")
                    case .holder(let name): output.note("the Lease is held by \(name)")
                    case .trouble(let error): output.tell(.unreadable(.api(error)))
                    }
                }
            }
            await elector.lead { input.yield($0) }
            input.finish()
        }
    }
}
