internal import CCurl

/// The transfer thread's loop and the resources it owns.
struct TransferLoop: ~Copyable {
    private let configuration: TransportConfiguration
    private let inbox: LoopInbox
    private let multi: MultiHandle
    private let clock = ContinuousClock()
    private var active: [ObjectIdentifier: ActiveTransfer] = [:]
    /// The maximum wait while HTTP/2 transfers are running.
    ///
    /// libcurl 7.88 may leave data that it received for one stream while serving another undelivered until its next
    /// call. Without this limit its own timer made that call up to 30 s later.
    private static let streamsTick = Duration.milliseconds(50)

    init(_ configuration: TransportConfiguration, _ inbox: LoopInbox) {
        self.configuration = configuration
        self.inbox = inbox
        multi = MultiHandle(maxConnections: configuration.maxConnections)
    }

    /// Runs until the inbox is closed.
    mutating func run() {
        inbox.attach(multi.bell)
        while let commands = inbox.take() {
            for command in commands { carryOut(command) }
            multi.perform()
            while let (transfer, result) = multi.nextFinished() {
                end(transfer, transfer.failure ?? result.failure(of: transfer, configuration))
            }
            multi.wait(milliseconds: deliverAndExpire())
        }
        let late = inbox.detach()
        for transfer in active.values { end(transfer, .cancelled) }
        for case .start(let exchange) in late { exchange.finish(.cancelled) }
    }

    private mutating func carryOut(_ command: LoopInbox.Command) {
        switch command {
        case .start(let exchange): start(exchange)
        case .resume(let exchange): active[ObjectIdentifier(exchange)]?.resume()
        case .stop(let exchange): active[ObjectIdentifier(exchange)].map { end($0, .cancelled) }
        }
    }

    private mutating func start(_ exchange: Exchange) {
        guard !exchange.hasEnded else { return }
        do throws(HTTPTransportError) {
            let transfer = try ActiveTransfer(exchange, configuration, now: clock.now)
            try multi.add(transfer.easy)
            active[ObjectIdentifier(exchange)] = transfer
        } catch {
            exchange.finish(error)
        }
    }

    /// Notifies the reader first: freeing a handle may take a moment.
    private mutating func end(_ transfer: ActiveTransfer, _ error: HTTPTransportError?) {
        transfer.exchange.finish(error)
        multi.remove(transfer.easy)
        active[ObjectIdentifier(transfer.exchange)] = nil
    }

    /// Delivers data, ends expired transfers, and returns the milliseconds to wait: at most 60 s.
    private mutating func deliverAndExpire() -> Int32 {
        let now = clock.now
        var wait = configuration.offersHTTP2 && !active.isEmpty ? Self.streamsTick : .seconds(60)
        for transfer in active.values {
            transfer.noteActivity(now)
            if transfer.hasNews {
                transfer.hasNews = false
                transfer.exchange.deliver()
            }
            if let error = transfer.expired(at: now) {
                end(transfer, error)
            } else if let next = transfer.nextDeadline {
                wait = min(wait, now.duration(to: next))
            }
        }
        return Int32(clamping: wait.roundedUpMilliseconds)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up: a wait that ends too early has to be repeated.
    var roundedUpMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, part) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (total, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        return overflows ? .max : total + whole + (part > 0 ? 1 : 0)
    }
}
