internal import CCurl

/// A libcurl string list; libcurl borrows it, so it must outlive the handle that uses it.
@safe struct StringList: ~Copyable {
    let first: UnsafeMutablePointer<curl_slist>?

    init(_ strings: [String]) throws(HTTPTransportError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for string in strings {
            guard let longer = unsafe curl_slist_append(list, string) else {
                unsafe curl_slist_free_all(list)
                throw .other("out of memory")
            }
            unsafe list = longer
        }
        unsafe first = list
    }

    deinit {
        unsafe curl_slist_free_all(first)
    }
}
