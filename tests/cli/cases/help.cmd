recount --help
