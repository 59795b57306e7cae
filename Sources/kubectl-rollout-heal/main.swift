internal import Commands

/// The library does it all: this names the process's arguments and nothing else.
await Launch.run(CommandLine.arguments)
