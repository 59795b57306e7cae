internal import Formats

/// - Throws: ``UsageError`` if `namespace` is not a valid name.
func checkNamespace(_ namespace: String, flag: String) throws(UsageError) {
    if namespace.isDNSLabel { return }
    let reason = namespace.isEmpty ? "it is empty" : "a namespace has 1 to 63 of a-z, 0-9 and -, no - at either end"
    throw .badValue(flag: flag, value: namespace, reason: reason)
}
