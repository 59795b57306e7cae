internal import Platform

extension ListenAddress {
    func listen() throws(HealthServer.Failure) -> Descriptor {
        do throws(Sockets.ListenFailure) {
            do throws(Sockets.ListenFailure) {
                return try Sockets.listen(host: host ?? "::", port: port)
            } catch .system(let error) where host == nil && [.familyNotSupported, .addressNotAvailable].contains(error)
            {
                // Without IPv6, every address means those of IPv4; a port in use is still an error.
                return try Sockets.listen(host: "0.0.0.0", port: port)
            }
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: Sockets.ListenFailure) -> HealthServer.Failure {
        switch error {
        case .host(let reason): .init(reason: "cannot listen on \(host ?? "::"): \(reason)")
        case .system(let error):
            .init(
                reason: "cannot listen on \(host.map { "\($0) port" } ?? "port") \(port): \(error.text.lowercased())")
        }
    }
}
