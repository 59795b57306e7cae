extension JSONPath {
    indirect enum Part: Sendable, Equatable {
        case text(String)
        case path([Placed])
        /// `{range PATH}BODY{end}`: the body, applied to each value of the path.
        case range([Placed], body: [Part])
    }

    /// A step and its position in the expression, counted from 1.
    struct Placed: Sendable, Equatable {
        var step: Step
        var position: Int
    }

    indirect enum Step: Sendable, Equatable {
        case field(String)
        /// `.*`: all values of a mapping or a list.
        case every
        /// `..`: the value and all mappings and lists below it.
        case descendants
        case slice(Slice)
        case union([[Placed]])
        case filter(Filter)
        case text(String)
        case number(YAMLNode)
        case flag(Bool)
    }

    /// `[start:end:step]`; without a colon, the item at `start`.
    struct Slice: Sendable, Equatable {
        var start: Int?
        var end: Int?
        var step: Int?
        /// Whether it is a single index, which ends before the next item.
        var isIndex = false
    }

    /// `[?(left == right)]`; without an operator, tests whether `left` exists.
    struct Filter: Sendable, Equatable {
        enum Comparison: String, Sendable {
            case equal = "=="
            case unequal = "!="
            case less = "<"
            case lessOrEqual = "<="
            case greater = ">"
            case greaterOrEqual = ">="
        }

        var left: [Placed]
        var comparison: Comparison?
        var right: [Placed] = []
    }
}
